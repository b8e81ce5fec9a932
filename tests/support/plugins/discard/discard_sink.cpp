// Takes records and does nothing with them. With stats.file it appends "first MILLIS" at the first
// record and "last MILLIS COUNT" when `expect` records have come (milliseconds since the epoch), so
// that a run can be timed.
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <weir/plugin.hpp>

namespace {

struct Config {
  std::string stats_file;
  std::int64_t expect{0};
};

class DiscardSink final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "discard_sink";
  static weir::ConfigDef<Config> describe() {
    return weir::ConfigDef<Config>{}
        .field("stats.file", &Config::stats_file, "Where to write the times.")
        .field("expect", &Config::expect, "Records until 'last' is written.");
  }
  explicit DiscardSink(Config config) : config_(std::move(config)) {}

  weir::Result<void> put(weir::Batch& batch) override {
    std::int64_t records = 0;
    for (const weir::Record record : batch) {
      (void)record;
      ++records;
    }
    if (records == 0) {
      return {};
    }
    const std::int64_t before = count_;
    count_ += records;
    if (before == 0) {
      say("first " + now());
    }
    if (config_.expect > 0 && before < config_.expect && count_ >= config_.expect) {
      say("last " + now() + " " + std::to_string(count_));
    }
    return {};
  }

 private:
  static std::string now() {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::chrono::system_clock::now().time_since_epoch())
                              .count());
  }
  void say(const std::string& line) const {
    if (!config_.stats_file.empty()) {
      std::ofstream(config_.stats_file, std::ios::app) << line << std::endl;
    }
  }

  const Config config_;
  std::int64_t count_{0};
};

}  // namespace

WEIR_PLUGIN("weir-test-discard", "1.0.0", weir::component<DiscardSink>())
