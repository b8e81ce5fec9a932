#include "runtime/state/offset_store.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>

namespace weir::runtime::state {
namespace {

namespace json = boost::json;

std::optional<json::value> parse(std::string_view text) {
  json::error_code ec;
  json::value value = json::parse(json::string_view(text.data(), text.size()), ec);
  return ec ? std::nullopt : std::optional(std::move(value));
}

std::string quoted(std::string_view text) { return json::serialize(json::string(text.data(), text.size())); }

std::optional<std::string> canonical(const json::value& value) {
  if (!value.is_object()) {
    return std::nullopt;
  }
  std::map<std::string, std::string> members;
  for (const auto& member : value.get_object()) {
    const json::value& v = member.value();
    std::string text;
    switch (v.kind()) {
      case json::kind::int64: text = std::to_string(v.get_int64()); break;
      case json::kind::uint64: text = std::to_string(v.get_uint64()); break;
      case json::kind::double_: text = fmt::format("{:e}", v.get_double()); break;
      case json::kind::object:
      case json::kind::array: return std::nullopt;
      default: text = json::serialize(v);
    }
    members[std::string(member.key().data(), member.key().size())] = std::move(text);
  }
  std::string out = "{";
  for (const auto& [key, text] : members) {
    out.append(out.size() > 1 ? "," : "").append(quoted(key)).append(":").append(text);
  }
  return out + "}";
}

}  // namespace

std::optional<std::string> canonical_json(std::string_view object) {
  const auto value = parse(object);
  return value ? canonical(*value) : std::nullopt;
}

bool OffsetImage::apply(std::string_view key, std::optional<std::string_view> value) {
  const auto parsed = parse(key);
  if (!parsed || !parsed->is_array() || parsed->get_array().size() != 2 || !parsed->get_array()[0].is_string()) {
    return false;
  }
  const auto partition = canonical(parsed->get_array()[1]);
  if (!partition) {
    return false;
  }
  const auto& name = parsed->get_array()[0].get_string();
  Slot& slot = connectors_[std::string(name.data(), name.size())][*partition];
  if (slot.partition.empty()) {
    slot.partition = json::serialize(parsed->get_array()[1]);
  }
  const std::string bytes(key);
  if (std::find(slot.keys.begin(), slot.keys.end(), bytes) == slot.keys.end()) {
    slot.keys.push_back(bytes);
  }
  if (value && *value != "null") {
    slot.values[bytes] = std::string(*value);
    slot.last = bytes;
  } else {
    slot.values.erase(bytes);
    if (slot.last == bytes) {
      slot.last = slot.values.empty() ? std::string() : slot.values.begin()->first;
    }
  }
  return true;
}

std::optional<std::string> OffsetImage::find(std::string_view connector, std::string_view partition) const {
  const auto slots = connectors_.find(connector);
  const auto canon = canonical_json(partition);
  if (slots == connectors_.end() || !canon) {
    return std::nullopt;
  }
  const auto slot = slots->second.find(*canon);
  if (slot == slots->second.end() || slot->second.last.empty()) {
    return std::nullopt;
  }
  return slot->second.values.find(slot->second.last)->second;
}

std::vector<OffsetEntry> OffsetImage::list(std::string_view connector) const {
  std::vector<OffsetEntry> out;
  if (const auto slots = connectors_.find(connector); slots != connectors_.end()) {
    for (const auto& [canon, slot] : slots->second) {
      if (!slot.last.empty()) {
        out.push_back({slot.partition, slot.values.find(slot.last)->second});
      }
    }
  }
  return out;
}

std::vector<OffsetImage::Write> OffsetImage::writes(std::string_view connector, const OffsetEntry& entry) const {
  std::vector<Write> out;
  const auto slots = connectors_.find(connector);
  const auto canon = canonical_json(entry.partition);
  const auto slot = slots == connectors_.end() || !canon ? decltype(slots->second.end())() : slots->second.find(*canon);
  if (slots == connectors_.end() || !canon || slot == slots->second.end()) {
    out.push_back({fmt::format("[{},{}]", quoted(connector), entry.partition), entry.offset});
    return out;
  }
  const auto& keys = slot->second.keys;
  out.push_back({keys.front(), entry.offset});
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (slot->second.values.contains(keys[i])) {
      out.push_back({keys[i], std::nullopt});
    }
  }
  return out;
}

