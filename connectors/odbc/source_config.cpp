#include "source_config.hpp"

#include <utility>

namespace weir::connectors::odbc {

namespace {

void check(const OdbcSourceConfig& c, weir::ConfigProblems& problems) {
  auto refuse = [&](std::string key, std::string why) { problems.push_back({std::move(key), std::move(why)}); };
  if (c.tables.empty() == c.query.empty()) {
    refuse("table.whitelist", "exactly one of table.whitelist and query is needed");
  }
  if (c.by_number() && c.incrementing_column.empty()) {
    refuse("incrementing.column.name", "mode=incrementing and timestamp+incrementing need incrementing.column.name");
  }
  if (c.by_time() && c.timestamp_columns.empty()) {
    refuse("timestamp.column.name", "mode=timestamp and timestamp+incrementing need timestamp.column.name");
  }
  if (c.topic.empty() && c.topic_prefix.empty()) {
    refuse("topic.prefix", "topic or topic.prefix is needed");
  }
  if (!c.topic.empty() && c.tables.size() > 1) {
    refuse("topic", "several tables go to topics of their own: use topic.prefix");
  }
  if (c.snapshot_diff && c.mode != Mode::bulk) {
    refuse("snapshot.diff", "snapshot.diff compares whole tables: it needs mode=bulk");
  }
  if (c.snapshot_diff && c.key_columns.empty()) {
    refuse("key.columns", "snapshot.diff needs key.columns");
  }
}

std::string timestamp_expression(const OdbcSourceConfig& c, const weir::odbc::Dialect& d) {
  if (c.timestamp_columns.size() == 1) {
    return d.name(c.timestamp_columns[0]);
  }
  std::string out = "COALESCE(";
  for (std::size_t i = 0; i < c.timestamp_columns.size(); ++i) {
    out.append(i == 0 ? "" : ",").append(d.name(c.timestamp_columns[i]));
  }
  return out + ")";
}

std::string from(const OdbcSourceConfig& c, std::string_view table_sql) {
  return table_sql.empty() ? "(" + c.query + ") weir_query" : std::string(table_sql);
}

}  // namespace

weir::ConfigDef<OdbcSourceConfig> describe_source() {
  using C = OdbcSourceConfig;
  return weir::odbc::describe_connection(weir::ConfigDef<C>{})
      .choice("mode", &C::mode,
              {{"bulk", Mode::bulk},
               {"query", Mode::bulk},
               {"incrementing", Mode::incrementing},
               {"timestamp", Mode::timestamp},
               {"timestamp+incrementing", Mode::timestamp_incrementing}},
              "How new rows are found: everything each time, by a growing number, by a time of change, by both. query is another "
              "word for bulk.")
      .importance(Importance::high)
      .group("Mode")
      .field("table.whitelist", &C::tables, "Tables or views to read. This or `query`.")
      .group("Mode")
      .field("query", &C::query, "A query instead of tables. Modes other than bulk put their WHERE around it.")
      .group("Mode")
      .field("query.suffix", &C::query_suffix, "Appended to every query.")
      .group("Mode")
      .field("incrementing.column.name", &C::incrementing_column, "The growing number.")
      .group("Mode")
      .field("timestamp.column.name", &C::timestamp_columns, "The time of change; of several, the first that is not NULL.")
      .group("Mode")
      .field("incrementing.initial", &C::incrementing_initial, "Begin behind this number.")
      .group("Mode")
      .field("timestamp.initial", &C::timestamp_initial, "Begin behind this time, in ms since the epoch; -1: now. Not set: at the beginning.")
      .group("Mode")
      .field("timestamp.delay.interval.ms", &C::timestamp_delay, "Rows must be this old, so that slower transactions are not missed.")
      .at_least(0)
      .group("Mode")
      .field("snapshot.diff", &C::snapshot_diff,
             "mode=bulk: send only rows that changed, and a record without a value for a key that is gone. What was sent is kept in "
             "the source offsets, as a hash per key.")
      .group("Mode")
      .field("key.columns", &C::key_columns, "Columns that become the record's key: one as it is, several as a struct.")
      .group("Records")
      .field("topic.prefix", &C::topic_prefix, "Topic of a table: this and its name; of a query: this.")
      .group("Records")
      .field("topic", &C::topic, "The topic, instead of `topic.prefix`.")
      .group("Records")
      .choice("numeric.mapping", &C::numeric_mapping, {{"none", NumericMapping::none}, {"best_fit", NumericMapping::best_fit}},
              "none: NUMERIC is a Decimal. best_fit: without a fraction and up to 18 digits an integer, else FLOAT64.")
      .group("Records")
      .field("poll.interval.ms", &C::poll_interval, "Time between two queries of a table.")
      .at_least(1)
      .group("Mode")
      .field("batch.max.rows", &C::batch_max_rows, "Most records of one poll.")
      .at_least(1)
      .group("Mode")
      .check(check);
}

std::string source_sql(const OdbcSourceConfig& c, const weir::odbc::Dialect& d, std::string_view table_sql, bool bounded) {
  const bool as_it_is = table_sql.empty() && c.mode == Mode::bulk;
  std::string sql = as_it_is ? c.query : "SELECT * FROM " + from(c, table_sql);
  std::string where;
  std::string order;
  if (c.mode == Mode::incrementing) {
    where = d.name(c.incrementing_column) + ">?" + (bounded ? " AND " + d.name(c.incrementing_column) + "<=?" : "");
    order = d.name(c.incrementing_column);
  } else if (c.by_time()) {
    const std::string ts = timestamp_expression(c, d);
    if (c.mode == Mode::timestamp) {
      where = ts + ">? AND " + ts + "<?";
      order = ts;
    } else {
      const std::string inc = d.name(c.incrementing_column);
      where = ts + "<? AND ((" + ts + "=? AND " + inc + ">?) OR " + ts + ">?)";
      order = ts + "," + inc;
    }
  }
  if (!where.empty()) {
    sql.append(" WHERE ").append(where).append(" ORDER BY ").append(order);
  }
  return c.query_suffix.empty() ? sql : sql.append(" ").append(c.query_suffix);
}

std::string horizon_sql(const OdbcSourceConfig& c, const weir::odbc::Dialect& d, std::string_view table_sql) {
  if (d.kind != weir::odbc::DialectKind::postgres || c.mode == Mode::bulk) {
    return {};
  }
  // Every role may see these columns of pg_stat_activity. A replica knows the writers from its snapshot only.
  return "SELECT " +
         (c.mode == Mode::incrementing
              ? "(SELECT MAX(" + d.name(c.incrementing_column) + ") FROM " + from(c, table_sql) + ")"
              : std::string("to_char(now(),'YYYY-MM-DD HH24:MI:SS.US')")) +
         ",(SELECT string_agg(x,',') FROM (SELECT backend_xid::text FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND "
         "datname=current_database() AND pid<>pg_backend_pid() UNION ALL SELECT transaction::text FROM pg_prepared_xacts WHERE "
         "database=current_database() UNION ALL SELECT s::text FROM pg_snapshot_xip(pg_current_snapshot()) s WHERE "
         "pg_is_in_recovery()) w(x))";
}

}  // namespace weir::connectors::odbc
