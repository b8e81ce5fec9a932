// A converter's core converts one key, value or header; these templates make an SDK converter and an SDK header
// converter of it (in Kafka Connect every converter is both).
#pragma once

#include <weir/plugin.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace weir::runtime::data {

/// Codec:
///   static constexpr std::string_view kType, std::array kAliases; using Config, static ConfigDef<Config> describe();
///   explicit Codec(Config)
///   Result<void> decode(std::optional<std::string_view> raw, Arena, Value& value, const weir_schema*& schema)
///   Result<std::optional<std::string_view>> encode(const Value&, const weir_schema*, Arena)
/// Used by one thread. What decode sets lives in the arena, in the raw bytes, or as long as the codec.
template <class Codec>
class ConverterOf final : public Converter {
 public:
  static constexpr std::string_view kType = Codec::kType;
  static constexpr auto kAliases = Codec::kAliases;
  static constexpr std::string_view kDoc = Codec::kDoc;
  static auto describe() { return Codec::describe(); }

  explicit ConverterOf(typename Codec::Config config) : codec_(std::move(config)) {}

  Result<void> decode(Batch& batch, Side side) override {
    for (Record record : batch) {
      weir_record& r = *record.c();
      const bool key = side == Side::key;
      Value& value = record.part(side);
      if (auto done = codec_.decode(record.raw(side), record.arena(), value, key ? r.key_schema : r.value_schema); !done) {
        batch.fail(record, done.error());
      }
    }
    return {};
  }

  Result<void> encode(Batch& batch, Side side) override {
    for (Record record : batch) {
      auto bytes = codec_.encode(record.part(side), record.schema(side), record.arena());
      if (!bytes) {
        batch.fail(record, bytes.error());
      } else {
        record.set_raw(side, *bytes);
      }
    }
    return {};
  }

 private:
  Codec codec_;
};

template <class Codec>
class HeaderConverterOf final : public HeaderConverter {
 public:
  static constexpr std::string_view kType = Codec::kType;
  static constexpr auto kAliases = Codec::kAliases;
  static constexpr std::string_view kDoc = Codec::kDoc;
  static auto describe() { return Codec::describe(); }

  explicit HeaderConverterOf(typename Codec::Config config) : codec_(std::move(config)) {}

  Result<void> decode(std::string_view /*topic*/, std::optional<std::string_view> raw, Arena arena,
                      Header& header) override {
    return codec_.decode(raw, arena, header.item(), header.schema);
  }
  Result<std::optional<std::string_view>> encode(std::string_view /*topic*/, const Header& header, Arena arena) override {
    return codec_.encode(header.item(), header.schema, arena);
  }

 private:
  Codec codec_;
};

}  // namespace weir::runtime::data
