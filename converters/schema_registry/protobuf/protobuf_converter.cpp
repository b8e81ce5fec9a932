#include "protobuf_converter.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "../schema_version.hpp"
#include "../wire_format.hpp"
#include "connect_schema.hpp"
#include "encoder.hpp"
#include "message_index.hpp"
#include "proto_generator.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

Error with_context(std::string text, const Error& error) {
  return {error.code, text.append(error.message)};
}

}  // namespace

ConfigDef<ProtobufConfig> ProtobufConverter::describe() {
  const auto at = [](bool DataOptions::*member) {
    return static_cast<bool ProtobufConfig::*>(member);
  };
  using O = DataOptions;
  return registry_keys<ProtobufConfig>()
      .field("enhanced.protobuf.schema.support", at(&O::enhanced),
             "Keeps the package in the names of messages, enums and maps.")
      .field("generalized.sum.type.support", at(&O::generalized_sum_types),
             "Names enums and unions in the way that the Avro and JSON Schema converters share.")
      .field("ignore.default.for.nullables", at(&O::ignore_default_for_nullables),
             "Leaves a null field out, although its schema has a default.")
      .field("scrub.invalid.names", at(&O::scrub_invalid_names),
             "Replaces what Protobuf does not allow in names of messages and fields.")
      .field("int.for.enums", at(&O::int_for_enums), "Reads enums as numbers instead of names.")
      .field("optional.for.nullables", at(&O::optional_for_nullables),
             "Writes optional fields with proto3's label optional; reads as optional what has it.")
      .field("optional.for.proto2", at(&O::optional_for_proto2),
             "Reads a proto2 optional field that is not set as null instead of its default.")
      .field("wrapper.for.nullables", at(&O::wrapper_for_nullables),
             "Writes optional scalars as google.protobuf.StringValue and the like; reads as "
             "optional what is one.")
      .field("wrapper.for.raw.primitives", at(&O::wrapper_for_raw_primitives),
             "Reads such a wrapper as the plain value in it.")
      .field("generate.struct.for.nulls", at(&O::generate_struct_for_nulls),
             "Reads a nested message that is not set as a struct of defaults instead of null.")
      .field("generate.index.for.unions", at(&O::generate_index_for_unions),
             "Names the field of a oneof with its index: choice_0.")
      .field("flatten.unions", at(&O::flatten_unions),
             "Reads the members of a oneof as fields of the message itself.");
}

ProtobufConverter::ProtobufConverter(ProtobufConfig config, Task task)
    : config_(std::move(config)),
      client_(config_, [task] { return task.stopping(); }),
      writers_(config_, client_),
      cache_(config_.schemas_cache_size) {}

// ---- decode
// ---------------------------------------------------------------------------------------------------------

Result<void> ProtobufConverter::decode(Batch& batch, Side side) {
  for (Record record : batch) {
    const auto raw = record.raw(side);
    if (!raw) {
      record.set_part(side, Value::null());
    } else if (auto done = decode_one(record, *raw, side); !done) {
      batch.fail(record, with_context("Failed to deserialize data for topic " +
                                          std::string(record.topic()) + " to Protobuf: ",
                                      done.error()));
    }
  }
  return {};
}

Result<void> ProtobufConverter::decode_one(Record& record, std::string_view raw, Side side) {
  const auto framed = unframe(raw);
  if (!framed) {
    return framed.error();
  }
  const auto message = split_index(framed->payload);
  if (!message) {
    return message.error();
  }
  const std::string_view key = raw.substr(0, kFrameBytes + message->index.size());
  const auto found = reader(framed->id, message->path, key, record.topic(), side);
  if (!found) {
    return found.error();
  }
  const auto value = decoder_.decode((*found)->plan->root(), message->message, record.arena());
  if (!value) {
    return with_context(
        "Error deserializing Protobuf message for id " + std::to_string(framed->id) + ": ",
        value.error());
  }
  record.set_part(side, *value, (*found)->schema);
  return {};
}

Result<const ProtobufConverter::Reader*> ProtobufConverter::reader(
    std::int32_t id, const std::vector<std::int32_t>& path, std::string_view key,
    std::string_view topic, Side side) {
  if (last_reader_ != nullptr && last_key_.size() == key.size() + topic.size() &&
      std::string_view(last_key_).substr(0, key.size()) == key &&
      std::string_view(last_key_).substr(key.size()) == topic) {
    return last_reader_;
  }
  std::string full(key);
  full += topic;
  auto it = readers_.find(full);
  if (it == readers_.end()) {
    const auto schema = client_.by_id(id);
    if (!schema) {
      return with_context("Error retrieving Protobuf schema for id " + std::to_string(id) + ": ",
                          schema.error());
    }
    const std::string where = "schema id " + std::to_string(id) + ": ";
    if ((*schema)->schema.type != SchemaType::protobuf) {
      const bool json = (*schema)->schema.type == SchemaType::json;
      return bad_record("schema id " + std::to_string(id) + " is of type " +
                        std::string(to_string((*schema)->schema.type)) + ", which " +
                        (json ? "JsonSchemaConverter" : "AvroConverter") + " reads");
    }
    const auto proto = compiled(id, (*schema)->schema);
    if (!proto) {
      return with_context(where, proto.error());
    }
    const auto type = (*proto)->message_at(path);
    if (!type) {
      return with_context(where, type.error());
    }
    const auto version = version_in_subject(config_, client_, (**schema).schema, (*type)->full_name(), topic, side);
    if (!version) {
      return version.error();
    }
    Reader made;
    const auto connect = connect_schema(**proto, **type, config_, *version, stable_.view());
    if (!connect) {
      return with_context(where, connect.error());
    }
    made.schema = *connect;
    auto plan = DecodePlan::make(**proto, **type, made.schema, config_, stable_.view());
    if (!plan) {
      return with_context(where, plan.error());
    }
    made.plan = *std::move(plan);
    it = readers_.emplace(full, std::move(made)).first;
  }
  last_key_ = std::move(full);
  last_reader_ = &it->second;
  return last_reader_;
}

