#include "runtime/cli/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <chrono>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "runtime/http/json_writer.hpp"
#include "runtime/http/views.hpp"
#include "runtime/kafka/log.hpp"

namespace weir::runtime::cli {
namespace {

std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

struct Context {
  std::string_view connector;
  std::optional<int> task;
  std::string_view rest;
};

/// Takes "[c|task-0] " or "[c|worker] " off a message.
Context split_context(std::string_view message) {
  Context out{{}, std::nullopt, message};
  const auto end = message.find("] ");
  if (message.empty() || message.front() != '[' || end == std::string_view::npos) {
    return out;
  }
  const std::string_view inside = message.substr(1, end - 1);
  const auto bar = inside.rfind('|');
  if (bar == std::string_view::npos) {
    return out;
  }
  const std::string_view what = inside.substr(bar + 1);
  constexpr std::string_view kTask = "task-";
  if (what.substr(0, kTask.size()) == kTask) {
    int n = 0;
    const auto [last, ec] =
        std::from_chars(what.data() + kTask.size(), what.data() + what.size(), n);
    if (ec != std::errc{} || last != what.data() + what.size()) {
      return out;
    }
    out.task = n;
  } else if (what != "worker") {
    return out;
  }
  out.connector = inside.substr(0, bar);
  out.rest = message.substr(end + 2);
  return out;
}

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    const Context context = split_context(view(message.payload));
    http::JsonWriter out;
    out.begin_object();
    out.member("ts", http::instant_text(std::chrono::duration_cast<std::chrono::milliseconds>(
                                            message.time.time_since_epoch())
                                            .count()));
    out.member("level", view(spdlog::level::to_string_view(message.level)));
    if (message.logger_name.size() > 0) {
      out.member("logger", view(message.logger_name));
    }
    if (!context.connector.empty()) {
      out.member("connector", context.connector);
    }
    if (context.task) {
      out.member("task", *context.task);
    }
    out.member("msg", context.rest).end_object();
    const std::string line = out.take() + "\n";
    to.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

class RateLimited final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit RateLimited(std::shared_ptr<spdlog::sinks::sink> to) : to_(std::move(to)) {}

 private:
  using Clock = spdlog::log_clock;
  static constexpr int kMost = 10;
  static constexpr std::chrono::seconds kWindow{10};
  static constexpr std::size_t kRemembered = 2048;

  struct Line {
    Clock::time_point since;
    int count{0};
    std::string logger;
    spdlog::level::level_enum level{spdlog::level::info};
    std::string start;
  };

  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string key(view(message.logger_name));
    key.append(1, static_cast<char>(message.level)).append(view(message.payload));
    if (message.time - swept_ > kWindow || lines_.size() >= kRemembered) {
      sweep(message.time, lines_.size() >= kRemembered);
    }
    Line& line = lines_[std::hash<std::string>{}(key)];
    if (line.count == 0) {
      line.since = message.time;
      line.logger = view(message.logger_name);
      line.level = message.level;
      line.start = view(message.payload).substr(0, 100);
    }
    if (++line.count <= kMost) {
      to_->log(message);
    }
  }

  void sweep(Clock::time_point now, bool all) {
    swept_ = now;
    for (auto it = lines_.begin(); it != lines_.end();) {
      if (all || now - it->second.since > kWindow) {
        say(it->second);
        it = lines_.erase(it);
      } else {
        ++it;
      }
    }
  }

  void say(const Line& line) {
    if (line.count > kMost) {
      const std::string text =
          fmt::format("{} more lines like this: {}", line.count - kMost, line.start);
      to_->log(spdlog::details::log_msg(line.logger, line.level, text));
    }
  }

  void flush_() override { to_->flush(); }
  void set_pattern_(const std::string& pattern) override { to_->set_pattern(pattern); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
    to_->set_formatter(std::move(formatter));
  }

  const std::shared_ptr<spdlog::sinks::sink> to_;
  std::unordered_map<std::size_t, Line> lines_;
  Clock::time_point swept_{};
};

void log_library_line(int level, std::string_view client, std::string_view facility,
                      std::string_view text) {
  const auto logger = spdlog::get("kafka");
  if (facility == "AUTOCREATE") {  // the embedded broker is older than the setting; said at every look at its topics
    level = 7;
  }
  if (logger) {
    logger->log(level <= 3   ? spdlog::level::err
                : level == 4 ? spdlog::level::warn
                : level <= 6 ? spdlog::level::info
                             : spdlog::level::debug,
                "{}: {}: {}", client, facility, text);
  }
}

}  // namespace

std::unique_ptr<spdlog::formatter> json_formatter() { return std::make_unique<JsonFormatter>(); }

std::shared_ptr<spdlog::sinks::sink> rate_limited(std::shared_ptr<spdlog::sinks::sink> to) {
  return std::make_shared<RateLimited>(std::move(to));
}

void set_up_logging(bool terminal) {
  auto out = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (terminal) {
    out->set_formatter(std::make_unique<spdlog::pattern_formatter>("%H:%M:%S.%e %-5l %v"));
  } else {
    out->set_formatter(json_formatter());
  }
  auto sink = rate_limited(std::move(out));
  // set_default_logger keeps the loggers' own formatters out: the sink's stays.
  auto root = std::make_shared<spdlog::logger>("", sink);
  root->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(root));
  for (const char* name : {"kafka", "audit"}) {
    auto logger = std::make_shared<spdlog::logger>(name, sink);
    logger->flush_on(spdlog::level::trace);
    spdlog::register_logger(std::move(logger));
  }
  kafka::set_log_handler(&log_library_line);
}

}  // namespace weir::runtime::cli
