#include "runtime/pipeline/task_core.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <weir/json.hpp>

#include <algorithm>
#include <random>
#include <utility>

#include "runtime/pipeline/dead_letter.hpp"
#include "runtime/pipeline/mask.hpp"

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr int kLargestRequest = 104'857'600;  // a broker's socket.request.max.bytes

spdlog::level::level_enum level_of(std::uint32_t level) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn, spdlog::level::err};
  return kLevels[std::min<std::uint32_t>(level, WEIR_LOG_ERROR)];
}

Breaker* breaker_of(weir_breaker* handle) { return reinterpret_cast<Breaker*>(handle); }
PluginMetric* metric_of(weir_metric* handle) { return reinterpret_cast<PluginMetric*>(handle); }

}  // namespace

TaskCore::TaskCore(TaskSpec spec, TaskServices& services, TaskListener& listener)
    : spec_(std::move(spec)),
      services_(services),
      listener_(listener),
      metrics_(services.metrics, spec_) {
  last_progress_ms_ = now_ms();
}

TaskCore::~TaskCore() = default;

void TaskCore::finish() {
  request_stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TaskCore::start() {
  thread_ = std::jthread([this] { main(); });
}

void TaskCore::main() noexcept {
  // What top -H and a profiler show; Linux takes 15 bytes.
  const std::string number = "-" + std::to_string(spec_.task);
  const std::string name = spec_.connector.substr(0, 15 - std::min<std::size_t>(number.size(), 15)) + number;
  (void)::pthread_setname_np(::pthread_self(), name.c_str());
  std::string trace;
  try {
    try {
      run();
    } catch (const TaskFailure& e) {
      trace = e.what();
    } catch (const std::exception& e) {
      trace = std::string("unexpected: ") + e.what();
    }
    if (!trace.empty()) {
      trace = mask(std::move(trace), spec_.secrets) + "\n";
      failed_ = true;
      log(WEIR_LOG_ERROR, "the task failed: " + trace);
    }
    shut_down();
    set_state(failed_ ? TaskState::failed : TaskState::stopped, trace);
  } catch (const std::exception& e) {
    spdlog::error("[{}|task-{}] while stopping: {}", spec_.connector, spec_.task, e.what());
  }
  {
    const std::lock_guard lock(shared_mutex_);
    ended_ = true;
  }
  ended_changed_.notify_all();
}

void TaskCore::set_paused(bool paused) {
  pause_.store(paused, std::memory_order_release);
  wake();
}

void TaskCore::request_stop() {
  stop_.store(true, std::memory_order_release);
  wake();
}

bool TaskCore::join(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(shared_mutex_);
  return ended_changed_.wait_until(lock, deadline, [this] { return ended_; });
}

bool TaskCore::sleep(milliseconds limit) {
  const auto until = Clock::now() + limit;
  while (!stop_requested()) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
    if (left.count() <= 0) {
      return true;
    }
    (void)signal_.wait(left);
  }
  return false;
}

milliseconds TaskCore::left_until(Clock::time_point end) {
  return std::max(milliseconds(100), std::chrono::duration_cast<milliseconds>(end - Clock::now()));
}

std::int64_t TaskCore::now_ms() noexcept {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

TaskReport TaskCore::report() {
  TaskReport out;
  {
    const std::lock_guard lock(shared_mutex_);
    if (last_error_) {
      out = *last_error_;
    }
    for (const auto& [name, b] : breakers_) {
      out.breakers.push_back(name);
    }
  }
  out.failed = failed_;
  out.lag = lag();
  constexpr std::int64_t kStalledAfterMs = 60'000;
  out.stalled = !failed_ && !pause_requested() && out.lag.value_or(0) > 0 &&
                now_ms() - last_progress_ms_.load(std::memory_order_relaxed) > kStalledAfterMs;
  return out;
}

void TaskCore::set_state(TaskState state, const std::string& trace) {
  metrics_.set_status(state);
  listener_.on_state(state, trace);
}

void TaskCore::use_topic(std::string_view topic) {
  if (topic == last_used_topic_) {
    return;
  }
  last_used_topic_ = topic;
  if (used_topics_.insert(last_used_topic_).second) {
    listener_.on_topic(last_used_topic_);
  }
}

void TaskCore::use_topics(const ConsumedBatch& batch) {
  const void* last = nullptr;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch.message(i).topic_id() != last) {
      last = batch.message(i).topic_id();
      use_topic(batch.message(i).topic());
    }
  }
}

void TaskCore::log(std::uint32_t level, std::string_view text) const {
  const auto l = level_of(level);
  if (spdlog::should_log(l)) {
    spdlog::log(l, "[{}|task-{}] {}", spec_.connector, spec_.task, mask(std::string(text), spec_.secrets));
  }
}

