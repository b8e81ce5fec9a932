// Options of odbc_source, and the SQL that follows from them.
#pragma once

#include <weir/config_def.hpp>
#include <weir/odbc/dialect.hpp>
#include <weir/odbc/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::odbc {

enum class Mode : std::uint8_t { bulk, incrementing, timestamp, timestamp_incrementing };
enum class NumericMapping : std::uint8_t { none, best_fit };

struct OdbcSourceConfig : weir::odbc::ConnectionOptions {
  Mode mode{Mode::bulk};
  std::vector<std::string> tables;
  std::string query;
  std::string query_suffix;
  std::string incrementing_column;
  std::vector<std::string> timestamp_columns;
  std::int64_t incrementing_initial{-1};
  std::optional<std::int64_t> timestamp_initial;
  std::chrono::milliseconds timestamp_delay{0};
  std::chrono::milliseconds poll_interval{5'000};
  std::int32_t batch_max_rows{100};
  std::string topic_prefix;
  std::string topic;
  std::vector<std::string> key_columns;
  bool snapshot_diff{false};
  NumericMapping numeric_mapping{NumericMapping::none};

  bool by_time() const noexcept { return mode == Mode::timestamp || mode == Mode::timestamp_incrementing; }
  bool by_number() const noexcept { return mode == Mode::incrementing || mode == Mode::timestamp_incrementing; }
};

weir::ConfigDef<OdbcSourceConfig> describe_source();

/// The query of one table (table_sql: quoted) or, with an empty table_sql, of the configured query.
/// Parameters: timestamp: from, until. incrementing: after, and up to where with `bounded`. timestamp+incrementing: until,
/// from, after, from.
std::string source_sql(const OdbcSourceConfig& config, const weir::odbc::Dialect& dialect, std::string_view table_sql,
                       bool bounded);

/// PostgreSQL: one row with the greatest number or the time that is (NULL: none), and the transactions that are writing
/// (separated by commas, NULL: none). Rows up to there are all visible once these have ended. Empty: not needed, or the
/// database does not tell.
std::string horizon_sql(const OdbcSourceConfig& config, const weir::odbc::Dialect& dialect, std::string_view table_sql);

}  // namespace weir::connectors::odbc
