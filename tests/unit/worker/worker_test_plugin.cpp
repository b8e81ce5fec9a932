#include <weir/plugin.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

struct Options {
  std::string topic{"ticks"};
  std::string fail;
  std::string wait_for;
  std::int64_t tasks{0};
  std::int64_t ticks{0};
  weir::Secret token;
};

weir::ConfigDef<Options> options() {
  return weir::ConfigDef<Options>{}
      .field("topic", &Options::topic, "Where the ticks go.")
      .field("fail", &Options::fail, "start: fails there; configs: task configs are refused; put: the target is away.")
      .field("wait.for", &Options::wait_for, "File that must exist before task configs are given.")
      .field("tasks", &Options::tasks, "That many tasks, whatever tasks.max says.")
      .field("ticks", &Options::ticks, "Records that a poll returns.")
      .field("token", &Options::token, "A secret.");
}

weir::Result<std::vector<weir::ConfigMap>> configs(const weir::ConfigMap& config, std::uint32_t max_tasks) {
  const auto text = [&](const char* key) {
    const auto it = config.find(key);
    return it == config.end() ? std::string() : it->second;
  };
  while (!text("wait.for").empty() && !std::filesystem::exists(text("wait.for"))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (text("fail") == "configs") {
    return weir::bad_config("no table of that name");
  }
  const std::size_t n = text("tasks").empty() ? max_tasks : static_cast<std::size_t>(std::stoi(text("tasks")));
  return std::vector<weir::ConfigMap>(n, config);
}

class TickSource final : public weir::Source {
 public:
  static constexpr std::string_view kType = "tick_source";
  static weir::ConfigDef<Options> describe() { return options(); }
  static weir::Result<std::vector<weir::ConfigMap>> task_configs(const weir::ConfigMap& config, std::uint32_t max_tasks) {
    return configs(config, max_tasks);
  }
  TickSource(Options options, weir::Task task) : options_(std::move(options)), task_(task) {}
  weir::Result<void> start() override {
    if (options_.fail == "start") {
      return weir::fatal("cannot reach it with " + options_.token.text());
    }
    return {};
  }
  weir::Result<void> poll(weir::Batch& batch, std::chrono::milliseconds wait) override {
    const auto until = std::chrono::steady_clock::now() + wait;
    while (!task_.stopping() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (std::int64_t i = 0; i < options_.ticks; ++i) {
      weir::Record record = batch.append();
      record.set_topic(options_.topic);
      record.set_value(weir::Value::string("tick"));
    }
    return {};
  }

 private:
  Options options_;
  weir::Task task_;
};

class NullSink final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "null_sink";
  static weir::ConfigDef<Options> describe() { return options(); }
  explicit NullSink(Options options) : options_(std::move(options)) {}
  weir::Result<void> put(weir::Batch& batch) override {
    if (options_.fail == "put" && !batch.empty()) {
      return weir::retriable("the target is away");
    }
    return {};
  }

 private:
  Options options_;
};

}  // namespace

WEIR_PLUGIN("weir-worker-test", "1.2.3", weir::component<TickSource>(), weir::component<NullSink>())
