#include "json_schema_converter.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>
#include <weir/json.hpp>
#include <weir/json_schema/connect_schema.hpp>
#include <weir/json_schema/from_connect.hpp>
#include <weir/json_schema/values.hpp>

#include "../schema_version.hpp"
#include "../wire_format.hpp"
#include "compatibility.hpp"

namespace weir::converters::schema_registry::json_schema {
namespace {

using weir::json_schema::Document;
using weir::json_schema::ReferencedDocument;

Error with_context(std::string text, const Error& error) { return {error.code, text.append(error.message)}; }

JsonSchemaConfig with_options(JsonSchemaConfig config) {
  config.numeric_decimals = config.decimal_format == DecimalFormat::numeric;
  return config;
}

// Errc::bad_record with the first problems, when the document does not follow the schema.
Result<void> follows(const weir::json_schema::JsonSchema& schema, std::string_view text) {
  boost::json::error_code ec;
  boost::json::parse_options options;
  options.max_depth = json::kMaxDepth;
  const boost::json::value document = boost::json::parse(boost::json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) {
    return bad_record("Validation error in JSON: " + ec.message());
  }
  constexpr std::size_t kMostProblems = 3;
  const auto problems = schema.validate(document, kMostProblems);
  std::string list;
  for (const auto& problem : problems) {
    list += (list.empty() ? "" : "; ") + (problem.pointer.empty() ? "the document" : problem.pointer) + ": " + problem.message;
  }
  return problems.empty() ? Result<void>() : bad_record("Validation error in JSON (json.fail.invalid.schema=true): " + list);
}

std::string_view title_of(const Document& document) {
  const Value* title = document.root().node->is_object() ? document.root().node->find("title") : nullptr;
  return title != nullptr && title->is_string() ? title->text() : std::string_view();
}

}  // namespace

ConfigDef<JsonSchemaConfig> JsonSchemaConverter::describe() {
  using O = weir::json_schema::Options;
  const auto at = [](bool O::*member) { return static_cast<bool JsonSchemaConfig::*>(member); };
  return registry_keys<JsonSchemaConfig>()
      .field("object.additional.properties", at(&O::object_additional_properties),
             "false: written schemas of structs say additionalProperties: false.")
      .field("use.optional.for.nonrequired", at(&O::optional_for_nonrequired),
             "Reads properties that are not required as optional.")
      .choice("decimal.format", &JsonSchemaConfig::decimal_format,
              {{"BASE64", DecimalFormat::base64}, {"NUMERIC", DecimalFormat::numeric}},
              "How decimals are written: base64 of the unscaled value, or a number. Both are read.")
      .field("generalized.sum.type.support", at(&O::generalized_sum_types),
             "Names enums and unions in the way that the Avro and Protobuf converters share.")
      .field("ignore.default.for.nullables", at(&O::ignore_default_for_nullables),
             "Writes null for a null field, although its schema has a default.")
      .field("flatten.singleton.unions", at(&O::flatten_singleton_unions), "Reads a oneOf of one schema as that one.")
      .field("json.fail.invalid.schema", &JsonSchemaConfig::fail_invalid,
             "Refuses documents that do not follow their JSON Schema, when reading and when writing.")
      .field("schema.registry.subject", &JsonSchemaConfig::subject,
             "Messages without Confluent's five bytes are read as plain JSON with the latest schema of this subject.");
}

JsonSchemaConverter::JsonSchemaConverter(JsonSchemaConfig config, Task task)
    : config_(with_options(std::move(config))),
      client_(config_, [task] { return task.stopping(); }),
      writers_(config_, client_),
      cache_(config_.schemas_cache_size) {}

// ---- decode ---------------------------------------------------------------------------------------------------------

Result<void> JsonSchemaConverter::decode(Batch& batch, Side side) {
  for (Record record : batch) {
    const auto raw = record.raw(side);
    if (!raw) {
      record.set_part(side, Value::null());
    } else if (auto done = decode_one(record, *raw, side); !done) {
      batch.fail(record, with_context("Converting byte[] to Kafka Connect data failed due to serialization error of topic " +
                                          std::string(record.topic()) + ": ",
                                      done.error()));
    }
  }
  return {};
}

Result<void> JsonSchemaConverter::decode_one(Record& record, std::string_view raw, Side side) {
  std::string_view text = raw;
  std::string where = "plain JSON";
  Result<const Reader*> found = nullptr;
  if (config_.subject && (raw.empty() || raw[0] != kMagic)) {
    found = unframed_reader();
  } else {
    const auto framed = unframe(raw);
    if (!framed) {
      return framed.error();
    }
    text = framed->payload;
    found = reader(framed->id, record.topic(), side);
    where = "JSON message for id " + std::to_string(framed->id);
  }
  if (!found) {
    return found.error();
  }
  const json::ReadOptions exact{.exact_numbers = true};
  auto json = json::read(text, record.arena(), exact);
  if (!json) {
    return with_context("Error deserializing " + where + ": ", json.error());
  }
  if ((*found)->validator != nullptr) {
    if (auto done = follows(*(*found)->validator, text); !done) {
      return with_context("Error deserializing " + where + ": ", done.error());
    }
  }
  const auto value = weir::json_schema::value_from_json((*found)->schema, &*json, record.arena());
  if (!value) {
    return value.error();
  }
  record.set_part(side, *value, (*found)->schema);
  return {};
}

Result<const JsonSchemaConverter::Reader*> JsonSchemaConverter::reader(std::int32_t id, std::string_view topic,
                                                                       Side side) {
  if (last_reader_ != nullptr && id == last_id_ && topic == last_topic_) {
    return last_reader_;
  }
  const std::pair key(id, std::string(topic));
  auto it = readers_.find(key);
  if (it == readers_.end()) {
    const auto schema = client_.by_id(id);
    if (!schema) {
      return with_context("Error retrieving JSON schema for id " + std::to_string(id) + ": ", schema.error());
    }
    if ((*schema)->schema.type != SchemaType::json) {
      const bool avro = (*schema)->schema.type == SchemaType::avro;
      return bad_record("schema id " + std::to_string(id) + " is of type " +
                        std::string(to_string((*schema)->schema.type)) + ", which " +
                        (avro ? "AvroConverter" : "ProtobufConverter") + " reads");
    }
    const auto document = parsed(id, (*schema)->schema);
    if (!document) {
      return document.error();
    }
    const auto version = version_in_subject(config_, client_, (**schema).schema, title_of(**document), topic, side);
    if (!version) {
      return version.error();
    }
    auto made = make_reader(**schema, *version);
    if (!made) {
      return made.error();
    }
    it = readers_.emplace(key, *std::move(made)).first;
  }
  last_id_ = id;
  last_topic_ = key.second;
  last_reader_ = &it->second;
  return last_reader_;
}

Result<const JsonSchemaConverter::Reader*> JsonSchemaConverter::unframed_reader() {
  const auto latest = client_.latest(*config_.subject);
  if (!latest) {
    return with_context("schema.registry.subject=" + *config_.subject + ": ", latest.error());
  }
  auto it = unframed_.find((*latest)->id);
  if (it == unframed_.end()) {
    const RegisteredSchema schema = **latest;  // the client's answer is good until the next call only
    if (schema.schema.type != SchemaType::json) {
      return bad_record("schema.registry.subject=" + *config_.subject + ": the latest schema is of type " +
                        std::string(to_string(schema.schema.type)) + ", not JSON");
    }
    auto made = make_reader(schema, schema.version > 0 ? std::optional(schema.version) : std::nullopt);
    if (!made) {
      return made.error();
    }
    it = unframed_.emplace(schema.id, *std::move(made)).first;
  }
  return static_cast<const Reader*>(&it->second);
}

Result<JsonSchemaConverter::Reader> JsonSchemaConverter::make_reader(const RegisteredSchema& schema,
                                                                     std::optional<std::int32_t> version) {
  const std::string where = "schema id " + std::to_string(schema.id) + ": ";
  const auto document = parsed(schema.id, schema.schema);
  if (!document) {
    return document.error();
  }
  const auto connect = weir::json_schema::connect_schema(**document, config_, version, stable_.view());
  if (!connect) {
    return with_context(where, connect.error());
  }
  Reader made;
  made.schema = *connect;
  const auto checked = validator(schema.id, schema.schema);
  if (!checked) {
    return with_context(where, checked.error());
  }
  made.validator = *checked;
  return made;
}

/// nullptr: documents are not checked.
Result<const weir::json_schema::JsonSchema*> JsonSchemaConverter::validator(std::int32_t id, const SchemaText& schema) {
  if (!config_.fail_invalid) {
    return static_cast<const weir::json_schema::JsonSchema*>(nullptr);
  }
  auto it = validators_.find(id);
  if (it == validators_.end()) {
    const auto references = client_.resolve(schema);
    if (!references) {
      return references.error();
    }
    std::vector<ReferencedDocument> documents;
    for (const ResolvedReference& reference : *references) {
      documents.push_back({reference.name, reference.text});
    }
    auto made = weir::json_schema::JsonSchema::parse(schema.text, documents);
    if (!made) {
      return bad_record("the schema cannot be used to check documents (json.fail.invalid.schema=true): " + made.error().message);
    }
    it = validators_.emplace(id, *std::move(made)).first;
  }
  return static_cast<const weir::json_schema::JsonSchema*>(&it->second);
}

Result<const Document*> JsonSchemaConverter::parsed(std::int32_t id, const SchemaText& schema) {
  auto it = parsed_.find(id);
  if (it == parsed_.end()) {
    const std::string where = "schema id " + std::to_string(id) + ": ";
    const auto references = client_.resolve(schema);
    if (!references) {
      return with_context(where, references.error());
    }
    std::vector<ReferencedDocument> documents;
    for (const ResolvedReference& reference : *references) {
      documents.push_back({reference.name, reference.text});
    }
    auto document = Document::parse(schema.text, documents);
    if (!document) {
      return with_context(where, document.error());
    }
    it = parsed_.emplace(id, *std::move(document)).first;
  }
  return it->second.get();
}

// ---- encode ---------------------------------------------------------------------------------------------------------

Result<void> JsonSchemaConverter::encode(Batch& batch, Side side) {
  cache_.begin(writers_.changes());
  for (Record record : batch) {
    if (auto done = encode_one(record, side); !done) {
      batch.fail(record, with_context("Converting Kafka Connect data to byte[] failed due to serialization error of topic " +
                                          std::string(record.topic()) + ": ",
                                      done.error()));
    }
  }
  return {};
}

Result<void> JsonSchemaConverter::encode_one(Record& record, Side side) {
  const Value& value = record.part(side);
  const Schema* schema = record.schema(side);
  if (value.is_null() &&
      (schema == nullptr || (!schema->optional() &&
                             (schema->default_or_null() == nullptr || config_.ignore_default_for_nullables)))) {
    record.set_raw(side, std::nullopt);
    return {};
  }
  if (schema == nullptr) {
    return bad_record(
        "a value without a schema cannot be written with a JSON Schema; read it with a converter that knows its schema, or "
        "write it with org.apache.kafka.connect.json.JsonConverter and schemas.enable=false");
  }
  const auto found = cache_.target(
      schema, record.topic(), side, [&] { return prepare(schema); },
      [&](Prepared& prepared, WriteTarget& target) { return choose(schema, prepared, target); });
  if (!found) {
    return found.error();
  }
  json::detail::ArenaWriter out{json::detail::ArenaBuffer(record.arena())};
  char frame[kFrameBytes];
  write_frame(frame, (*found)->id);
  out.raw({frame, kFrameBytes});
  if (auto done = weir::json_schema::value_to_json(schema, value, out, config_); !done) {
    return done;
  }
  const std::string_view bytes = out.finish();
  if ((*found)->validator != nullptr) {
    if (auto done = follows(*(*found)->validator, bytes.substr(kFrameBytes)); !done) {
      return done;
    }
  }
  record.set_raw(side, bytes);
  return {};
}

/// Sets the id of the target, whose topic is set. The document is the same whatever schema was chosen: JSON carries its
/// names.
Result<void> JsonSchemaConverter::choose(const weir_schema* schema, Prepared& p, WriteTarget& target) {
  const auto subject = subject_name(config_.strategy(target.side), target.topic, target.side, p.title);
  if (!subject) {
    return subject.error();
  }
  const auto compatible = [&](const RegisteredSchema& registered, const SchemaText&) -> Result<void> {
    const auto other = parsed(registered.id, registered.schema);
    if (!other) {
      return other.error();
    }
    const auto connect = weir::json_schema::connect_schema(**other, config_, std::nullopt, stable_.view());
    return connect ? can_hold(**connect, *schema) : Result<void>(connect.error());
  };
  const auto chosen = writers_.choose(*subject, p.text, compatible);
  if (!chosen) {
    return chosen.error();
  }
  const RegisteredSchema written = **chosen;  // the answer is good until the next call only
  const auto checked = validator(written.id, written.schema);
  if (!checked) {
    return checked.error();
  }
  target.validator = *checked;
  target.id = written.id;
  return {};
}

Result<std::unique_ptr<JsonSchemaConverter::Prepared>> JsonSchemaConverter::prepare(const weir_schema* schema) const {
  auto made = std::make_unique<Prepared>();
  auto text = weir::json_schema::schema_text(*schema, config_);
  if (!text) {
    return text.error();
  }
  made->text.type = SchemaType::json;
  made->text.text = *std::move(text);
  made->title = text_of(schema->name);
  return made;
}

}  // namespace weir::converters::schema_registry::json_schema