void TaskCore::note_error(Stage stage, const Error& error) {
  const std::lock_guard lock(shared_mutex_);
  TaskReport r;
  r.last_error_stage = std::string(to_string(stage));
  r.last_error_code = std::string(to_string(error.code));
  r.last_error_message = mask(error.message.substr(0, 1024), spec_.secrets);
  r.last_error_ms = now_ms();
  last_error_ = std::move(r);
}

bool TaskCore::account(const StageFailure& failure, const kafka::Message& message) {
  return account(failure, [&] {
    std::string text = fmt::format(", where consumed record is {{topic='{}', partition={}, offset={}", message.topic(),
                                   message.partition(), message.offset());
    if (message.timestamp()) {
      text += fmt::format(", timestamp={}, timestampType={}", *message.timestamp(),
                          message.timestamp_type() == kafka::TimestampType::log_append_time ? "LogAppendTime" : "CreateTime");
    }
    return text + "}";
  });
}

bool TaskCore::account(const StageFailure& failure, const std::function<std::string()>& record) {
  note_error(failure.stage, failure.error);
  const bool conversion = failure.stage != Stage::task_put && failure.stage != Stage::kafka_produce;
  // Kafka Connect counts a retriable failure at every attempt, and once more when the record is given up.
  const bool counted_too = conversion && failure.error.code == Errc::retriable;
  metrics_.record_failures.add(counted_too ? 2 : 1);
  metrics_.last_error.set(static_cast<double>(now_ms()));
  if (spec_.errors.log) {
    metrics_.errors_logged.add(1);
    log(WEIR_LOG_ERROR, fmt::format("Error encountered in task {}-{}. Executing stage '{}' with class '{}'{}. {}: {}",
                                    spec_.connector, spec_.task, to_string(failure.stage), failure.class_name,
                                    spec_.errors.log_messages ? record() : std::string(),
                                    exception_class_of(failure.stage, failure.error.code), failure.error.message));
  }
  if (conversion || !spec_.errors.tolerate_all) {
    metrics_.record_errors.add(1);
  }
  if (spec_.errors.tolerate_all) {
    metrics_.records_skipped.add(1);
  }
  return spec_.errors.tolerate_all;
}

void TaskCore::fail(std::string_view what, const Error& error) const {
  throw TaskFailure(fmt::format("{}: {} ({})", what, error.message, to_string(error.code)));
}

milliseconds TaskCore::backoff(int attempt) {
  thread_local std::mt19937 random{std::random_device{}()};
  const auto top = std::min(static_cast<double>(spec_.retry.backoff_max.count()),
                            static_cast<double>(spec_.retry.backoff.count()) * static_cast<double>(std::uint64_t{1} << std::min(attempt, 30)));
  return milliseconds(std::max<std::int64_t>(
      10, std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(1, static_cast<std::int64_t>(top)))(random)));
}

Breaker& TaskCore::breaker(std::string_view name) {
  Breaker& b = services_.breakers.get(name, spec_.breaker);
  bool first = false;
  {
    const std::lock_guard lock(shared_mutex_);
    first = breakers_.emplace(std::string(name), &b).second;
  }
  if (first) {
    b.configure(spec_.breaker);  // one that is older than this task's config
  }
  return b;
}

Breaker& TaskCore::own_breaker() {
  return breaker(spec_.breaker_name.empty() ? spec_.connector : spec_.breaker_name);
}

bool TaskCore::held_back() {
  const std::lock_guard lock(shared_mutex_);
  return std::any_of(breakers_.begin(), breakers_.end(), [](const auto& entry) {
    const BreakerState s = entry.second->state();
    return s != BreakerState::closed && s != BreakerState::disabled;
  });
}

void TaskCore::settle(weir_batch*, std::size_t, Error) {}

Result<std::optional<std::string>> TaskCore::read_offset(const std::string&) { return std::optional<std::string>(); }

Result<std::unique_ptr<Stages>> TaskCore::make_stages() {
  return Stages::create(
      spec_, host(), [this](const std::string& alias) { return host(alias); },
      [this](milliseconds delay, const Retry& retry) {
        metrics_.record_failures.add(static_cast<double>(retry.records));
        note_error(retry.stage, retry.error);
        if (!wait_for_retry(delay)) {
          return false;
        }
        metrics_.retries.add(static_cast<double>(retry.records));
        return true;
      });
}

