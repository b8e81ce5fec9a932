#include <weir/json_schema/validator.hpp>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <weir/json_schema/document.hpp>
#include <weir/json_schema/pattern.hpp>
#include <weir/json_schema/rfc3339.hpp>

namespace weir::json_schema {
namespace {

bool follows_format(const std::string& format, const std::string& text) {
  if (format == "date-time") {
    return parse_date_time(text).has_value();
  }
  if (format == "date") {
    return is_full_date(text);
  }
  if (format == "time") {
    return is_full_time(text);
  }
  if (format == "uuid") {
    return is_uuid(text);
  }
  return true;  // an annotation
}

bool matches(const std::string& pattern, const std::string& text) {
  Pattern* compiled = Pattern::for_thread(pattern);
  return compiled != nullptr && compiled->found_in(text);
}

}  // namespace
}  // namespace weir::json_schema

namespace valijson {

using BoostVisitor = ValidationVisitor<adapters::BoostJsonAdapter>;
using NameVisitor = ValidationVisitor<adapters::StdStringAdapter>;  // propertyNames

template <>
bool BoostVisitor::visit(const PatternConstraint& constraint) {
  if (!m_target.isString() ||
      weir::json_schema::matches(constraint.getPattern<std::allocator<char>>(),
                                             m_target.asString())) {
    return true;
  }
  if (m_results != nullptr) {
    m_results->pushError(m_context, "Failed to match regex specified by 'pattern' constraint: " +
                                        constraint.getPattern<std::allocator<char>>());
  }
  return false;
}

template <>
bool BoostVisitor::visit(const FormatConstraint& constraint) {
  if (!m_target.isString() ||
      weir::json_schema::follows_format(constraint.getFormat(), m_target.asString())) {
    return true;
  }
  if (m_results != nullptr) {
    m_results->pushError(m_context, "String should be a valid " + constraint.getFormat());
  }
  return false;
}

namespace {

bool accepts_all(const Subschema& schema) {
  Subschema::ApplyFunction any = [](const constraints::Constraint&) { return false; };
  return !schema.getAlwaysInvalid() && schema.applyStrict(any);
}

}  // namespace

// The next two are valijson's rules without its bookkeeping: the place of a value is made only when
// errors are wanted, and the names met only when additionalProperties needs them. patternProperties
// has been refused.

template <>
bool BoostVisitor::visit(const PropertiesConstraint& constraint) {
  if (!m_target.isObject()) {
    return true;
  }
  const auto object = m_target.asObject();
  auto fits = [&](const std::string& name, const adapters::BoostJsonAdapter& value,
                  const Subschema& schema) {
    std::vector<std::string> context;
    if (m_results != nullptr) {
      context = m_context;
      context.push_back("[" + name + "]");
      if (schema.getAlwaysInvalid()) {
        m_results->pushError(context, "Nothing is allowed here.");
      }
    }
    return BoostVisitor(value, std::move(context), m_strictTypes, m_results, m_regexesCache)
        .validateSchema(schema);
  };
  bool valid = true;
  std::set<std::string> declared;
  const Subschema* additional = constraint.getAdditionalPropertiesSubschema();
  const bool open = additional != nullptr && accepts_all(*additional);
  std::string name;
  constraint.applyToProperties([&](const auto& property, const Subschema* schema) {
    name.assign(property.data(), property.size());
    if (!open) {
      declared.insert(name);
    }
    const auto found = object.find(name);
    valid = (found == object.end() || fits(name, found->second, *schema)) && valid;
    return valid || m_results != nullptr;
  });
  if (open || (!valid && m_results == nullptr)) {
    return valid;
  }
  for (const auto& member : object) {
    if (declared.count(member.first) > 0) {
      continue;
    }
    if (additional == nullptr) {
      if (m_results != nullptr) {
        m_results->pushError(
            m_context, "Object contains a property that is not allowed: '" + member.first + "'.");
      }
      valid = false;
    } else {
      valid = fits(member.first, member.second, *additional) && valid;
    }
    if (!valid && m_results == nullptr) {
      return false;
    }
  }
  return valid;
}

template <>
bool BoostVisitor::visit(const SingularItemsConstraint& constraint) {
  const Subschema* schema = constraint.getItemsSubschema();
  if (!m_target.isArray() || schema == nullptr) {
    return true;
  }
  bool valid = true;
  std::size_t index = 0;
  for (const auto& item : m_target.getArray()) {
    std::vector<std::string> context;
    if (m_results != nullptr) {
      context = m_context;
      context.push_back("[" + std::to_string(index) + "]");
      if (schema->getAlwaysInvalid()) {
        m_results->pushError(context, "Nothing is allowed here.");
      }
    }
    ++index;
    valid = BoostVisitor(item, std::move(context), m_strictTypes, m_results, m_regexesCache)
                .validateSchema(*schema) &&
            valid;
    if (!valid && m_results == nullptr) {
      return false;
    }
  }
  return valid;
}

template <>
bool NameVisitor::visit(const PatternConstraint& constraint) {
  return weir::json_schema::matches(constraint.getPattern<std::allocator<char>>(),
                                                m_target.asString());
}

template <>
bool NameVisitor::visit(const FormatConstraint& constraint) {
  return weir::json_schema::follows_format(constraint.getFormat(), m_target.asString());
}

}  // namespace valijson

