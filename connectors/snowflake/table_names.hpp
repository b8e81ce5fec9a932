// Topic to table: snowflake.topic2table.map, or the topic's own name as an identifier.
#pragma once

#include <weir/result.hpp>

#include <unicode/regex.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connectors::snowflake {

class TableNames {
 public:
  /// `topic:table` pairs; a topic that is no literal match is tried as a regular expression over the whole topic.
  /// bad_config: a pair without a colon, or an expression that is none.
  static weir::Result<TableNames> parse(const std::vector<std::string>& pairs);

  /// For a topic that no pair names: the topic in capitals if it is an identifier; else with `_` for each other character
  /// and Java's hash of the topic behind it, so that two topics do not meet in one table.
  std::string table_of(std::string_view topic) const;

 private:
  std::map<std::string, std::string, std::less<>> literal_;
  std::vector<std::pair<std::shared_ptr<icu::RegexPattern>, std::string>> patterns_;
};

}  // namespace weir::connectors::snowflake
