#include "odbc_source.hpp"

#include <weir/json.hpp>
#include <weir/odbc/value_cells.hpp>
#include <weir/schema.hpp>

#include <poll.h>

#include <algorithm>
#include <utility>

namespace weir::connectors::odbc {

using weir::odbc::Cell;
using weir::odbc::Failure;
using weir::odbc::Outcome;
using weir::odbc::SqlError;
using weir::odbc::Statement;

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// "2026-03-01 10:11:12.345"
std::string time_text(std::int64_t ms) {
  weir::OwnedArena arena(256);
  const auto text = weir::odbc::format_time(ms, weir::odbc::TimeFormat::timestamp, arena.view());
  return std::string(text.value_or("1970-01-01 00:00:00"));
}

}  // namespace

weir::Result<std::vector<weir::ConfigMap>> OdbcSource::task_configs(const weir::ConfigMap& config, std::uint32_t max_tasks) {
  weir::ConfigProblems problems;
  const OdbcSourceConfig parsed = describe_source().parse(config, problems);
  if (!problems.empty()) {
    return weir::bad_config(problems[0].message);
  }
  const std::size_t count = std::clamp<std::size_t>(parsed.tables.size(), 1, std::max(max_tasks, 1u));
  std::vector<weir::ConfigMap> out(count, config);
  if (parsed.tables.size() > 1) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string list;
      for (std::size_t t = i; t < parsed.tables.size(); t += count) {
        list.append(list.empty() ? "" : ",").append(parsed.tables[t]);
      }
      out[i]["table.whitelist"] = list;
    }
  }
  return out;
}

OdbcSource::OdbcSource(OdbcSourceConfig config, weir::Task task)
    : config_(std::move(config)),
      task_(task),
      connection_(config_),
      catalog_(connection_, false, false),
      rows_(task.counter("weir_odbc_source_rows_total", "Records made of rows.")),
      queries_(task.counter("weir_odbc_source_queries_total", "Queries sent.")) {
  auto add = [&](const std::string& table) {
    auto stream = std::make_unique<Stream>(config_);
    stream->table = table;
    const std::size_t dot = table.rfind('.');
    std::string name = dot == std::string::npos ? table : table.substr(dot + 1);
    weir::odbc::detail::replace_all(name, "\"", "");
    stream->topic = config_.topic.empty() ? config_.topic_prefix + name : config_.topic;
    stream->due = Clock::now();
    streams_.push_back(std::move(stream));
  };
  for (const std::string& table : config_.tables) {
    add(table);
  }
  if (config_.tables.empty()) {
    add("");
  }
}

OdbcSource::~OdbcSource() = default;

weir::Value OdbcSource::source_partition(const Stream& stream, std::optional<std::size_t> bucket, weir::Arena arena) const {
  weir::ObjectBuilder map(arena, 2);
  if (stream.table.empty()) {
    map.add("query", weir::Value::string("query"));  // as Kafka Connect's JDBC connector names it
  } else {
    map.add("table", weir::Value::string(arena.copy(stream.table)));
  }
  if (bucket) {
    map.add("bucket", weir::Value::int64(static_cast<std::int64_t>(*bucket)));
  }
  return map.map();
}

weir::Value OdbcSource::source_offset(const Position& position, weir::Arena arena) const {
  weir::ObjectBuilder map(arena, 4);
  if (position.incrementing) {
    map.add("incrementing", weir::Value::int64(*position.incrementing));
  }
  if (!position.timestamp.empty()) {
    std::int32_t nanos = 0;
    if (auto ms = weir::odbc::parse_time(position.timestamp, &nanos)) {
      map.add("timestamp", weir::Value::int64(*ms)).add("timestamp_nanos", weir::Value::int64(nanos));
    }
    map.add("timestamp_text", weir::Value::string(arena.copy(position.timestamp)));
  }
  return map.map();
}

weir::Result<void> OdbcSource::start() {
  for (const auto& stream : streams_) {
    if (auto loaded = load(*stream); !loaded) {
      return loaded;
    }
  }
  return {};
}

