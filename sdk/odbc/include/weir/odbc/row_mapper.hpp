// A record as the named values of one row: whole documents, or a column for each member.
#pragma once

#include <weir/json.hpp>
#include <weir/record.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::inline v1::odbc {

enum class PkMode : std::uint8_t { none, kafka, record_key, record_value };

/// A record without a value (a tombstone).
enum class OnNull : std::uint8_t { fail, ignore, row, remove };

struct MapperOptions {
  PkMode pk_mode{PkMode::none};
  std::vector<std::string> pk_fields;
  std::vector<std::string> whitelist;  ///< empty: all
  OnNull on_null{OnNull::fail};

  /// Not empty: the whole value as JSON into this column, instead of a column for each member.
  std::string document_column;
  std::string metadata_column;  ///< JSON about where the record comes from
  std::string topic_column;
  std::string partition_column;
  std::string offset_column;
  std::string ingested_at_column;
  bool metadata_create_time{true};
  bool metadata_topic{true};
  bool metadata_offset_and_partition{true};
  bool metadata_push_time{true};
};

/// One value of a row. Names live in the record or in the mapper.
struct Field {
  std::string_view name;
  Value value;
  const Schema* schema{nullptr};
  bool key{false};
};

enum class RowKind : std::uint8_t { write, remove, skip };

class RowMapper {
 public:
  explicit RowMapper(MapperOptions options) : options_(std::move(options)) {
    if (options_.pk_mode == PkMode::kafka && options_.pk_fields.size() != 3) {
      options_.pk_fields = {"__connect_topic", "__connect_partition", "__connect_offset"};
    }
  }

  /// Appends the record's fields, keys first unless they are members of the value. For a removal: only the keys.
  /// bad_record: it cannot be a row.
  Result<RowKind> map(Record& record, std::vector<Field>& out) const {
    const std::size_t base = out.size();
    Value& value = record.value();
    const bool tombstone = value.is_null();
    if (tombstone && options_.on_null == OnNull::ignore) {
      return RowKind::skip;
    }
    if (tombstone && options_.on_null == OnNull::fail) {
      return bad_record("a record without a value");
    }
    if (auto done = add_keys(record, out); !done) {
      return done.error();
    }
    if (tombstone && options_.on_null == OnNull::remove) {
      return RowKind::remove;
    }
    const std::size_t keys = out.size();
    if (!options_.document_column.empty()) {
      add_document(record, out);
      return RowKind::write;
    }
    if (auto done = json::expand(value, record.arena()); !done) {
      return done.error();
    }
    if (!value.is_object()) {
      return bad_record("the value is no map or struct, so it has no columns");
    }
    add_members(value, record.value_schema(), base, keys, out);
    if (options_.pk_mode == PkMode::record_value) {
      if (auto done = mark_value_keys(out, base); !done) {
        return done.error();
      }
    }
    return RowKind::write;
  }

  const MapperOptions& options() const noexcept { return options_; }

 private:
  bool wanted(std::string_view name) const noexcept {
    return options_.whitelist.empty() ||
           std::find(options_.whitelist.begin(), options_.whitelist.end(), name) != options_.whitelist.end();
  }
  bool is_pk(std::string_view name) const noexcept {
    return std::find(options_.pk_fields.begin(), options_.pk_fields.end(), name) != options_.pk_fields.end();
  }

  Result<void> add_keys(Record& record, std::vector<Field>& out) const {
    if (options_.pk_mode == PkMode::kafka) {
      const Origin o = record.origin();
      out.push_back({options_.pk_fields[0], Value::string(o.topic), nullptr, true});
      out.push_back({options_.pk_fields[1], Value::int32(o.partition), nullptr, true});
      out.push_back({options_.pk_fields[2], Value::int64(o.offset), nullptr, true});
    } else if (options_.pk_mode == PkMode::record_key) {
      Value& key = record.key();
      if (auto done = json::expand(key, record.arena()); !done) {
        return done.error();
      }
      if (key.is_null()) {
        return bad_record("pk.mode=record_key, but the record has no key");
      }
      if (!key.is_object()) {
        if (options_.pk_fields.size() != 1) {
          return bad_record("the key is a single value, so pk.fields must name exactly one column");
        }
        out.push_back({options_.pk_fields[0], key, record.key_schema(), true});
        return {};
      }
      return add_key_members(key, record.key_schema(), out);
    }
    return {};
  }

