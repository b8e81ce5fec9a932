// ProtobufConverter: io.confluent.connect.protobuf.ProtobufConverter.
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
#include <vector>
#include <weir/plugin.hpp>

#include "../client.hpp"
#include "../config.hpp"
#include "../writer_cache.hpp"
#include "../writer_schema.hpp"
#include "data_options.hpp"
#include "decoder.hpp"
#include "encode_plan.hpp"
#include "proto_schema.hpp"
#include "reverse_buffer.hpp"

namespace weir::converters::schema_registry::protobuf {

struct ProtobufConfig : RegistryConfig, DataOptions {};

class ProtobufConverter final : public Converter {
 public:
  static constexpr std::string_view kType = "ProtobufConverter";
  static constexpr std::array<std::string_view, 2> kAliases{
      "io.confluent.connect.protobuf.ProtobufConverter", "Protobuf"};
  static constexpr std::string_view kDoc =
      "Protobuf with a schema registry, in Confluent's wire format.";
  static ConfigDef<ProtobufConfig> describe();

  ProtobufConverter(ProtobufConfig config, Task task);

  Result<void> decode(Batch& batch, Side side) override;
  Result<void> encode(Batch& batch, Side side) override;

 private:
  /// How messages of one type are read.
  struct Reader {
    const weir_schema* schema{nullptr};
    std::unique_ptr<const DecodePlan> plan;
  };
  /// Where one schema's values of a topic go.
  struct WriteTarget : WriterTarget {
    std::string index;  ///< the message's place in the schema, as it is written
    std::unique_ptr<const EncodePlan> plan;
  };
  struct Prepared {
    using Target = WriteTarget;
    std::unique_ptr<const ProtoSchema> proto;
    std::string message;  ///< its full name
    SchemaText text;
    std::list<Target> targets;
  };

  Result<void> decode_one(Record& record, std::string_view raw, Side side);
  Result<const Reader*> reader(std::int32_t id, const std::vector<std::int32_t>& path,
                               std::string_view key, std::string_view topic, Side side);
  Result<const ProtoSchema*> compiled(std::int32_t id, const SchemaText& schema);

  Result<void> encode_one(Record& record, Side side);
  Result<std::unique_ptr<Prepared>> prepare(const weir_schema* schema) const;
  Result<void> choose(const weir_schema* schema, Prepared& prepared, WriteTarget& target);

  const ProtobufConfig config_;
  Client client_;
  WriterSchemas writers_;
  Decoder decoder_;
  OwnedArena stable_{16 * 1024};

  std::map<std::int32_t, std::unique_ptr<const ProtoSchema>> compiled_;
  std::unordered_map<std::string, Reader>
      readers_;  // topic, id and index path as they stand in the message
  std::string last_key_;
  const Reader* last_reader_{nullptr};

  WriterCache<Prepared> cache_;
  ReverseBuffer buffer_;
};

}  // namespace weir::converters::schema_registry::protobuf