Result<const ProtoSchema*> ProtobufConverter::compiled(std::int32_t id, const SchemaText& schema) {
  auto it = compiled_.find(id);
  if (it == compiled_.end()) {
    const auto references = client_.resolve(schema);
    if (!references) {
      return references.error();
    }
    std::vector<ImportedFile> files;
    for (const ResolvedReference& reference : *references) {
      files.push_back({reference.name, reference.text});
    }
    auto proto = ProtoSchema::compile(schema.text, files);
    if (!proto) {
      return proto.error();
    }
    it = compiled_.emplace(id, *std::move(proto)).first;
  }
  return it->second.get();
}

// ---- encode
// ---------------------------------------------------------------------------------------------------------

Result<void> ProtobufConverter::encode(Batch& batch, Side side) {
  cache_.begin(writers_.changes());
  for (Record record : batch) {
    if (auto done = encode_one(record, side); !done) {
      batch.fail(record, with_context("Failed to serialize Protobuf data from topic " +
                                          std::string(record.topic()) + ": ",
                                      done.error()));
    }
  }
  return {};
}

Result<void> ProtobufConverter::encode_one(Record& record, Side side) {
  const Value& value = record.part(side);
  const Schema* schema = record.schema(side);
  if (value.is_null()) {
    record.set_raw(side, std::nullopt);
    return {};
  }
  if (schema == nullptr) {
    return bad_record(
        "a value without a schema cannot be written as Protobuf; read it with a converter that "
        "knows its schema");
  }
  const auto found = cache_.target(
      schema, record.topic(), side, [&] { return prepare(schema); },
      [&](Prepared& prepared, WriteTarget& target) { return choose(schema, prepared, target); });
  if (!found) {
    return found.error();
  }
  buffer_.clear();
  if (auto done = Encoder::encode(*(*found)->plan, value, config_, record.arena(), buffer_);
      !done) {
    return done;
  }
  buffer_.bytes((*found)->index);
  char frame[kFrameBytes];
  write_frame(frame, (*found)->id);
  buffer_.bytes({frame, kFrameBytes});
  record.set_raw(side, record.arena().copy(buffer_.view()));
  return {};
}

/// Sets id and plan of the target, whose topic is set. Asked again, it makes no plan when the id is
/// the same.
Result<void> ProtobufConverter::choose(const weir_schema* schema, Prepared& p,
                                       WriteTarget& target) {
  const auto subject =
      subject_name(config_.strategy(target.side), target.topic, target.side, p.message);
  if (!subject) {
    return subject.error();
  }
  // The message in another schema: the one with the same name, else the first, as Confluent's
  // serializer has it.
  const auto message_in = [&](const ProtoSchema& proto) {
    const pb::Descriptor* named = proto.file().pool()->FindMessageTypeByName(p.message);
    return named != nullptr && named->file() == &proto.file() ? named
           : proto.file().message_type_count() > 0            ? proto.file().message_type(0)
                                                              : nullptr;
  };
  const auto plan_for = [&](const ProtoSchema& proto) -> Result<std::unique_ptr<const EncodePlan>> {
    const pb::Descriptor* message = message_in(proto);
    return message == nullptr ? bad_record("the schema has no message")
                              : EncodePlan::make(proto, *message, schema, config_);
  };
  const auto compatible = [&](const RegisteredSchema& registered,
                              const SchemaText&) -> Result<void> {
    const auto other = compiled(registered.id, registered.schema);
    if (!other) {
      return other.error();
    }
    const auto plan = plan_for(**other);
    return plan ? Result<void>() : Result<void>(plan.error());
  };
  const auto chosen = writers_.choose(*subject, p.text, compatible);
  if (!chosen) {
    return chosen.error();
  }
  const std::int32_t id = (*chosen)->id;
  if (target.plan != nullptr && target.id == id) {
    return {};
  }
  const ProtoSchema* proto = p.proto.get();
  if ((*chosen)->schema != p.text) {
    const auto other = compiled(id, (*chosen)->schema);
    if (!other) {
      return with_context("schema id " + std::to_string(id) + ": ", other.error());
    }
    proto = *other;
  }
  auto plan = plan_for(*proto);
  if (!plan) {
    return with_context("schema id " + std::to_string(id) + ": ", plan.error());
  }
  target.id = id;
  target.index = index_bytes(ProtoSchema::path_of(*message_in(*proto)));
  target.plan = *std::move(plan);
  return {};
}

Result<std::unique_ptr<ProtobufConverter::Prepared>> ProtobufConverter::prepare(
    const weir_schema* schema) const {
  auto made = std::make_unique<Prepared>();
  auto generated = generate_proto(*schema, config_);
  if (!generated) {
    return generated.error();
  }
  made->message = generated->message;
  made->text.type = SchemaType::protobuf;
  made->text.text = proto_text(generated->file);
  auto proto = ProtoSchema::build(generated->file);
  if (!proto) {
    return with_context(
        proto.error().message.find("identifier") == std::string::npos
            ? std::string()
            : "(scrub.invalid.names=true replaces what Protobuf does not allow in names) ",
        proto.error());
  }
  made->proto = *std::move(proto);
  return made;
}

}  // namespace weir::converters::schema_registry::protobuf
