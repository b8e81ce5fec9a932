// For tests of errors.*: a sink that refuses some records, and a transform that needs several
// attempts.
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <weir/plugin.hpp>

namespace {

struct SinkConfig {
  std::string delivered_file;
  std::string refuse;
};

/// Appends "topic partition offset" of every record it takes to a file. Refuses a record whose key
/// contains `refuse`.
class PickySink final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "picky_sink";
  static weir::ConfigDef<SinkConfig> describe() {
    return weir::ConfigDef<SinkConfig>{}
        .field("delivered.file", &SinkConfig::delivered_file, "Where to write what was taken.")
        .required()
        .field("refuse", &SinkConfig::refuse, "Part of the keys that are refused; empty: none.");
  }
  explicit PickySink(SinkConfig config) : config_(std::move(config)) {}

  weir::Result<void> put(weir::Batch& batch) override {
    std::ofstream out(config_.delivered_file, std::ios::app);
    for (weir::Record r : batch) {
      const std::string key(r.key().is_string() ? r.key().text() : std::string_view());
      if (!config_.refuse.empty() && key.find(config_.refuse) != std::string::npos) {
        batch.fail(r, weir::bad_record("the target refuses " + key));
        continue;
      }
      const auto origin = r.origin();
      out << origin.topic << ' ' << origin.partition << ' ' << origin.offset << '\n';
    }
    out.flush();
    return {};
  }

 private:
  const SinkConfig config_;
};

struct ShakyConfig {
  std::int64_t attempts{3};
};

/// A record whose key starts with "shaky" fails, retriable, until it was tried `attempts` times; 0:
/// always.
class Shaky final : public weir::RecordTransform {
 public:
  static constexpr std::string_view kType = "shaky";
  static weir::ConfigDef<ShakyConfig> describe() {
    return weir::ConfigDef<ShakyConfig>{}.field("attempts", &ShakyConfig::attempts,
                                                "The one that works; 0: none.");
  }
  explicit Shaky(ShakyConfig config) : config_(config) {}

  weir::Result<void> apply(weir::Record& r) override {
    const std::string key(r.key().is_string() ? r.key().text() : std::string_view());
    if (key.substr(0, 5) != "shaky") {
      return {};
    }
    if (++tried_[r.origin().offset] == config_.attempts) {
      return {};
    }
    return weir::retriable("not this time");
  }

 private:
  const ShakyConfig config_;
  std::map<std::int64_t, std::int64_t> tried_;
};

}  // namespace

WEIR_PLUGIN("weir-test-picky", "1.0.0", weir::component<PickySink>(), weir::component<Shaky>())
