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
#include "../writer_cache.hpp"
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
  struct WriteTarget : WriterTarget {
    const WritePlan* plan{nullptr};
  };
  struct Prepared {
    using Target = WriteTarget;
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
  Result<std::unique_ptr<Prepared>> prepare(const weir_schema* schema) const;
  Result<void> choose(const weir_schema* schema, Prepared& prepared, WriteTarget& target);

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

  WriterCache<Prepared> cache_;
  std::string buffer_;
};

}  // namespace weir::converters::schema_registry::avro
