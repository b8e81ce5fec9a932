#include "avro_converter.hpp"

#include <algorithm>
#include <optional>

#include "../schema_version.hpp"
#include "../wire_format.hpp"
#include "decoder.hpp"
#include "encoder.hpp"
#include "names.hpp"
#include "resolution.hpp"

namespace weir::converters::schema_registry::avro {
namespace {

Error with_context(std::string text, const Error& error) {
  return {error.code, text.append(error.message)};
}

std::string_view record_name(const Node& root) {
  return root.type == Type::record ? root.full_name : std::string_view();
}

}  // namespace

ConfigDef<AvroConfig> AvroConverter::describe() {
  const auto at = [](bool AvroOptions::*member) { return static_cast<bool AvroConfig::*>(member); };
  using O = AvroOptions;
  return registry_keys<AvroConfig>()
      .field("enhanced.avro.schema.support", at(&O::enhanced),
             "Keeps enums as enums when writing, and tells types of a union apart by namespace.")
      .field("connect.meta.data", at(&O::connect_meta_data),
             "Puts what Avro has no place for (connect.version, connect.parameters, "
             "connect.default ...) into the schema as properties.")
      .field("scrub.invalid.names", at(&O::scrub_invalid_names),
             "Replaces what Avro does not allow in names of records and fields.")
      .field("discard.type.doc.default", at(&O::discard_doc_default),
             "Keeps only docs and defaults of fields, not those of types.")
      .field("allow.optional.map.keys", at(&O::optional_map_keys),
             "Writes a map with optional text keys as an Avro map.")
      .field("flatten.singleton.unions", at(&O::flatten_singletons),
             "Reads a union of one type as that type.")
      .field(
          "generalized.sum.type.support", at(&O::generalized),
          "Names enums and unions in the way that the Protobuf and JSON Schema converters share.")
      .field("ignore.default.for.nullables", at(&O::ignore_default),
             "Writes null for a null field, although its schema has a default.");
}

AvroConverter::AvroConverter(AvroConfig config, Task task)
    : config_(std::move(config)),
      task_(task),
      client_(config_, [task] { return task.stopping(); }),
      writers_(config_, client_),
      to_connect_(config_),
      cache_(config_.schemas_cache_size) {}

// ---- decode
// ---------------------------------------------------------------------------------------------------------

Result<void> AvroConverter::decode(Batch& batch, Side side) {
  for (Record record : batch) {
    const auto raw = record.raw(side);
    if (!raw) {
      record.set_part(side, Value::null());
      continue;
    }
    const auto failed = [&](const Error& error) {
      batch.fail(record, with_context("Failed to deserialize data for topic " +
                                          std::string(record.topic()) + " to Avro: ",
                                      error));
    };
    const auto framed = unframe(*raw);
    if (!framed) {
      failed(framed.error());
      continue;
    }
    const auto found = reader(framed->id, record.topic(), side);
    if (!found) {
      failed(found.error());
      continue;
    }
    const auto value = avro::decode(*(*found)->plan, framed->payload, record.arena());
    if (!value) {
      failed(with_context("schema id " + std::to_string(framed->id) + ": ", value.error()));
      continue;
    }
    record.set_part(side, *value, (*found)->schema);
  }
  return {};
}

Result<const ReadSchema*> AvroConverter::reader(std::int32_t id, std::string_view topic,
                                                Side side) {
  if (id == last_id_ && side == last_side_ && topic == last_topic_ && last_reader_ != nullptr) {
    return last_reader_;
  }
  auto key = std::tuple(id, side, std::string(topic));
  auto it = readers_.find(key);
  if (it == readers_.end()) {
    auto made = make_reader(id, topic, side);
    if (!made) {
      return made;
    }
    it = readers_.emplace(key, *made).first;
  }
  last_id_ = id;
  last_side_ = side;
  last_topic_ = topic;
  last_reader_ = it->second;
  return last_reader_;
}

Result<const ReadSchema*> AvroConverter::make_reader(std::int32_t id, std::string_view topic,
                                                     Side side) {
  const auto schema = client_.by_id(id);
  if (!schema) {
    return with_context("Error retrieving Avro " +
                            std::string(side == Side::key ? "key" : "value") + " schema for id " +
                            std::to_string(id) + ": ",
                        schema.error());
  }
  if ((*schema)->schema.type != SchemaType::avro) {
    const bool json = (*schema)->schema.type == SchemaType::json;
    return bad_record("schema id " + std::to_string(id) + " is of type " +
                      std::string(to_string((*schema)->schema.type)) + ", which " +
                      (json ? "JsonSchemaConverter" : "ProtobufConverter") + " reads");
  }
  const auto avro = parsed(id, (*schema)->schema);
  if (!avro) {
    return avro.error();
  }
  const auto version = version_of(**schema, **avro, topic, side);
  if (!version) {
    return version.error();
  }
  const auto key = std::pair(id, version->value_or(0));
  auto it = read_.find(key);
  if (it == read_.end()) {
    auto made = to_connect_.make(**avro, *version);
    if (!made) {
      return with_context("schema id " + std::to_string(id) + ": ", made.error());
    }
    for (const std::string& text : to_connect_.ignored()) {
      task_.log(LogLevel::warn, "schema id " + std::to_string(id) + ": " + text);
    }
    it = read_.emplace(key, *made).first;
  }
  return static_cast<const ReadSchema*>(&it->second);
}

/// Schemas that say their version themselves, and those without a place for it, have none.
Result<std::optional<std::int32_t>> AvroConverter::version_of(const RegisteredSchema& schema,
                                                              const AvroSchema& avro,
                                                              std::string_view topic, Side side) {
  const Node& root = avro.root();
  const bool optional =
      root.type == Type::union_of && root.branches.size() == 2 && root.branch_of(Type::null) >= 0;
  if (root.property(kConnectVersion) != nullptr || optional || root.full_name == kAnything) {
    return std::optional<std::int32_t>();
  }
  return version_in_subject(config_, client_, schema.schema, record_name(root), topic, side);
}

Result<const AvroSchema*> AvroConverter::parsed(std::int32_t id, const SchemaText& schema) {
  auto it = parsed_.find(id);
  if (it == parsed_.end()) {
    const auto references = client_.resolve(schema);
    if (!references) {
      return with_context("schema id " + std::to_string(id) + ": ", references.error());
    }
    auto avro = AvroSchema::parse(schema.text, *references);
    if (!avro) {
      return with_context("schema id " + std::to_string(id) + ": ", avro.error());
    }
    it = parsed_.emplace(id, *std::move(avro)).first;
  }
  return static_cast<const AvroSchema*>(it->second.get());
}

// ---- encode
// ---------------------------------------------------------------------------------------------------------

Result<void> AvroConverter::encode(Batch& batch, Side side) {
  cache_.begin(writers_.changes());
  for (Record record : batch) {
    if (auto done = encode_one(record, side); !done) {
      batch.fail(record, with_context("Failed to serialize Avro data from topic " +
                                          std::string(record.topic()) + ": ",
                                      done.error()));
    }
  }
  return {};
}

Result<void> AvroConverter::encode_one(Record& record, Side side) {
  const Value& value = record.part(side);
  const Schema* schema = record.schema(side);
  if (value.is_null()) {
    if (schema != nullptr && !schema->optional()) {
      return bad_record("Found null value for non-optional schema");
    }
    record.set_raw(side, std::nullopt);
    return {};
  }
  const auto found = cache_.target(
      schema, record.topic(), side, [&] { return prepare(schema); },
      [&](Prepared& prepared, WriteTarget& target) { return choose(schema, prepared, target); });
  if (!found) {
    return found.error();
  }
  buffer_.resize(kFrameBytes);
  write_frame(buffer_.data(), (*found)->id);
  if (auto done = avro::encode(*(*found)->plan, value, record.arena(), buffer_); !done) {
    return done;
  }
  record.set_raw(side, record.arena().copy(buffer_));
  return {};
}

/// Sets id and plan of the target, whose topic is set. Asked again, it makes no plan when the id is
/// the same.
Result<void> AvroConverter::choose(const weir_schema* schema, Prepared& p, WriteTarget& target) {
  const auto subject = subject_name(config_.strategy(target.side), target.topic, target.side,
                                    record_name(p.avro->root()));
  if (!subject) {
    return subject.error();
  }
  const auto compatible = [&](const RegisteredSchema& registered,
                              const SchemaText&) -> Result<void> {
    const auto other = parsed(registered.id, registered.schema);
    return other ? can_read((*other)->root(), p.avro->root()) : Result<void>(other.error());
  };
  const auto chosen = writers_.choose(*subject, p.text, compatible);
  if (!chosen) {
    return chosen.error();
  }
  if (target.plan != nullptr && target.id == (*chosen)->id) {
    return {};
  }
  const std::int32_t id = (*chosen)->id;
  const Node* root = &p.avro->root();
  if ((*chosen)->schema != p.text) {
    const auto other = parsed(id, (*chosen)->schema);
    if (!other) {
      return other.error();
    }
    root = &(*other)->root();
  }
  const auto plan = p.plans.make(schema, *root, config_);
  if (!plan) {
    return with_context("schema id " + std::to_string(id) + ": ", plan.error());
  }
  target.id = id;
  target.plan = *plan;
  return {};
}

Result<std::unique_ptr<AvroConverter::Prepared>> AvroConverter::prepare(
    const weir_schema* schema) const {
  auto made = std::make_unique<Prepared>();
  auto avro = from_connect(schema, config_);
  if (!avro) {
    return avro.error();
  }
  made->avro = *std::move(avro);
  auto text = schema_text(made->avro->root());
  if (!text) {
    return text.error();
  }
  made->text.text = *std::move(text);
  return made;
}

}  // namespace weir::converters::schema_registry::avro
