// AvroConverter: io.confluent.connect.avro.AvroConverter.
#pragma once

#include <array>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>
#include <weir/plugin.hpp>

#include "../client.hpp"
#include "../config.hpp"
#include "../writer_schema.hpp"
#include "from_connect.hpp"
#include "options.hpp"
#include "to_connect.hpp"
#include "write_plan.hpp"

namespace weir::converters::schema_registry::avro {

struct AvroConfig : RegistryConfig, AvroOptions {};

class AvroConverter final : public Converter {
 public:
  static constexpr std::string_view kType = "AvroConverter";
  static constexpr std::array<std::string_view, 2> kAliases{
      "io.confluent.connect.avro.AvroConverter", "Avro"};
  static constexpr std::string_view kDoc =
      "Avro with a schema registry, in Confluent's wire format.";
  static ConfigDef<AvroConfig> describe();

  AvroConverter(AvroConfig config, Task task);

  Result<void> decode(Batch& batch, Side side) override;
  Result<void> encode(Batch& batch, Side side) override;

 private:
  /// Where one schema's values go: a topic's subject gives the id, and the schema to write with.
  struct Target {
    Side side{Side::value};
    std::string topic;
    std::int32_t id{0};
    const WritePlan* plan{nullptr};
    bool asked{true};  ///< in this batch, when the answer may change
  };
  struct Prepared {
    std::unique_ptr<AvroSchema> avro;
    SchemaText text;
    WritePlans plans;
    std::list<Target> targets;
  };

  Result<const ReadSchema*> reader(std::int32_t id, std::string_view topic, Side side);
  Result<const ReadSchema*> make_reader(std::int32_t id, std::string_view topic, Side side);
  Result<std::optional<std::int32_t>> version_of(const RegisteredSchema& schema,
                                                 const AvroSchema& avro, std::string_view topic,
                                                 Side side);
  Result<const AvroSchema*> parsed(std::int32_t id, const SchemaText& schema);

  Result<void> encode_one(Record& record, Side side);
  Result<Prepared*> prepare(const weir_schema* schema);
  Result<void> choose(const weir_schema* schema, Prepared& prepared, Target& target);
  Result<const Target*> target(const weir_schema* schema, std::string_view topic, Side side);

  const AvroConfig config_;
  Task task_;
  Client client_;
  WriterSchemas writers_;

  ToConnect to_connect_;
  std::map<std::int32_t, std::unique_ptr<AvroSchema>> parsed_;
  std::map<std::pair<std::int32_t, std::int32_t>, ReadSchema> read_;  // id, version (0: none)
  std::map<std::tuple<std::int32_t, Side, std::string>, const ReadSchema*>
      readers_;  // id, side, topic
  std::int32_t last_id_{-1};
  Side last_side_{Side::value};
  std::string last_topic_;
  const ReadSchema* last_reader_{nullptr};

  std::unordered_map<const weir_schema*, std::unique_ptr<Prepared>>
      prepared_;  // stable schemas, and nullptr
  std::unordered_map<const weir_schema*, std::unique_ptr<Prepared>> passing_;  // those of one batch
  const weir_schema* last_schema_{nullptr};
  const Target* last_target_{nullptr};
  std::string buffer_;
};

}  // namespace weir::converters::schema_registry::avro
