// Components whose every call throws; "throws.at=constructor" makes the constructor throw too.
#include <stdexcept>
#include <string>
#include <weir/plugin.hpp>

namespace {

struct Config {
  std::string at;
};

weir::ConfigDef<Config> options() {
  return weir::ConfigDef<Config>{}.field(
      "throws.at", &Config::at,
      "constructor: throw there; int: throw an int instead of an exception.");
}

class Thrower {
 public:
  explicit Thrower(Config config) : config_(std::move(config)) {
    if (config_.at == "constructor") {
      throw std::runtime_error("thrown by the constructor");
    }
  }
  [[noreturn]] void raise(const char* where) const {
    if (config_.at == "int") {
      throw 42;
    }
    throw std::runtime_error(std::string("thrown by ") + where);
  }

 private:
  Config config_;
};

class ThrowingSource final : public weir::Source, Thrower {
 public:
  static constexpr std::string_view kType = "throwing_source";
  static weir::ConfigDef<Config> describe() { return options(); }
  explicit ThrowingSource(Config config) : Thrower(std::move(config)) {}
  weir::Result<void> start() override { raise("start"); }
  weir::Result<void> poll(weir::Batch&, std::chrono::milliseconds) override { raise("poll"); }
  void acknowledged(std::span<const weir::Ack>) override { raise("acknowledged"); }
  void committed() override { raise("committed"); }
  void stop() override { raise("stop"); }
};

class ThrowingSink final : public weir::Sink, Thrower {
 public:
  static constexpr std::string_view kType = "throwing_sink";
  static weir::ConfigDef<Config> describe() { return options(); }
  explicit ThrowingSink(Config config) : Thrower(std::move(config)) {}
  weir::Result<void> put(weir::Batch&) override { raise("put"); }
  weir::Result<void> flush() override { raise("flush"); }
  void close(std::span<const weir::TopicPartition>, bool) override { raise("close"); }
  void stop(std::chrono::milliseconds) override { raise("stop"); }
};

/// Throws in open, before any record.
class ThrowingOpenSink final : public weir::Sink, Thrower {
 public:
  static constexpr std::string_view kType = "throwing_open_sink";
  static weir::ConfigDef<Config> describe() { return options(); }
  explicit ThrowingOpenSink(Config config) : Thrower(std::move(config)) {}
  weir::Result<void> start() override { raise("start"); }
  weir::Result<void> open(std::span<weir::TopicPartition>) override { raise("open"); }
  weir::Result<void> put(weir::Batch&) override { raise("put"); }
  weir::Result<void> pre_commit(std::span<weir::TopicPartition>) override { raise("pre_commit"); }
};

class ThrowingTransform final : public weir::Transform, Thrower {
 public:
  static constexpr std::string_view kType = "throwing_transform";
  static weir::ConfigDef<Config> describe() { return options(); }
  explicit ThrowingTransform(Config config) : Thrower(std::move(config)) {}
  weir::Result<void> apply(weir::Batch&) override { raise("apply"); }
};

class ThrowingPredicate final : public weir::Predicate, Thrower {
 public:
  static constexpr std::string_view kType = "throwing_predicate";
  static weir::ConfigDef<Config> describe() { return options(); }
  explicit ThrowingPredicate(Config config) : Thrower(std::move(config)) {}
  weir::Result<bool> test(weir::Record&) override { raise("test"); }
};

class ThrowingConverter final : public weir::Converter, Thrower {
 public:
  static constexpr std::string_view kType = "throwing_converter";
  static weir::ConfigDef<Config> describe() { return options(); }
  explicit ThrowingConverter(Config config) : Thrower(std::move(config)) {}
  weir::Result<void> decode(weir::Batch&, weir::Side) override { raise("decode"); }
  weir::Result<void> encode(weir::Batch&, weir::Side) override { raise("encode"); }
};

}  // namespace

WEIR_PLUGIN("weir-test-throwing", "1.0.0", weir::component<ThrowingSource>(),
            weir::component<ThrowingSink>(), weir::component<ThrowingOpenSink>(),
            weir::component<ThrowingTransform>(), weir::component<ThrowingPredicate>(),
            weir::component<ThrowingConverter>())
