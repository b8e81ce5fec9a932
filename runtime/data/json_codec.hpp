// JsonConverter: org.apache.kafka.connect.json.JsonConverter 4.1.
#pragma once

#include <runtime/data/external_schema.hpp>
#include <runtime/data/json_schema.hpp>

#include <weir/arena.hpp>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::runtime::data {

enum class DecimalFormat { base64, numeric };

struct JsonConfig {
  bool schemas_enable{true};
  std::int32_t schemas_cache_size{1000};
  DecimalFormat decimal_format{DecimalFormat::base64};
  bool replace_null_with_default{true};
  std::optional<std::string> schema_content{};
  std::optional<std::string> schema_file{};
};

class JsonCodec {
 public:
  static constexpr std::string_view kType = "JsonConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.json.JsonConverter", "Json"};
  static constexpr std::string_view kDoc = "JSON, with or without a schema around it.";
  using Config = JsonConfig;
  static ConfigDef<Config> describe();

  explicit JsonCodec(const Config& config);

  /// Without schemas nested objects and arrays stay lazy where their text is canonical (json::ReadOptions::lazy).
  Result<void> decode(std::optional<std::string_view> raw, Arena arena, Value& value, const weir_schema*& schema);
  Result<std::optional<std::string_view>> encode(const Value& value, const weir_schema* schema, Arena arena);

 private:
  /// The usual form of an envelope, its schema known by its text; false: look at it with patience.
  bool decode_known(std::string_view raw, Arena arena, Value& value, const weir_schema*& schema, Result<void>& done);
  Result<void> decode_envelope(std::string_view raw, Arena arena, Value& value, const weir_schema*& schema);
  const weir_schema* known_schema(std::string_view text, Arena arena);
  Result<void> write_schema(const weir_schema* schema, json::detail::ArenaWriter& out);

  Result<void> decode_external(std::string_view raw, Arena arena, Value& value, const weir_schema*& schema);
  std::size_t cached_schemas() const noexcept {
    return config_.schemas_cache_size > 0 ? static_cast<std::size_t>(config_.schemas_cache_size) : 0;
  }

  Config config_;
  JsonRules rules_;
  Result<std::unique_ptr<const ExternalSchema>> external_{nullptr};  // nullptr: none is configured
  OwnedArena stable_{16 * 1024};
  std::unordered_map<std::string_view, const weir_schema*> by_text_;  // keys live in stable_
  std::string_view last_text_;
  const weir_schema* last_{nullptr};
  std::unordered_map<const weir_schema*, std::string> written_;
};

}  // namespace weir::runtime::data