weir::Result<void> OdbcSource::load(Stream& stream) {
  weir::OwnedArena arena;
  if (config_.snapshot_diff) {
    for (std::size_t b = 0; b < Snapshot::kBuckets; ++b) {
      auto offset = task_.read_offset(source_partition(stream, b, arena.view()), arena.view());
      if (!offset) {
        return offset.error();
      }
      const weir::Value* rows = offset->is_object() ? offset->find("rows") : nullptr;
      if (rows != nullptr && rows->is_string()) {
        stream.sent.load(b, rows->text());
      }
    }
    return {};
  }
  if (config_.mode == Mode::bulk) {
    return {};
  }
  auto offset = task_.read_offset(source_partition(stream, std::nullopt, arena.view()), arena.view());
  if (!offset) {
    return offset.error();
  }
  auto member = [&](std::string_view name) { return offset->is_object() ? offset->find(name) : nullptr; };
  Position& p = stream.position;
  if (const weir::Value* n = member("incrementing"); n != nullptr && n->is_integer()) {
    p.incrementing = n->as_integer();
  }
  if (const weir::Value* t = member("timestamp_text"); t != nullptr && t->is_string()) {
    p.timestamp = std::string(t->text());
  } else if (const weir::Value* ms = member("timestamp"); ms != nullptr && ms->is_integer()) {
    p.timestamp = time_text(ms->as_integer());
  }
  if (config_.by_number() && !p.incrementing) {
    p.incrementing = config_.incrementing_initial;
  }
  if (config_.by_time() && p.timestamp.empty()) {
    const std::int64_t first = config_.timestamp_initial.value_or(0);
    p.timestamp = first == 0 ? "1970-01-01 00:00:00" : time_text(first == -1 ? now_ms() : first);
  }
  stream.safe = p;
  return {};
}

weir::Result<void> OdbcSource::poll(weir::Batch& batch, std::chrono::milliseconds max_wait) {
  if (broken_) {
    return *broken_;
  }
  const auto deadline = Clock::now() + max_wait;
  for (;;) {
    auto next = deadline;
    for (const auto& stream : streams_) {
      if (full(batch)) {
        return {};
      }
      if (stream->open || !stream->changes.empty() || stream->due <= Clock::now()) {
        if (auto done = read(*stream, batch); !done) {
          if (batch.size() == 0 || done.error().code != weir::Errc::retriable) {
            return done;
          }
          task_.log(weir::LogLevel::warn, done.error().message);
          return {};
        }
      }
      next = std::min(next, stream->due);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(next, Clock::now()) - Clock::now());
    if (batch.size() > 0 || Clock::now() >= deadline) {
      return {};
    }
    pollfd wake{task_.wake_fd(), POLLIN, 0};
    if (::poll(&wake, 1, static_cast<int>(left.count())) > 0) {
      return {};
    }
  }
}

weir::Error OdbcSource::failed(Stream& stream, const SqlError& error) {
  stream.open.reset();
  if (error.failure == Failure::connection) {
    for (const auto& s : streams_) {
      s->open.reset();
    }
    connection_.close();
  }
  weir::Error e = error.error("cannot read " + (stream.table.empty() ? std::string("the query") : stream.table));
  e.code = e.code == weir::Errc::bad_record ? weir::Errc::bad_config : e.code;
  return e;
}

weir::Result<void> OdbcSource::read(Stream& stream, weir::Batch& batch) {
  if (!stream.open && stream.changes.empty()) {
    if (auto up = connection_.ensure(); !up) {
      return failed(stream, up.error());
    }
    auto asked = query(stream);
    if (!asked && asked.error().failure == Failure::connection) {  // an old session, or is the database down?
      (void)failed(stream, asked.error());
      asked = connection_.ensure();
      if (asked) {
        asked = query(stream);
      }
    }
    if (broken_) {
      return *broken_;
    }
    if (!asked) {
      return failed(stream, asked.error());
    }
    queries_.record(1);
    stream.due = Clock::now() + config_.poll_interval;
  }
  const std::size_t before = batch.size();
  if (config_.snapshot_diff) {
    send_changes(stream, batch);
  } else if (auto sent = send_rows(stream, batch); !sent) {
    return failed(stream, sent.error());
  }
  rows_.record(static_cast<double>(batch.size() - before));
  return {};
}

