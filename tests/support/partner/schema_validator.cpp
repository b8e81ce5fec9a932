#include "support/partner/schema_validator.hpp"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <boost/json.hpp>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "support/files.hpp"

namespace {

constexpr char kDateTime[] =
    R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$)";
constexpr char kDate[] = R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$)";
constexpr char kUuid[] = R"(^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$)";
constexpr char kUri[] = R"(^[A-Za-z][A-Za-z0-9+.-]*:\S+$)";

bool found(const std::string& pattern, const std::string& text) {
  thread_local std::unordered_map<std::string, std::unique_ptr<icu::RegexMatcher>> matchers;
  std::unique_ptr<icu::RegexMatcher>& matcher = matchers[pattern];
  UErrorCode status = U_ZERO_ERROR;
  if (!matcher) {
    matcher = std::make_unique<icu::RegexMatcher>(icu::UnicodeString::fromUTF8(pattern), 0, status);
    if (U_FAILURE(status)) {
      throw std::runtime_error("bad pattern in the schema: " + pattern);
    }
  }
  const icu::UnicodeString input = icu::UnicodeString::fromUTF8(text);
  matcher->reset(input);
  return matcher->find(status) && U_SUCCESS(status);
}

const char* pattern_of(const std::string& format) {
  if (format == "date-time") {
    return kDateTime;
  }
  if (format == "date") {
    return kDate;
  }
  if (format == "uuid") {
    return kUuid;
  }
  return format == "uri" ? kUri : nullptr;
}

}  // namespace

namespace valijson {

template <>
bool ValidationVisitor<adapters::BoostJsonAdapter>::visit(const PatternConstraint& constraint) {
  if (!m_target.isString()) {
    return true;
  }
  const std::string pattern = constraint.getPattern<std::string::allocator_type>();
  bool ok = found(pattern, m_target.asString());
  if (!ok && m_results) {
    m_results->pushError(m_context, "does not match " + pattern);
  }
  return ok;
}

template <>
bool ValidationVisitor<adapters::BoostJsonAdapter>::visit(const FormatConstraint& constraint) {
  const char* pattern = pattern_of(constraint.getFormat());
  if (!pattern || !m_target.isString()) {
    return true;
  }
  bool ok = found(pattern, m_target.asString());
  if (!ok && m_results) {
    m_results->pushError(m_context, "is not a " + constraint.getFormat());
  }
  return ok;
}

}  // namespace valijson

namespace weir::test {
namespace {

// valijson's context: "<root>", "[\"items\"]", "[0]" ...
std::string to_pointer(const std::vector<std::string>& context) {
  std::string pointer;
  for (const std::string& step : context) {
    std::string_view name = step;
    if (name.starts_with("[\"") && name.ends_with("\"]")) {
      name = name.substr(2, name.size() - 4);
    } else if (name.starts_with('[') && name.ends_with(']')) {
      name = name.substr(1, name.size() - 2);
    } else {
      continue;
    }
    pointer += '/';
    for (char c : name) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else {
        pointer += c;
      }
    }
  }
  return pointer;
}

}  // namespace

struct SchemaValidator::Compiled {
  valijson::Schema schema;
};

SchemaValidator::SchemaValidator(const std::filesystem::path& file)
    : compiled_(std::make_unique<Compiled>()) {
  try {
    boost::json::value document = boost::json::parse(read_file(file));
    valijson::adapters::BoostJsonAdapter adapter(document);
    valijson::SchemaParser().populateSchema(adapter, compiled_->schema);
  } catch (const std::exception& error) {
    throw std::runtime_error("schema " + file.string() + ": " + error.what());
  }
}

SchemaValidator::SchemaValidator(SchemaValidator&&) noexcept = default;
SchemaValidator::~SchemaValidator() = default;

std::vector<SchemaError> SchemaValidator::check(const boost::json::value& document) const {
  const valijson::adapters::BoostJsonAdapter adapter(document);
  valijson::Validator validator;
  if (validator.validate(compiled_->schema, adapter, nullptr)) {
    return {};
  }
  valijson::ValidationResults results;
  validator.validate(compiled_->schema, adapter, &results);
  std::vector<SchemaError> inner;
  std::vector<SchemaError> outer;  // "a property failed": only of use when nothing says why
  for (const auto& error : results) {
    bool summary = error.description.starts_with("Failed to validate against schema");
    (summary ? outer : inner).push_back({to_pointer(error.context), error.description});
  }
  std::vector<SchemaError>& errors = inner.empty() ? outer : inner;
  if (errors.size() > 10) {
    errors.resize(10);
  }
  return errors;
}

}  // namespace weir::test
