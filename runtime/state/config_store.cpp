#include "runtime/state/config_store.hpp"

#include <fmt/format.h>

#include <thread>

namespace weir::runtime::state {
namespace {

constexpr std::chrono::seconds kWriteTimeout{30};

std::string fingerprint(std::string_view key, std::optional<std::string_view> value) {
  std::string out(key);
  out.push_back('\0');
  out.append(value ? "=" : "-");
  return value ? out.append(*value) : out;
}

}  // namespace

class ConfigStore::Handler final : public kafka::DeliveryHandler {
 public:
  void on_delivery(std::uint64_t, const kafka::Delivery&) noexcept override {}  // the transaction's commit decides
};

ConfigStore::ConfigStore(ConfigStoreOptions options) : options_(std::move(options)) {}
ConfigStore::~ConfigStore() { stop(); }

Result<void> ConfigStore::open_producer(kafka::Clock::time_point deadline) {
  channel_.reset();
  producer_.reset();
  kafka::Config config = options_.client;
  config.set("client.id", options_.client_id + "-leader");
  config.set("transaction.timeout.ms", "10000");
  config.set("acks", "all");
  config.set("linger.ms", "0");
  auto made = kafka::TransactionalProducer::create(config, "connect-cluster-" + options_.group_id);
  if (!made) {
    return made.error();
  }
  producer_ = std::move(*made);
  if (const auto status = producer_->init(deadline); !status) {
    return status.action == kafka::TransactionStatus::Action::fatal && !status.fenced ? status.error : retriable(status.error.message);
  }
  handler_ = std::make_unique<Handler>();
  auto channel = producer_->producer().open_channel(*handler_);
  if (!channel) {
    return channel.error();
  }
  channel_ = std::make_unique<kafka::DeliveryChannel>(std::move(*channel));
  return {};
}

Result<void> ConfigStore::start(std::chrono::milliseconds timeout) {
  const auto deadline = kafka::Clock::now() + timeout;
  {
    const std::lock_guard lock(write_mutex_);
    if (auto opened = open_producer(deadline); !opened) {
      channel_.reset();
      producer_.reset();
      return opened;
    }
  }
  kafka::TopicLogOptions log;
  log.topic = options_.topic;
  log.consumer = log.producer = options_.client;
  log.consumer.set("client.id", options_.client_id).set("isolation.level", "read_committed");
  log.producer.set("client.id", options_.client_id);
  log.on_record = [this](const kafka::Message& record) { on_record(record); };
  {
    const std::lock_guard lock(mutex_);
    image_ = {};
    loaded_ = false;
  }
  log_ = std::make_unique<kafka::TopicLog>(std::move(log));
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - kafka::Clock::now());
  if (auto started = log_->start(std::max(left, std::chrono::milliseconds(1000))); !started) {
    log_.reset();
    return started;
  }
  {
    const std::lock_guard lock(mutex_);
    loaded_ = true;
  }
  // Java's workers write a new key when they become leader; here it also tells an older worker at once that it is replaced.
  return write({session_key_record()});
}

void ConfigStore::stop() {
  if (log_) {
    log_->stop();
  }
  const std::lock_guard lock(write_mutex_);
  channel_.reset();
  producer_.reset();
}

void ConfigStore::on_record(const kafka::Message& record) {
  const auto key = record.key();
  const auto value = record.value();
  bool foreign = false;
  bool understood = true;
  {
    const std::lock_guard lock(mutex_);
    understood = key && image_.apply(*key, value);
    if (key && loaded_) {
      const auto it = expected_.find(fingerprint(*key, value));
      if (it == expected_.end()) {
        foreign = true;
      } else if (--it->second == 0) {
        expected_.erase(it);
      }
      if (const auto mine = awaited_.find(fingerprint(*key, value)); mine != awaited_.end() && --mine->second == 0) {
        awaited_.erase(mine);
        if (awaited_.empty()) {
          read_back_.notify_all();
        }
      }
    }
  }
  if (!understood && options_.on_warning) {
    options_.on_warning(fmt::format("A record of {} that cannot be understood is skipped: offset {}, key {}", options_.topic, record.offset(),
                                    key.value_or("null")));
  }
  if (foreign) {
    fenced(fmt::format("another worker with group.id {} has written to {}", options_.group_id, options_.topic));
  }
}

void ConfigStore::fenced(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(fenced_, true)) {
      return;
    }
  }
  read_back_.notify_all();
  if (options_.on_fenced) {
    options_.on_fenced(why);
  }
}