Outcome<std::optional<std::string>> OdbcSource::until(Stream& stream, const std::string& horizon_sql) {
  std::optional<std::string> settled;
  if (!horizon_sql.empty()) {
    auto statement = Statement::prepare(connection_, horizon_sql);
    if (!statement) {
      return statement.error();
    }
    if (auto run = statement->execute(); !run) {
      return run.error();
    }
    if (auto row = statement->fetch(); !row) {
      return row.error();
    }
    auto now = statement->text(1);
    if (!now) {
      return now.error();
    }
    auto writers = statement->text(2);
    if (!writers) {
      return writers.error();
    }
    stream.horizon.observe(std::move(*now), writers->value_or(""));
    settled = stream.horizon.settled();
    if (!settled || config_.mode == Mode::incrementing || config_.timestamp_delay.count() == 0) {
      return settled;
    }
  }
  const std::int64_t late = now_ms() - config_.timestamp_delay.count();
  return std::optional(time_text(std::min(late, settled ? weir::odbc::parse_time(*settled).value_or(late) : late)));
}

Outcome<void> OdbcSource::query(Stream& stream) {
  std::string table_sql;
  OdbcSourceConfig named = config_;
  if (!stream.table.empty()) {
    auto table = catalog_.find(stream.table);
    if (!table) {
      return table.error();
    }
    if (!(*table)->exists) {
      catalog_.forget();
      return SqlError{Failure::schema, "42S02", 0, "table " + stream.table + " does not exist"};
    }
    table_sql = (*table)->sql;
    // Columns are found without regard to case, and SQL has them as the table spells them.
    auto spell = [&](std::string& name) {
      const weir::odbc::ResultColumn* column = (*table)->column(name);
      name = column == nullptr ? name : column->name;
    };
    spell(named.incrementing_column);
    std::for_each(named.timestamp_columns.begin(), named.timestamp_columns.end(), spell);
  }
  const std::string horizon = horizon_sql(named, connection_.dialect(), table_sql);
  const bool bounded = !horizon.empty();
  std::string end;
  if (bounded || config_.by_time()) {
    auto limit = until(stream, horizon);
    if (!limit) {
      return limit.error();
    }
    if (!*limit) {
      return {};
    }
    end = std::move(**limit);
  }
  auto statement = Statement::prepare(connection_, source_sql(named, connection_.dialect(), table_sql, bounded));
  if (!statement) {
    return statement.error();
  }
  const Position from = config_.mode == Mode::timestamp ? stream.safe : stream.position;
  const Cell after = Cell::of_integer(from.incrementing.value_or(-1));
  const Cell time = Cell::of(from.timestamp);
  std::vector<Cell> cells;
  switch (config_.mode) {
    case Mode::bulk: break;
    case Mode::incrementing:
      cells = {after};
      if (bounded) {
        cells.push_back(Cell::of(end));
      }
      break;
    case Mode::timestamp: cells = {time, Cell::of(end)}; break;
    case Mode::timestamp_incrementing: cells = {Cell::of(end), time, after, time}; break;
  }
  if (auto bound = statement->bind(cells); !bound) {
    return bound;
  }
  if (auto run = statement->execute(); !run) {
    return run.error();
  }
  auto columns = statement->columns();
  if (!columns) {
    return columns.error();
  }
  if (auto begun = stream.reader.begin(*columns, connection_.dialect().kind); !begun) {
    broken_ = begun.error();
    return {};
  }
  stream.open.emplace(std::move(*statement));
  if (config_.snapshot_diff) {
    auto compared = compare(stream);
    stream.open.reset();
    return compared;
  }
  auto first = stream.open->fetch();
  if (!first || !*first) {
    stream.open.reset();
    return first ? Outcome<void>{} : Outcome<void>{first.error()};
  }
  return {};
}

