#include "odbc_sink.hpp"

#include <weir/config_def.hpp>

#include <map>
#include <utility>

namespace weir::connectors::odbc {

using weir::odbc::InsertMode;
using weir::odbc::OnNull;
using weir::odbc::OnRegression;
using weir::odbc::PkMode;

namespace {

void check(const OdbcSinkConfig& c, weir::ConfigProblems& problems) {
  auto refuse = [&](std::string key, std::string why) { problems.push_back({std::move(key), std::move(why)}); };
  if (c.delete_enabled && c.pk_mode != PkMode::record_key) {
    refuse("delete.enabled", "delete.enabled=true needs pk.mode=record_key: a tombstone has only its key");
  }
  if ((c.insert_mode == InsertMode::upsert || c.insert_mode == InsertMode::update) && c.pk_mode == PkMode::none) {
    refuse("pk.mode", "insert.mode=upsert and update need a pk.mode other than none");
  }
  if (c.pk_mode == PkMode::kafka && !c.pk_fields.empty() && c.pk_fields.size() != 3) {
    refuse("pk.fields", "pk.mode=kafka takes three columns (topic, partition, offset) or none");
  }
  if (!c.value_json_column.empty() && c.pk_mode == PkMode::record_value) {
    refuse("pk.mode", "value.json.column keeps the value in one column, so pk.mode=record_value has none to choose from");
  }
  for (const std::string& pair : c.topics_to_tables) {
    if (pair.find(':') == std::string::npos || pair.front() == ':' || pair.back() == ':') {
      refuse("topics.to.tables.mapping", "'" + pair + "' is not topic:table");
    }
  }
}

}  // namespace

weir::ConfigDef<OdbcSinkConfig> OdbcSink::describe() {
  using C = OdbcSinkConfig;
  return weir::odbc::describe_connection(weir::ConfigDef<C>{})
      .field("table.name.format", &C::table_name_format, "Name of the table; `${topic}` stands for the topic. May be `schema.table`.")
      .non_empty()
      .group("Table")
      .field("topics.to.tables.mapping", &C::topics_to_tables, "`topic:table` pairs that go before `table.name.format`.")
      .group("Table")
      .choice("insert.mode", &C::insert_mode,
              {{"insert", InsertMode::insert},
               {"multi", InsertMode::insert},
               {"upsert", InsertMode::upsert},
               {"update", InsertMode::update},
               {"append_once", InsertMode::append_once}},
              "append_once: a row whose key is there already is left as it is. multi is another word for insert.")
      .importance(Importance::high)
      .group("Write")
      .choice("pk.mode", &C::pk_mode,
              {{"none", PkMode::none},
               {"kafka", PkMode::kafka},
               {"record_key", PkMode::record_key},
               {"record_value", PkMode::record_value}},
              "Where the primary key comes from: nowhere, the record's coordinates, its key, members of its value.")
      .importance(Importance::high)
      .group("Write")
      .field("pk.fields", &C::pk_fields,
             "Key columns. record_key: the column of a single key, or members of the key (none: all); record_value: members of "
             "the value (none: all); kafka: three names (none: `__connect_topic,__connect_partition,__connect_offset`).")
      .group("Write")
      .field("delete.enabled", &C::delete_enabled, "A record without a value deletes the row of its key. Needs pk.mode=record_key.")
      .group("Write")
      .field("auto.create", &C::auto_create, "Create a missing table from the first records.")
      .group("Table")
      .field("auto.evolve", &C::auto_evolve, "Add missing columns, nullable. Never drops, narrows or renames.")
      .group("Table")
      .field("fields.whitelist", &C::fields_whitelist, "Members of the value to write; none: all. Keys are always written.")
      .group("Table")
      .field("value.json.column", &C::value_json_column,
             "Not empty: the whole value as JSON into this column, beside topic, partition and offset; no schema is needed.")
      .group("Table")
      .field("batch.size", &C::batch_size, "Most records in one transaction.")
      .at_least(1)
      .group("Write")
      .field("statement.rows", &C::statement_rows, "Most rows in one statement; fewer where the parameters of the dialect run out.")
      .between(1, 10'000)
      .group("Write")
      .field("dedupe.in.batch", &C::dedupe_in_batch, "Of several records with one key in a transaction only the last is written.")
      .group("Write")
      .field("lock.order.by.pk", &C::lock_order_by_pk, "Write rows in the order of their keys, so that tasks cannot deadlock.")
      .group("Write")
      .field("offsets.table", &C::offsets_table,
             "Not empty: exactly once. Offsets are stored in this table, in the transaction of the rows; it is created if missing, "
             "and decides where a task starts.")
      .group("Exactly once")
      .field("fencing.enabled", &C::fencing_enabled, "With offsets.table: a task that has been replaced cannot write any more.")
      .group("Exactly once")
      .choice("offset.on.regression", &C::offset_on_regression,
              {{"fail", OnRegression::fail}, {"reset", OnRegression::reset}, {"rewind", OnRegression::rewind}},
              "A topic that begins again below the stored offset: stop the task, take the lower offset, or skip what lies below.")
      .group("Exactly once")
      .check(check);
}

weir::odbc::TableSinkOptions sink_options(const OdbcSinkConfig& config) {
  weir::odbc::TableSinkOptions o;
  o.mapper.pk_mode = config.pk_mode;
  o.mapper.pk_fields = config.pk_fields;
  o.mapper.whitelist = config.fields_whitelist;
  o.mapper.on_null = config.delete_enabled                ? OnNull::remove
                     : config.value_json_column.empty() ? OnNull::fail
                                                        : OnNull::row;
  o.mapper.document_column = config.value_json_column;
  if (!config.value_json_column.empty() && config.pk_mode != PkMode::kafka) {
    o.mapper.topic_column = "__connect_topic";
    o.mapper.partition_column = "__connect_partition";
    o.mapper.offset_column = "__connect_offset";
  }
  o.insert_mode = config.insert_mode;
  o.auto_create = config.auto_create;
  o.auto_evolve = config.auto_evolve;
  o.batch_size = static_cast<std::size_t>(config.batch_size);
  o.statement_rows = static_cast<std::size_t>(config.statement_rows);
  o.dedupe = config.dedupe_in_batch;
  o.lock_order = config.lock_order_by_pk;
  o.offsets_table = config.offsets_table;
  o.fencing = config.fencing_enabled;
  o.on_regression = config.offset_on_regression;
  return o;
}

weir::odbc::TableNamer table_namer(const OdbcSinkConfig& config) {
  std::map<std::string, std::string, std::less<>> mapping;
  for (const std::string& pair : config.topics_to_tables) {
    const std::size_t colon = pair.rfind(':');
    mapping.emplace(pair.substr(0, colon), pair.substr(colon + 1));
  }
  return [mapping = std::move(mapping), format = config.table_name_format](std::string_view topic) -> weir::Result<std::string> {
    if (auto it = mapping.find(topic); it != mapping.end()) {
      return it->second;
    }
    std::string name = format;
    weir::odbc::detail::replace_all(name, "${topic}", topic);
    return name;
  };
}

OdbcSink::OdbcSink(const OdbcSinkConfig& config, weir::Task task)
    : sink_(task, config, sink_options(config), table_namer(config)) {}

}  // namespace weir::connectors::odbc