Result<void> OffsetStore::start(std::chrono::milliseconds timeout) {
  kafka::TopicLogOptions log;
  log.topic = options_.topic;
  log.consumer = log.producer = options_.client;
  log.consumer.set("client.id", options_.client_id);
  log.producer.set("client.id", options_.client_id);
  log.consumer.set_default("isolation.level", "read_committed");
  log.on_record = [this](const kafka::Message& record) {
    const auto key = record.key();
    bool understood = false;
    {
      const std::lock_guard lock(mutex_);
      understood = key && image_.apply(*key, record.value());
    }
    if (!understood && options_.on_warning) {
      options_.on_warning(fmt::format("A record of {} that is no source offset is skipped: partition {}, offset {}", options_.topic,
                                      record.partition(), record.offset()));
    }
  };
  {
    const std::lock_guard lock(mutex_);
    image_ = {};
  }
  log_ = std::make_unique<kafka::TopicLog>(std::move(log));
  auto started = log_->start(timeout);
  if (!started) {
    log_.reset();
  }
  return started;
}

void OffsetStore::stop() {
  if (log_) {
    log_->stop();
  }
}

Result<void> OffsetStore::read_to_end(std::chrono::milliseconds timeout) { return log_->read_to_end(timeout); }

std::optional<std::string> OffsetStore::read(std::string_view connector, std::string_view partition) const {
  const std::lock_guard lock(mutex_);
  return image_.find(connector, partition);
}

std::vector<OffsetEntry> OffsetStore::list(std::string_view connector) const {
  const std::lock_guard lock(mutex_);
  return image_.list(connector);
}

void OffsetStore::write(const std::string& connector, const std::vector<OffsetEntry>& entries, Done done) {
  std::vector<OffsetImage::Write> writes;
  {
    const std::lock_guard lock(mutex_);
    for (const OffsetEntry& entry : entries) {
      for (auto& write : image_.writes(connector, entry)) {
        image_.apply(write.key, write.value);
        writes.push_back(std::move(write));
      }
    }
  }
  if (writes.empty()) {
    done({});
    return;
  }
  struct Batch {
    std::atomic<std::size_t> left;
    std::mutex mutex;  // guards error
    std::optional<Error> error;
    Done done;
  };
  auto batch = std::make_shared<Batch>();
  batch->left = writes.size();
  batch->done = std::move(done);
  for (const auto& write : writes) {
    log_->send(write.key, write.value ? std::optional<std::string_view>(*write.value) : std::nullopt,
               [batch](const Result<kafka::RecordPosition>& sent) {
                 if (!sent) {
                   const std::lock_guard lock(batch->mutex);
                   if (!batch->error) {
                     batch->error = sent.error();
                   }
                 }
                 if (batch->left.fetch_sub(1) == 1) {
                   batch->done(batch->error ? Result<void>(*batch->error) : Result<void>());
                 }
               });
  }
}

Result<void> OffsetStore::write_and_wait(const std::string& connector, const std::vector<OffsetEntry>& entries,
                                         std::chrono::milliseconds timeout) {
  auto promise = std::make_shared<std::promise<Result<void>>>();
  auto future = promise->get_future();
  write(connector, entries, [promise](Result<void> done) { promise->set_value(std::move(done)); });
  if (future.wait_for(timeout) != std::future_status::ready) {
    return retriable("Kafka did not acknowledge the source offsets in time");
  }
  return future.get();
}

}  // namespace weir::runtime::state
