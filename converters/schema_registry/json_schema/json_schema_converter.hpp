// JsonSchemaConverter: io.confluent.connect.json.JsonSchemaConverter.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <weir/json_schema/document.hpp>
#include <weir/json_schema/options.hpp>
#include <weir/json_schema/validator.hpp>
#include <weir/plugin.hpp>

#include "../client.hpp"
#include "../config.hpp"
#include "../writer_cache.hpp"
#include "../writer_schema.hpp"

namespace weir::converters::schema_registry::json_schema {

enum class DecimalFormat { base64, numeric };

struct JsonSchemaConfig : RegistryConfig, weir::json_schema::Options {
  DecimalFormat decimal_format{DecimalFormat::base64};
  std::optional<std::string> subject;  ///< of messages without a frame
  bool fail_invalid{false};
};

class JsonSchemaConverter final : public Converter {
 public:
  static constexpr std::string_view kType = "JsonSchemaConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"io.confluent.connect.json.JsonSchemaConverter",
                                                            "JsonSchema"};
  static constexpr std::string_view kDoc = "JSON with a JSON Schema from a schema registry, in Confluent's wire format.";
  static ConfigDef<JsonSchemaConfig> describe();

  JsonSchemaConverter(JsonSchemaConfig config, Task task);

  Result<void> decode(Batch& batch, Side side) override;
  Result<void> encode(Batch& batch, Side side) override;

 private:
  /// How documents of one schema are read.
  struct Reader {
    const weir_schema* schema{nullptr};
    const weir::json_schema::JsonSchema* validator{nullptr};  ///< with json.fail.invalid.schema
  };
  /// Where one schema's values of a topic go.
  struct WriteTarget : WriterTarget {
    const weir::json_schema::JsonSchema* validator{nullptr};
  };
  struct Prepared {
    using Target = WriteTarget;
    SchemaText text;
    std::string title;
    std::list<Target> targets;
  };

  Result<void> decode_one(Record& record, std::string_view raw, Side side);
  Result<const Reader*> reader(std::int32_t id, std::string_view topic, Side side);
  Result<const Reader*> unframed_reader();
  Result<Reader> make_reader(const RegisteredSchema& schema, std::optional<std::int32_t> version);
  Result<const weir::json_schema::Document*> parsed(std::int32_t id, const SchemaText& schema);
  Result<const weir::json_schema::JsonSchema*> validator(std::int32_t id, const SchemaText& schema);

  Result<void> encode_one(Record& record, Side side);
  Result<std::unique_ptr<Prepared>> prepare(const weir_schema* schema) const;
  Result<void> choose(const weir_schema* schema, Prepared& prepared, WriteTarget& target);

  const JsonSchemaConfig config_;
  Client client_;
  WriterSchemas writers_;
  OwnedArena stable_{16 * 1024};

  std::map<std::int32_t, std::unique_ptr<const weir::json_schema::Document>> parsed_;
  std::map<std::int32_t, weir::json_schema::JsonSchema> validators_;
  std::map<std::pair<std::int32_t, std::string>, Reader> readers_;  // id, topic
  std::map<std::int32_t, Reader> unframed_;                         // by the id of the subject's latest schema
  std::int32_t last_id_{-1};
  std::string last_topic_;
  const Reader* last_reader_{nullptr};

  WriterCache<Prepared> cache_;
};

}  // namespace weir::converters::schema_registry::json_schema