  Result<void> add_key_members(Value& key, const Schema* schema, std::vector<Field>& out) const {
    if (options_.pk_fields.empty()) {
      for (Member& m : key.members()) {
        if (m.name().is_string()) {
          out.push_back({m.name().text(), m.item(), field_schema(schema, m.name().text()), true});
        }
      }
    }
    for (const std::string& name : options_.pk_fields) {
      Value* item = key.find(name);
      if (item == nullptr || item->is_null()) {
        return bad_record("the key has no value for the key column '" + name + "'");
      }
      out.push_back({name, *item, field_schema(schema, name), true});
    }
    return {};
  }

  static const Schema* field_schema(const Schema* schema, std::string_view name) noexcept {
    const weir_field* f = schema == nullptr ? nullptr : schema->field(name);
    return f == nullptr ? nullptr : view(f->schema);
  }

  void add_members(Value& value, const Schema* schema, std::size_t base, std::size_t keys,
                   std::vector<Field>& out) const {
    std::size_t at = 0;
    for (Member& m : value.members()) {
      const std::size_t index = at++;
      if (!m.name().is_string()) {
        continue;
      }
      const std::string_view name = m.name().text();
      const bool pk = options_.pk_mode == PkMode::record_value && is_pk(name);
      if (!pk && !wanted(name)) {
        continue;
      }
      bool is_key = false;
      for (std::size_t k = base; k < keys; ++k) {
        is_key = is_key || out[k].name == name;
      }
      if (is_key) {
        continue;
      }
      const Schema* s = nullptr;
      if (schema != nullptr) {  // a struct's members stand in the order of its schema
        s = index < schema->field_count && text_of(schema->fields[index].name) == name
                ? view(schema->fields[index].schema)
                : field_schema(schema, name);
      }
      out.push_back({name, m.item(), s, pk});
    }
  }

  Result<void> mark_value_keys(std::vector<Field>& out, std::size_t base) const {
    std::size_t found = 0;
    const auto fields = std::span(out).subspan(base);
    for (Field& f : fields) {
      f.key = f.key || options_.pk_fields.empty();
      if (f.key && f.value.is_null()) {
        return bad_record("no value for the key column '" + std::string(f.name) + "'");
      }
      found += f.key ? 1u : 0u;
    }
    if (found < std::max<std::size_t>(options_.pk_fields.size(), 1)) {
      std::string missing;
      for (const std::string& name : options_.pk_fields) {
        if (std::none_of(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; })) {
          missing.append(missing.empty() ? "" : ", ").append(name);
        }
      }
      return bad_record("the value has no member for the key column " + missing);
    }
    return {};
  }

  void add_document(Record& record, std::vector<Field>& out) const {
    Arena arena = record.arena();
    const Value& value = record.value();
    auto column = [&](const std::string& name, const Value& v) {
      if (!name.empty()) {
        out.push_back({name, v, nullptr, false});
      }
    };
    column(options_.metadata_column, options_.metadata_column.empty() ? Value() : metadata(record));
    column(options_.document_column, value.is_null() ? value : Value::lazy(json::write(value, arena)));
    const Origin o = record.origin();
    column(options_.topic_column, Value::string(o.topic));
    column(options_.partition_column, Value::int32(o.partition));
    column(options_.offset_column, Value::int64(o.offset));
    column(options_.ingested_at_column, Value::timestamp(now_ms()));
  }

  static std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  Value metadata(Record& record) const {
    Arena arena = record.arena();
    const Origin o = record.origin();
    ObjectBuilder object(arena, 8);
    if (options_.metadata_topic) {
      object.add("topic", Value::string(o.topic));
    }
    if (options_.metadata_offset_and_partition) {
      object.add("partition", Value::int32(o.partition)).add("offset", Value::int64(o.offset));
    }
    if (options_.metadata_create_time && record.timestamp()) {
      object.add("CreateTime", Value::int64(*record.timestamp()));
    }
    if (!record.key().is_null()) {
      object.add("key", record.key());
    }
    const auto headers = record.headers();
    if (!headers.empty()) {
      ObjectBuilder list(arena, headers.size());
      for (const Header& h : headers) {
        list.add(h.name_text(), h.item());
      }
      object.add("headers", list.map());
    }
    if (options_.metadata_push_time) {
      object.add("SnowflakeConnectorPushTime", Value::int64(now_ms()));
    }
    return Value::lazy(json::write(object.map(), arena));
  }

  MapperOptions options_;
};

}  // namespace weir::inline v1::odbc