void TaskCore::prepare_dead_letters() {
  const std::string& topic = spec_.errors.dead_letter_topic;
  if (topic.empty()) {
    return;
  }
  TopicSettings settings{1, static_cast<std::int16_t>(spec_.errors.dead_letter_replication_factor), {}};
  for (int attempt = 0; !stop_requested(); ++attempt) {
    settings.configs = {{"max.message.bytes", std::to_string(kLargestRequest)}};  // whatever was consumed must fit
    auto made = services_.create_missing_topic(topic, settings);
    if (!made && made.error().code != Errc::retriable) {
      settings.configs.clear();  // some clusters let nobody choose
      made = services_.create_missing_topic(topic, settings);
    }
    if (made) {
      return;
    }
    const Error why{made.error().code, fmt::format("errors.deadletterqueue.topic.name: the topic {} cannot be used: {} "
                                                   "(errors.deadletterqueue.topic.replication.factor={}; -1 takes the broker's default)",
                                                   topic, made.error().message, spec_.errors.dead_letter_replication_factor)};
    if (why.code != Errc::retriable) {
      fail("cannot start", why);
    }
    log(WEIR_LOG_WARN, why.message);
    (void)sleep(backoff(attempt));
  }
}

const weir_task* TaskCore::host(const std::string& alias) {
  auto& slot = hosts_[alias];
  if (slot == nullptr) {
    slot = std::make_unique<Host>();
    slot->core = this;
    slot->instance = alias.empty() ? spec_.connector : spec_.connector + "." + alias;
    slot->table = table_of(*slot, spec_);
  }
  return &slot->table;
}

weir_task TaskCore::table_of(Host& host, const TaskSpec& spec) {
  weir_task t{};
  t.struct_size = sizeof t;
  t.task_id = spec.task;
  t.ctx = &host;
  t.connector = bytes_of(spec.connector);
  t.instance = bytes_of(host.instance);
  t.log = [](void* ctx, std::uint32_t level, weir_bytes message) {
    try {
      static_cast<Host*>(ctx)->core->log(level, text_of(message));
    } catch (const std::exception&) {  // a log line less
    }
  };
  t.settle = [](void* ctx, weir_batch* batch, std::size_t record, std::uint32_t code, weir_bytes message) {
    try {
      static_cast<Host*>(ctx)->core->settle(batch, record, {plugin::to_errc(code), std::string(text_of(message))});
    } catch (const std::exception&) {  // out of memory: the record counts as not delivered
    }
  };
  t.read_offset = [](void* ctx, const weir_value* partition, weir_arena* arena, weir_value* out) -> std::uint32_t {
    try {
      *out = Value::null();
      std::string key;
      json::write(Value(*partition), key);
      auto text = static_cast<Host*>(ctx)->core->read_offset(key);
      if (!text) {
        return static_cast<std::uint32_t>(text.error().code);
      }
      if (*text) {
        Arena a(arena);
        auto value = json::read(a.copy(**text), a);
        if (!value) {
          return WEIR_FATAL;
        }
        *out = *value;
      }
      return WEIR_OK;
    } catch (const std::exception&) {
      return WEIR_FATAL;
    }
  };
  t.wake_fd = [](void* ctx) { return static_cast<Host*>(ctx)->core->signal_.fd(); };
  t.wake = [](void* ctx) { static_cast<Host*>(ctx)->core->wake(); };
  t.stopping = [](void* ctx) -> std::uint32_t { return static_cast<Host*>(ctx)->core->stop_requested() ? 1 : 0; };
  t.breaker = [](void* ctx, weir_bytes name) {
    return reinterpret_cast<weir_breaker*>(&static_cast<Host*>(ctx)->core->breaker(text_of(name)));
  };
  t.breaker_acquire = [](weir_breaker* breaker, std::uint64_t* permit, std::int64_t* wait_ms) -> std::uint32_t {
    const auto grant = breaker_of(breaker)->acquire();
    *permit = grant.id;
    *wait_ms = grant.wait.count();
    return grant.permit == Breaker::Permit::denied ? WEIR_PERMIT_DENIED
           : grant.permit == Breaker::Permit::probe ? WEIR_PERMIT_PROBE
                                                    : WEIR_PERMIT_CLOSED;
  };
  t.breaker_report = [](weir_breaker* breaker, std::uint64_t permit, std::uint32_t outcome, weir_bytes reason) {
    const auto o = outcome == WEIR_CALL_SUCCESS   ? Breaker::Outcome::success
                   : outcome == WEIR_CALL_FAILURE ? Breaker::Outcome::failure
                   : outcome == WEIR_CALL_AUTH    ? Breaker::Outcome::auth
                                                  : Breaker::Outcome::ignored;
    breaker_of(breaker)->report(permit, o, text_of(reason));
  };
  t.metric = [](void* ctx, std::uint32_t kind, weir_bytes name, weir_bytes help, const weir_pair* labels, std::size_t count) {
    return reinterpret_cast<weir_metric*>(
        static_cast<Host*>(ctx)->core->metrics_.plugin_metric(kind, text_of(name), text_of(help), labels, count));
  };
  t.metric_record = [](weir_metric* metric, double value) { metric_of(metric)->record(value); };
  t.request_reconfiguration = [](void* ctx) {
    static_cast<Host*>(ctx)->core->log(WEIR_LOG_INFO, "the connector asked for new task configs; it is restarted when its config is put again");
  };
  return t;
}

}  // namespace weir::runtime::pipeline