namespace weir::json_schema {
namespace {

/// What would reach std::regex, another document, or is not a regular expression.
Result<void> check_keywords(const boost::json::value& schema, bool with_references) {
  if (const auto* list = schema.if_array()) {
    for (const auto& item : *list) {
      if (auto fine = check_keywords(item, with_references); !fine) {
        return fine;
      }
    }
    return {};
  }
  const auto* object = schema.if_object();
  if (object == nullptr) {
    return {};
  }
  for (const auto& [name, value] : *object) {
    if (name == "patternProperties" && value.is_object()) {
      return bad_config("patternProperties is not supported");
    }
    if (name == "$ref" && value.is_string() && !value.as_string().starts_with("#") && !with_references) {
      return bad_config("\"" + std::string(value.as_string()) +
                        "\": references to other documents are not followed");
    }
    if (name == "pattern" && value.is_string()) {
      if (auto compiled = Pattern::compile(value.as_string()); !compiled) {
        return compiled.error();
      }
    }
    if (name != "enum" && name != "const" && name != "default" && name != "examples") {
      if (auto fine = check_keywords(value, with_references); !fine) {
        return fine;
      }
    }
  }
  return {};
}

/// valijson's words for each keyword, by how its description starts; keyword empty: a summary of
/// errors that are reported themselves.
constexpr std::pair<std::string_view, std::string_view> kDescriptions[] = {
    {"Missing required property", "required"},
    {"Value type not permitted", "type"},
    {"Failed to match against any enum", "enum"},
    {"Failed to match regex", "pattern"},
    {"String should be a valid", "format"},
    {"String should be no more", "maxLength"},
    {"String should be no fewer", "minLength"},
    {"Array should contain no more", "maxItems"},
    {"Array should contain no fewer", "minItems"},
    {"Object should have no more", "maxProperties"},
    {"Object should have no fewer", "minProperties"},
    {"Expected number less than or equal", "maximum"},
    {"Expected number less than", "exclusiveMaximum"},
    {"Expected number greater than or equal", "minimum"},
    {"Expected number greater than", "exclusiveMinimum"},
    {"Value should be a multiple", "multipleOf"},
    {"Value could not be converted", "multipleOf"},
    {"Failed to match expected value set by 'const'", "const"},
    {"Object contains a property", "additionalProperties"},
    {"Array contains more items", "additionalItems"},
    {"Elements at indexes", "uniqueItems"},
    {"Missing dependency", "dependencies"},
    {"Failed to validate against dependent", "dependencies"},
    {"Failed to validate against any schemas allowed by anyOf", "anyOf"},
    {"Failed to validate against any child schemas allowed by oneOf", "oneOf"},
    {"Failed to validate against exactly one", "oneOf"},
    {"Failed to validate against a conditional", "if"},
    {"Target should not validate", "not"},
    {"Failed to any values against", "contains"},
    {"Failed to validate", ""},
    {"Target value and comparison value", ""},
};

std::string_view keyword_of(std::string_view description) {
  for (const auto& [start, keyword] : kDescriptions) {
    if (description.starts_with(start)) {
      return keyword;
    }
  }
  return "schema";
}

/// ["<root>", "[items]", "[0]"] -> "/items/0"
std::string pointer_of(const std::vector<std::string>& context) {
  std::string out;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string_view name = context[i];
    if (name.size() >= 2 && name.front() == '[' && name.back() == ']') {
      name = name.substr(1, name.size() - 2);
    }
    out += '/';
    for (const char c : name) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
  return out;
}

}  // namespace

struct JsonSchema::Compiled {
  valijson::Schema schema;
};

JsonSchema::JsonSchema(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;

Result<JsonSchema> JsonSchema::load(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return bad_config("the schema " + file + " cannot be read");
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto schema = parse(text);
  if (!schema) {
    return bad_config("the schema " + file + " cannot be used: " + schema.error().message);
  }
  return schema;
}

namespace {

Result<boost::json::value> schema_json(std::string_view text, bool with_references) {
  boost::json::error_code ec;
  boost::json::parse_options options;
  options.max_depth = 256;
  boost::json::value document = boost::json::parse(text, ec, {}, options);
  if (ec) {
    return bad_config("not JSON: " + ec.message());
  }
  if (!document.is_object() && !document.is_bool()) {
    return bad_config("a schema is an object");
  }
  if (auto fine = check_keywords(document, with_references); !fine) {
    return fine.error();
  }
  return document;
}

}  // namespace

Result<JsonSchema> JsonSchema::parse(std::string_view text) { return parse(text, {}); }

Result<JsonSchema> JsonSchema::parse(std::string_view text, const std::vector<ReferencedDocument>& references) {
  const auto document = schema_json(text, !references.empty());
  if (!document) {
    return document.error();
  }
  // By name, and by the URI that the name makes beside the schema's own.
  std::map<std::string, boost::json::value> others;
  const auto* id = document->is_object() ? document->as_object().if_contains("$id") : nullptr;
  const std::string base = id != nullptr && id->is_string() ? std::string(id->as_string()) : std::string();
  for (const ReferencedDocument& reference : references) {
    auto other = schema_json(reference.text, true);
    if (!other) {
      return bad_config(reference.name + ": " + other.error().message);
    }
    others.emplace(resolve_uri(base, reference.name), *other);
    others.emplace(reference.name, *std::move(other));
  }
  auto compiled = std::make_unique<Compiled>();
  try {
    const auto fetch = [&](const std::string& uri) -> const boost::json::value* {
      const auto found = others.find(uri);
      return found == others.end() ? nullptr : &found->second;
    };
    const auto keep = [](const boost::json::value*) {};
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    const valijson::adapters::BoostJsonAdapter root(*document);
    if (references.empty()) {
      parser.populateSchema(root, compiled->schema);
    } else {
      parser.populateSchema(root, compiled->schema, fetch, keep);
    }
  } catch (const std::exception& e) {
    return bad_config(e.what());
  }
  return JsonSchema(std::move(compiled));
}

std::vector<SchemaProblem> JsonSchema::validate(const boost::json::value& document,
                                                std::size_t limit) const {
  const valijson::adapters::BoostJsonAdapter target(document);
  valijson::Validator validator;
  if (validator.validate(compiled_->schema, target, nullptr)) {
    return {};
  }
  valijson::ValidationResults results;
  (void)validator.validate(compiled_->schema, target, &results);
  std::vector<SchemaProblem> problems;
  for (const auto& error : results) {
    const std::string_view keyword = keyword_of(error.description);
    if (keyword.empty()) {
      continue;
    }
    problems.push_back({pointer_of(error.context), std::string(keyword), error.description});
    if (problems.size() == limit) {
      break;
    }
  }
  if (problems.empty()) {
    problems.push_back({"", "schema", "The document does not follow the schema."});
  }
  return problems;
}

}  // namespace weir::json_schema