std::map<std::string, StoredConnector, std::less<>> ConfigStore::connectors() const {
  const std::lock_guard lock(mutex_);
  return image_.connectors();
}
std::optional<StoredConnector> ConfigStore::connector(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return image_.connector(name);
}
bool ConfigStore::contains(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return image_.contains(name);
}

Result<void> ConfigStore::try_write(const std::vector<StateRecord>& records, kafka::Clock::time_point deadline) {
  using Action = kafka::TransactionStatus::Action;
  if (!producer_ || !channel_) {
    if (auto opened = open_producer(deadline); !opened) {
      channel_.reset();
      producer_.reset();
      return opened;
    }
  }
  const auto failed = [&](const kafka::TransactionStatus& status) -> Error {
    if (status.action == Action::fatal) {
      // Either another worker has our id, or the broker gave the transaction up after transaction.timeout.ms. The first
      // kind has written to the topic, and reading it tells.
      channel_.reset();
      producer_.reset();
      return retriable(status.error.message);
    }
    if (const auto aborted = producer_->abort(deadline); !aborted) {
      channel_.reset();
      producer_.reset();
    }
    return retriable(status.error.message);
  };
  if (const auto begun = producer_->begin(); !begun) {
    return failed(begun);
  }
  {
    const std::lock_guard lock(mutex_);
    awaited_.clear();
    for (const StateRecord& record : records) {
      ++expected_[fingerprint(record.key, record.value)];
      ++awaited_[fingerprint(record.key, record.value)];
    }
  }
  for (const StateRecord& record : records) {
    kafka::OutgoingRecord out;
    out.topic = options_.topic;
    out.partition = 0;
    out.key = record.key;
    out.value = record.value;
    kafka::Headers none;
    if (auto sent = channel_->produce_wait(out, none, 0, deadline); !sent) {
      kafka::TransactionStatus status;
      status.action = Action::abort;
      status.error = sent.error();
      return failed(status);
    }
  }
  if (const auto committed = producer_->commit(deadline); !committed) {
    return failed(committed);
  }
  return {};
}

// A commit is answered before the broker has written its markers, so the topic's end does not show the records yet: wait for
// the records themselves.
Result<void> ConfigStore::wait_for_read_back(kafka::Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (!read_back_.wait_until(lock, deadline, [this] { return awaited_.empty() || fenced_; })) {
    return retriable(fmt::format("What was written to {} did not come back in time", options_.topic));
  }
  return {};
}

Result<void> ConfigStore::write(const std::vector<StateRecord>& records) {
  const std::lock_guard lock(write_mutex_);
  const auto deadline = kafka::Clock::now() + kWriteTimeout;
  while (true) {
    {
      const std::lock_guard state(mutex_);
      if (fenced_) {
        return fatal(fmt::format("another worker with group.id {} has taken over {}", options_.group_id, options_.topic));
      }
    }
    const auto done = try_write(records, deadline);
    if (done) {
      return wait_for_read_back(deadline);
    }
    if (done.error().code != Errc::retriable || kafka::Clock::now() >= deadline) {
      return done;
    }
    (void)log_->read_to_end(std::chrono::seconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<void> ConfigStore::put_connector(const std::string& name, const ConfigMap& config, std::optional<TargetState> initial_state) {
  std::vector<StateRecord> records;
  if (initial_state) {
    records.push_back(target_record(name, *initial_state));
  }
  records.push_back(connector_record(name, config));
  return write(records);
}

Result<void> ConfigStore::put_target(const std::string& name, TargetState state) { return write({target_record(name, state)}); }

Result<void> ConfigStore::put_stopped(const std::string& name) {
  return write({commit_record(name, 0), target_record(name, TargetState::stopped)});
}

Result<void> ConfigStore::put_tasks(const std::string& name, const std::vector<ConfigMap>& tasks) {
  std::vector<StateRecord> records;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    records.push_back(task_record(name, i, tasks[i]));
  }
  records.push_back(commit_record(name, tasks.size()));
  return write(records);
}

Result<void> ConfigStore::remove(const std::string& name) {
  std::vector<StateRecord> records;
  {
    const std::lock_guard lock(mutex_);
    records = image_.removal(name);
  }
  return write(records);
}

Result<void> ConfigStore::put_log_level(const std::string& logger, const std::string& level) { return write({logger_record(logger, level)}); }

}  // namespace weir::runtime::state
