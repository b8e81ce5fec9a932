#include "table_names.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace weir::connectors::snowflake {

namespace {

bool letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool part_of_name(char c) noexcept { return letter(c) || (c >= '0' && c <= '9') || c == '$'; }

}  // namespace

weir::Result<TableNames> TableNames::parse(const std::vector<std::string>& pairs) {
  TableNames names;
  for (const std::string& pair : pairs) {
    const std::size_t colon = pair.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size()) {
      return weir::bad_config("'" + pair + "' is not topic:table");
    }
    const std::string topic = pair.substr(0, colon);
    const std::string table = pair.substr(colon + 1);
    names.literal_.emplace(topic, table);
    const bool plain = std::all_of(topic.begin(), topic.end(), [](char c) { return part_of_name(c) || c == '-'; });
    if (!plain) {
      UErrorCode status = U_ZERO_ERROR;
      UParseError where{};
      std::shared_ptr<icu::RegexPattern> pattern(
          icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(topic), where, status));
      if (U_FAILURE(status) != 0) {
        return weir::bad_config("'" + topic + "' is not a regular expression: " + u_errorName(status));
      }
      names.patterns_.emplace_back(std::move(pattern), table);
    }
  }
  return names;
}

std::string TableNames::table_of(std::string_view topic) const {
  if (auto it = literal_.find(topic); it != literal_.end()) {
    return it->second;
  }
  const icu::UnicodeString text = icu::UnicodeString::fromUTF8(icu::StringPiece(topic.data(), static_cast<int32_t>(topic.size())));
  for (const auto& [pattern, table] : patterns_) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern->matcher(text, status));
    if (U_SUCCESS(status) != 0 && matcher->matches(status) != 0 && U_SUCCESS(status) != 0) {
      return table;
    }
  }
  std::string name;
  bool clean = !topic.empty() && letter(topic.front());
  std::uint32_t hash = 0;
  for (char c : topic) {  // topic names are ASCII
    hash = hash * 31 + static_cast<unsigned char>(c);
    clean = clean && part_of_name(c);
    name.push_back(!part_of_name(c) ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  }
  if (!clean) {
    if (name.empty() || !letter(name.front())) {
      name = std::string("_").append(name);
    }
    name.append("_").append(std::to_string(std::llabs(static_cast<std::int32_t>(hash))));
  }
  return name;
}

}  // namespace weir::connectors::snowflake
