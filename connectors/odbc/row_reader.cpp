#include "row_reader.hpp"

#include <weir/odbc/table.hpp>

#include <algorithm>
#include <charconv>
#include <span>

namespace weir::connectors::odbc {

using weir::odbc::Outcome;
using weir::odbc::ReadAs;
using weir::odbc::ResultColumn;

namespace {

bool same(const std::vector<ResultColumn>& a, const std::vector<ResultColumn>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ResultColumn& x, const ResultColumn& y) {
    return x.name == y.name && x.sql_type == y.sql_type && x.scale == y.scale && x.nullable == y.nullable;
  });
}

constexpr int kMaxScale = 1000;  // PostgreSQL's; its driver reports 2046 for NUMERIC(5,-2)

/// SQLite has no timestamps: many programs store milliseconds since the epoch.
bool is_integer(const weir::Value& text) {
  const std::string_view t = text.text().substr(text.text().starts_with('-') ? 1 : 0);
  return !t.empty() && t.find_first_not_of("0123456789") == std::string_view::npos;
}

weir::Value number_of(const weir::Value& decimal, ReadAs as) {
  const std::string_view t = decimal.text();
  if (as == ReadAs::int64) {
    std::int64_t i = 0;
    std::from_chars(t.data(), t.data() + t.size(), i);
    return weir::Value::int64(i);
  }
  double d = 0;
  std::from_chars(t.data(), t.data() + t.size(), d);
  return weir::Value::float64(d);
}

}  // namespace

std::optional<std::size_t> RowReader::index_of(std::string_view name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (weir::odbc::detail::same_word(columns_[i].name, name)) {
      return i;
    }
  }
  return std::nullopt;
}

const weir_schema* RowReader::schema_of(const Column& column, bool null, weir::Arena arena) const {
  switch (column.as) {
    case ReadAs::boolean: return weir::schemas::boolean(null);
    case ReadAs::int16: return weir::schemas::int16(null);
    case ReadAs::int32: return weir::schemas::int32(null);
    case ReadAs::int64: return weir::schemas::int64(null);
    case ReadAs::float32: return weir::schemas::float32(null);
    case ReadAs::float64: return weir::schemas::float64(null);
    case ReadAs::bytes: return weir::schemas::bytes(null);
    case ReadAs::date: return weir::schemas::date(null);
    case ReadAs::time: return weir::schemas::time(null);
    case ReadAs::timestamp: return weir::schemas::timestamp(null);
    case ReadAs::decimal:
      return weir::SchemaBuilder(arena, weir::Kind::bytes, true)
          .optional(null)
          .name(weir::kDecimalName)
          .version(1)
          .parameter("scale", arena.copy(std::to_string(column.scale)))
          .build();
    case ReadAs::json:
    case ReadAs::uuid:
    case ReadAs::text: break;
  }
  return weir::schemas::string(null);
}

weir::Result<void> RowReader::begin(const std::vector<ResultColumn>& columns, weir::odbc::DialectKind dialect) {
  if (value_schema_ != nullptr && same(columns, described_)) {
    return {};
  }
  described_ = columns;
  columns_.clear();
  for (const ResultColumn& c : columns) {
    Column column;
    column.name = c.name;
    column.as = weir::odbc::read_as(c, dialect);
    column.nullable = c.nullable;
    column.scale = c.scale < 0 || c.scale > kMaxScale ? 0 : c.scale;
    if (column.as == ReadAs::decimal && config_.numeric_mapping == NumericMapping::best_fit) {
      column.number = column.scale == 0 && c.size <= 18 ? ReadAs::int64 : ReadAs::float64;
    }
    columns_.push_back(std::move(column));
  }
  auto find = [&](std::string_view name, std::string_view key) -> weir::Result<std::size_t> {
    if (auto at = index_of(name)) {
      return *at;
    }
    return weir::bad_config("the result has no column " + std::string(name) + " (" + std::string(key) + ")");
  };
  keys_.clear();
  for (const std::string& name : config_.key_columns) {
    auto at = find(name, "key.columns");
    if (!at) {
      return at.error();
    }
    keys_.push_back(*at);
  }
  build_schemas();
  if (config_.snapshot_diff) {
    for (const std::size_t at : keys_) {
      const ReadAs as = columns_[at].as;
      if (as != ReadAs::text && as != ReadAs::int16 && as != ReadAs::int32 && as != ReadAs::int64) {
        return weir::bad_config("snapshot.diff takes keys of text or integers, but column " + columns_[at].name + " is neither");
      }
    }
  }
  incrementing_at_.reset();
  timestamps_at_.clear();
  if (config_.by_number()) {
    auto at = find(config_.incrementing_column, "incrementing.column.name");
    if (!at) {
      return at.error();
    }
    incrementing_at_ = *at;
  }
  for (const std::string& name : config_.by_time() ? config_.timestamp_columns : std::vector<std::string>()) {
    auto at = find(name, "timestamp.column.name");
    if (!at) {
      return at.error();
    }
    timestamps_at_.push_back(*at);
  }
  return {};
}

