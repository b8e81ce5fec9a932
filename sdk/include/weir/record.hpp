// Records and batches as plugin code sees them: views over abi.h, no copies.
#pragma once

#include <weir/abi.h>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {
inline namespace v1 {

enum class Side : std::uint32_t { key = WEIR_SIDE_KEY, value = WEIR_SIDE_VALUE };

struct Header : weir_header {
  std::string_view name_text() const noexcept { return text_of(name); }
  Value& item() noexcept { return static_cast<Value&>(value); }
  const Value& item() const noexcept { return static_cast<const Value&>(value); }
};

/// Where a record was consumed; no transform changes it (KIP-793).
struct Origin {
  std::string_view topic;
  std::int32_t partition;
  std::int64_t offset;
};

/// One record of a batch; a view that lives as long as the batch.
class Record {
 public:
  Record(weir_batch* batch, std::size_t index) noexcept
      : batch_(batch),
        record_(reinterpret_cast<weir_record*>(reinterpret_cast<char*>(batch->records) +
                                               index * batch->record_stride)),
        index_(index) {}

  std::size_t index() const noexcept { return index_; }
  std::string_view topic() const noexcept { return text_of(record_->topic); }
  /// Borrowed: a literal, or arena().copy(...).
  void set_topic(std::string_view topic) noexcept { record_->topic = bytes_of(topic); }
  std::optional<std::int32_t> partition() const noexcept {
    return record_->partition == WEIR_NO_PARTITION ? std::nullopt : std::optional(record_->partition);
  }
  void set_partition(std::optional<std::int32_t> p) noexcept {
    record_->partition = p.value_or(WEIR_NO_PARTITION);
  }
  std::optional<std::int64_t> timestamp() const noexcept {
    return record_->timestamp == WEIR_NO_TIMESTAMP ? std::nullopt : std::optional(record_->timestamp);
  }
  void set_timestamp(std::optional<std::int64_t> ms) noexcept {
    record_->timestamp = ms.value_or(WEIR_NO_TIMESTAMP);
  }

  Value& key() noexcept { return static_cast<Value&>(record_->key); }
  Value& value() noexcept { return static_cast<Value&>(record_->value); }
  const Schema* key_schema() const noexcept { return view(record_->key_schema); }
  const Schema* value_schema() const noexcept { return view(record_->value_schema); }
  void set_key(const Value& v, const weir_schema* schema = nullptr) noexcept {
    record_->key = v;
    record_->key_schema = schema;
  }
  void set_value(const Value& v, const weir_schema* schema = nullptr) noexcept {
    record_->value = v;
    record_->value_schema = schema;
  }

  /// key or value, for components that exist for both.
  Value& part(Side side) noexcept { return side == Side::key ? key() : value(); }
  const Schema* schema(Side side) const noexcept {
    return side == Side::key ? key_schema() : value_schema();
  }
  void set_part(Side side, const Value& v, const weir_schema* schema = nullptr) noexcept {
    side == Side::key ? set_key(v, schema) : set_value(v, schema);
  }
  /// Converters: the bytes consumed, or to be produced; nullopt is Kafka's null, not the empty text.
  std::optional<std::string_view> raw(Side side) const noexcept {
    const weir_bytes b = side == Side::key ? record_->raw_key : record_->raw_value;
    return b.data == nullptr ? std::nullopt : std::optional(text_of(b));
  }
  void set_raw(Side side, std::optional<std::string_view> bytes) noexcept {
    (side == Side::key ? record_->raw_key : record_->raw_value) = bytes ? bytes_of(*bytes) : kAbsent;
  }

  /// Decodes them at the first call. When a header cannot be decoded the record has failed (state) and the list is empty.
  std::span<Header> headers() {
    load();
    return {static_cast<Header*>(record_->headers), record_->header_count};
  }
  /// The last header of that name, or nullptr.
  Header* header(std::string_view name) {
    std::span<Header> all = headers();
    for (std::size_t i = all.size(); i-- > 0;) {
      if (all[i].name_text() == name) {
        return &all[i];
      }
    }
    return nullptr;
  }
  /// Appends; name and value are borrowed like Value::string.
  void add_header(std::string_view name, const Value& value, const weir_schema* schema = nullptr) {
    load();
    auto* more = arena().array<weir_header>(record_->header_count + 1);
    if (record_->header_count > 0) {
      std::memcpy(static_cast<void*>(more), record_->headers,
                  record_->header_count * sizeof(weir_header));
    }
    more[record_->header_count] = {bytes_of(name), value, schema};
    record_->headers = more;
    ++record_->header_count;
  }
  /// A new list; headers are copied.
  void set_headers(std::span<const Header> list) {
    load();
    auto* to = arena().array<weir_header>(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      to[i] = list[i];
    }
    record_->headers = to;
    record_->header_count = static_cast<std::uint32_t>(list.size());
  }

  bool live() const noexcept { return record_->state == WEIR_RECORD_LIVE; }
  /// Transforms: the record goes no further; its offset moves on.
  void drop() noexcept { record_->state = WEIR_RECORD_DROPPED; }

  bool consumed() const noexcept { return record_->origin_offset >= 0; }
  Origin origin() const noexcept {
    return {text_of(record_->origin_topic), record_->origin_partition, record_->origin_offset};
  }
  /// "topic-partition@offset", for messages.
  std::string where() const {
    const Origin o = origin();
    return consumed() ? std::string(o.topic) + "-" + std::to_string(o.partition) + "@" +
                            std::to_string(o.offset)
                      : std::string(topic());
  }

  /// Sources: Kafka Connect's source partition and offset, maps of scalars in the arena.
  void set_source(const Value& partition, const Value& offset) noexcept {
    record_->source_partition = partition;
    record_->source_offset = offset;
  }
  /// Sources: comes back with the record's acknowledgement.
  void set_token(void* token) noexcept { record_->token = token; }

  Arena arena() noexcept { return Arena(batch_->arena); }
  weir_record* c() noexcept { return record_; }

 private:
  void load() {
    if (record_->headers_loaded == 0) {
      batch_->load_headers(batch_, record_);
    }
  }

  weir_batch* batch_;
  weir_record* record_;
  std::size_t index_;
};

/// The live records of one call. Iterating skips what was filtered, failed or is not meant for this call.
class Batch {
 public:
  Batch(weir_batch* batch, const weir_error_sink* errors) noexcept : batch_(batch), errors_(errors) {}

  class Iterator {
   public:
    Iterator(weir_batch* batch, std::size_t at) noexcept : batch_(batch), at_(at) { skip(); }
    Record operator*() const noexcept { return {batch_, at_}; }
    Iterator& operator++() noexcept {
      ++at_;
      skip();
      return *this;
    }
    bool operator!=(const Iterator& other) const noexcept { return at_ != other.at_; }

   private:
    void skip() noexcept {
      while (at_ < batch_->count && !Record(batch_, at_).live()) {
        ++at_;
      }
    }
    weir_batch* batch_;
    std::size_t at_;
  };

  Iterator begin() const noexcept { return {batch_, 0}; }
  Iterator end() const noexcept { return {batch_, batch_->count}; }

  /// All records, live or not: indices run from 0 to size() - 1.
  std::size_t size() const noexcept { return batch_->count; }
  Record operator[](std::size_t index) const noexcept { return {batch_, index}; }
  bool empty() const noexcept { return !(begin() != end()); }

  /// This record alone has failed; later stages skip it. What happens next: Errc (result.hpp).
  void fail(const Record& record, const Error& error) const {
    errors_->fail(errors_->ctx, static_cast<std::int64_t>(record.index()),
                  static_cast<std::uint32_t>(error.code), bytes_of(error.message));
  }

  /// Sources, during poll: a new record; the reference is good until the next append.
  Record append() {
    if (batch_->append(batch_) == nullptr) {
      throw std::bad_alloc();
    }
    return {batch_, batch_->count - 1};
  }

  Arena arena() const noexcept { return Arena(batch_->arena); }
  weir_batch* c() const noexcept { return batch_; }

 private:
  weir_batch* batch_;
  const weir_error_sink* errors_;
};

}  // namespace v1
}  // namespace weir