Outcome<void> OdbcSource::send_rows(Stream& stream, weir::Batch& batch) {
  weir::Arena arena = batch.arena();
  const bool tracked = config_.mode != Mode::bulk;
  while (stream.open && !full(batch)) {
    auto row = stream.reader.read(*stream.open, arena);
    if (!row) {
      return row.error();
    }
    stream.reader.fit(*row, arena);
    weir::Record record = batch.append();
    const std::size_t index = record.index();
    record.set_topic(arena.copy(stream.topic));
    record.set_value(row->value, stream.reader.value_schema());
    record.set_key(row->key, row->key.is_null() ? nullptr : stream.reader.key_schema());
    Position here{row->incrementing, row->timestamp};
    if (config_.mode == Mode::timestamp && here.timestamp != stream.position.timestamp) {
      stream.safe = stream.position;  // the rows of the time before are all sent
    }
    auto more = stream.open->fetch();
    const bool last = more && !*more;
    stream.position = here;
    if (config_.mode != Mode::timestamp || last) {
      stream.safe = here;
    }
    if (tracked) {
      batch[index].set_source(source_partition(stream, std::nullopt, arena), source_offset(stream.safe, arena));
    }
    if (!more) {
      return more.error();
    }
    if (last) {
      stream.open.reset();
    }
  }
  return {};
}

Outcome<void> OdbcSource::compare(Stream& stream) {
  Snapshot now = stream.sent;
  weir::OwnedArena scratch;
  stream.arena.reset();
  weir::Arena keep = stream.arena.view();
  for (;;) {
    auto more = stream.open->fetch();
    if (!more || !*more) {
      if (!more) {
        stream.changes.clear();
        return more.error();
      }
      break;
    }
    scratch.reset();
    auto row = stream.reader.read(*stream.open, scratch.view());
    if (!row) {
      stream.changes.clear();
      return row.error();
    }
    const std::string_view key = weir::json::write(row->key, scratch.view());
    if (now.update(key, stable_hash(weir::json::write(row->value, scratch.view())))) {
      stream.changes.push_back(
          {weir::deep_copy(row->key, keep), weir::deep_copy(row->value, keep), Snapshot::bucket_of(key)});
    }
  }
  now.end_round([&](const std::string& key) {
    auto parsed = weir::json::read(keep.copy(key), keep);
    if (parsed) {
      stream.changes.push_back({stream.reader.typed_key(*parsed, keep), weir::Value::null(), Snapshot::bucket_of(key)});
    }
  });
  std::stable_sort(stream.changes.begin(), stream.changes.end(),
                   [](const Change& a, const Change& b) { return a.bucket < b.bucket; });
  stream.sent = std::move(now);
  return {};
}

void OdbcSource::send_changes(Stream& stream, weir::Batch& batch) {
  weir::Arena arena = batch.arena();
  while (!stream.changes.empty() && !full(batch)) {
    const Change change = stream.changes.front();
    stream.changes.pop_front();
    weir::Record record = batch.append();
    record.set_topic(arena.copy(stream.topic));
    RowReader::Row row{weir::deep_copy(change.value, arena), weir::deep_copy(change.key, arena), {}, {}};
    stream.reader.fit(row, arena);
    record.set_value(row.value, row.value.is_null() ? nullptr : stream.reader.value_schema());
    record.set_key(row.key, stream.reader.key_schema());
    // The last change of a bucket carries the whole bucket; until then a restart compares with what was before.
    if (stream.changes.empty() || stream.changes.front().bucket != change.bucket) {
      weir::ObjectBuilder offset(arena, 1);
      offset.add("rows", weir::Value::string(arena.copy(stream.sent.text(change.bucket))));
      record.set_source(source_partition(stream, change.bucket, arena), offset.map());
    }
  }
}

}  // namespace weir::connectors::odbc