void RowReader::build_schemas() {
  weir::Arena arena = schemas_.view();
  weir::SchemaBuilder row(arena, weir::Kind::structure, true);
  for (Column& column : columns_) {
    Column as = column;
    as.as = column.number.value_or(column.as);
    column.schema = schema_of(as, column.nullable, arena);
    row.field(arena.copy(column.name), column.schema);
  }
  value_schema_ = row.build();
  weir::SchemaBuilder key(arena, weir::Kind::structure, true);
  for (const std::size_t at : keys_) {
    key.field(arena.copy(columns_[at].name), columns_[at].schema);
  }
  key_schema_ = keys_.empty() ? nullptr : keys_.size() == 1 ? columns_[keys_[0]].schema : key.build();
}

weir::Value RowReader::key_of(const weir_member* members, weir::Arena arena) const {
  if (keys_.empty()) {
    return weir::Value::null();
  }
  if (keys_.size() == 1) {
    return weir::Value(members[keys_[0]].value);
  }
  auto* key = arena.array<weir_member>(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    key[i] = members[keys_[i]];
  }
  return weir::Value::structure(key, keys_.size());
}

void RowReader::fit(Row& row, weir::Arena arena) {
  bool wider = false;
  bool changed = false;
  const auto members = row.value.is_null() ? std::span<weir::Member>() : row.value.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    weir::Value& value = members[i].item();
    const std::string_view text = value.is(weir::Kind::decimal) ? value.text() : std::string_view();
    if (text.find_first_not_of("-0123456789.") != std::string_view::npos || text.empty()) {
      continue;  // NaN has no scale
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    const auto digits = static_cast<int>(text.size() - std::min(point + 1, text.size()));
    if (digits > columns_[i].scale) {
      columns_[i].scale = digits;
      wider = true;
    } else if (digits < columns_[i].scale) {
      std::string padded(text);
      padded.append(point == text.size() ? "." : "").append(static_cast<std::size_t>(columns_[i].scale - digits), '0');
      value = weir::Value::decimal(arena.copy(padded));
      changed = true;
    }
  }
  if (wider) {
    build_schemas();
  }
  if (changed) {
    row.key = key_of(row.value.as.members, arena);
  }
}

Outcome<RowReader::Row> RowReader::read(weir::odbc::Statement& statement, weir::Arena arena) const {
  Row row;
  auto* members = arena.array<weir_member>(columns_.size());
  std::vector<std::string> times(timestamps_at_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const bool is_time = std::find(timestamps_at_.begin(), timestamps_at_.end(), i) != timestamps_at_.end();
    auto read = weir::odbc::read_value(statement, static_cast<int>(i + 1), column.as, is_time, arena);
    if (!read) {
      return read.error();
    }
    weir::Value value = *read;
    if (is_time && value.is_string()) {
      for (std::size_t t = 0; t < timestamps_at_.size(); ++t) {
        if (timestamps_at_[t] == i) {
          times[t] = std::string(value.text());
        }
      }
    }
    const auto kind = static_cast<weir::Kind>(column.schema->type);
    if (value.is(weir::Kind::decimal) && kind != weir::Kind::bytes) {
      value = number_of(value, kind == weir::Kind::int64 ? ReadAs::int64 : ReadAs::float64);
    } else if (value.is_string() && kind != weir::Kind::string) {  // a date or time
      const bool clock = column.as == ReadAs::time;
      auto ms = weir::odbc::parse_time(clock ? "1970-01-01 " + std::string(value.text()) : std::string(value.text()));
      if (!ms && column.as == ReadAs::timestamp && is_integer(value)) {
        ms = number_of(value, ReadAs::int64).as_integer();
      }
      value = ms ? weir::Value::timestamp(*ms) : weir::Value::null();
    }
    members[i].key = weir::Value::string(weir::text_of(value_schema_->fields[i].name));
    members[i].value = value;
  }
  row.value = weir::Value::structure(members, columns_.size());
  row.key = key_of(members, arena);
  if (incrementing_at_) {
    const weir::Value n(members[*incrementing_at_].value);
    if (n.is_integer()) {
      row.incrementing = n.as_integer();
    } else if (n.is(weir::Kind::decimal) || n.is_string()) {
      row.incrementing = number_of(n, ReadAs::int64).as_integer();
    }
  }
  for (const std::string& time : times) {
    if (row.timestamp.empty()) {
      row.timestamp = time;
    }
  }
  return row;
}

weir::Value RowReader::typed_key(weir::Value from_json, weir::Arena arena) const {
  auto typed = [](weir::Value v, const weir_schema* schema) {
    return v.is_integer() ? weir::Value::integer(static_cast<weir::Kind>(schema->type), v.as_integer()) : v;
  };
  if (keys_.size() == 1) {
    return typed(from_json, key_schema_);
  }
  auto* members = arena.array<weir_member>(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string_view name = weir::text_of(key_schema_->fields[i].name);
    const weir::Value* item = from_json.is_object() ? from_json.find(name) : nullptr;
    members[i].key = weir::Value::string(name);
    members[i].value = item == nullptr ? weir::Value::null() : typed(*item, key_schema_->fields[i].schema);
  }
  return weir::Value::structure(members, keys_.size());
}

}  // namespace weir::connectors::odbc
