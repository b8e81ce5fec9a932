#include "lookup.hpp"

#include <weir/json.hpp>
#include <weir/odbc/table.hpp>

#include <algorithm>
#include <utility>

namespace weir::transforms::odbc_lookup {

using weir::odbc::Cell;
using weir::odbc::Failure;
using weir::odbc::Outcome;
using weir::odbc::ReadAs;
using weir::odbc::SqlError;
using weir::odbc::Statement;

namespace {

weir::odbc::ConnectionOptions connection_options(const Config& config) {
  weir::odbc::ConnectionOptions o = config;
  o.query_timeout = config.timeout;
  return o;
}

bool all_columns(const Config& config) { return config.columns.size() == 1 && config.columns[0] == "*"; }

}  // namespace

std::string_view normalized(std::string_view text, Normalize how, weir::Arena arena) {
  if (how == Normalize::trim) {
    return weir::detail::trim(text);
  }
  if (how == Normalize::strip_leading_zeros) {
    while (text.size() > 1 && text.front() == '0') {
      text.remove_prefix(1);
    }
    return text;
  }
  if (how == Normalize::upper) {
    std::string up(text);
    for (char& c : up) {
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return arena.copy(up);
  }
  return text;
}

std::string lookup_sql(const Config& config, std::size_t count) {
  std::string marks;
  for (std::size_t i = 0; i < count; ++i) {
    marks.append(i == 0 ? "?" : ",?");
  }
  if (!config.query.empty()) {
    std::string sql = config.query;
    weir::odbc::detail::replace_all(sql, "${keys}", marks);
    return sql;
  }
  // Names as they are: a view made without quotes has the database's own case, whatever the configuration says.
  std::string list;
  bool has_key = all_columns(config);
  for (const std::string& c : config.columns) {
    list.append(list.empty() ? "" : ",").append(c);
    has_key = has_key || weir::odbc::detail::same_word(c, config.key_column);
  }
  if (!has_key) {
    list.append(",").append(config.key_column);
  }
  return "SELECT " + list + " FROM " + config.table + " WHERE " + config.key_column + " IN (" + marks + ")";
}

Lookup::Lookup(const Config& config) : config_(config), connection_(connection_options(config)) {}

Outcome<void> Lookup::prepare() {
  if (auto up = connection_.ensure(); !up) {
    return up;
  }
  if (statement_ && generation_ == connection_.generation()) {
    return {};
  }
  statement_.reset();
  auto made = Statement::prepare(connection_, lookup_sql(config_, static_cast<std::size_t>(config_.batch_keys)));
  if (!made) {
    return made.error();
  }
  statement_.emplace(std::move(*made));
  generation_ = connection_.generation();
  columns_.clear();
  return {};
}

Outcome<void> Lookup::run(const std::vector<std::string_view>& keys, std::size_t first, std::size_t count,
                          std::vector<RowText>& rows, const Watch& watch) {
  const auto begin = std::chrono::steady_clock::now();
  if (auto ready = prepare(); !ready) {
    return ready;
  }
  // One statement serves all: the last key fills up.
  std::vector<Cell> cells;
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < static_cast<std::size_t>(config_.batch_keys); ++i) {
    const std::size_t k = first + std::min(i, count - 1);
    cells.push_back(Cell::of(keys[k]));
    index.emplace(keys[k], k);
  }
  if (auto bound = statement_->bind(cells); !bound) {
    return bound;
  }
  if (auto done = statement_->execute(); !done) {
    return done.error();
  }
  if (columns_.empty()) {
    auto described = statement_->columns();
    if (!described) {
      return described.error();
    }
    bool found = false;
    for (const auto& c : *described) {
      Target t{c.name, weir::odbc::read_as(c, connection_.dialect().kind), true};
      if (config_.column_case == "lower") {
        for (char& ch : t.name) {
          ch = ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch;
        }
      }
      if (!found && weir::odbc::detail::same_word(c.name, config_.key_column)) {
        found = true;
        key_at_ = columns_.size();
        key_padded_ = c.sql_type == SQL_CHAR || c.sql_type == SQL_WCHAR;
        t.in_row = all_columns(config_) || !config_.query.empty() ||
                   std::any_of(config_.columns.begin(), config_.columns.end(), [&](const std::string& name) {
                     return weir::odbc::detail::same_word(name, config_.key_column);
                   });
      }
      columns_.push_back(std::move(t));
    }
    if (!found) {
      columns_.clear();
      statement_->close();
      return SqlError{Failure::schema, "42S22", 0, "the result has no column " + config_.key_column};
    }
  }
  for (;;) {
    auto more = statement_->fetch();
    if (!more) {
      statement_->close();
      return more.error();
    }
    if (!*more) {
      break;
    }
    arena_.reset();
    weir::Arena arena = arena_.view();
    weir::ObjectBuilder object(arena, columns_.size() + 1);
    std::string key;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto value = weir::odbc::read_value(*statement_, static_cast<int>(i + 1), columns_[i].as, true, arena);
      if (!value) {
        statement_->close();
        return value.error();
      }
      weir::Value v = *value;
      if (v.is(weir::Kind::decimal)) {  // stays text: JSON numbers are doubles to most readers
        v = weir::Value::string(v.text());
      } else if (columns_[i].as == ReadAs::json && v.is_string()) {
        if (auto parsed = weir::json::read(v.text(), arena)) {
          v = *parsed;
        }
      }
      if (i == key_at_) {
        key = v.is_string() ? std::string(v.text()) : v.is_integer() ? std::to_string(v.as_integer()) : std::string();
      }
      if (columns_[i].in_row) {
        object.add(columns_[i].name, v);
      }
    }
    while (key_padded_ && !key.empty() && key.back() == ' ') {
      key.pop_back();
    }
    const auto it = index.find(normalized(key, config_.normalize, arena));
    if (it != index.end() && !rows[it->second]) {
      auto text = std::make_shared<std::string>();
      weir::json::write(object.map(), *text);
      rows[it->second] = std::move(text);
    }
  }
  watch(count, std::chrono::steady_clock::now() - begin);
  return {};
}

Outcome<void> Lookup::chunk(const std::vector<std::string_view>& keys, std::size_t first, std::size_t count,
                            std::vector<RowText>& rows, const Watch& watch) {
  const bool was_up = connection_.connected();
  auto done = run(keys, first, count, rows, watch);
  if (!done && done.error().failure == Failure::connection) {
    connection_.close();
    if (was_up) {  // the server was restarted in between: the session is old, not the database down
      done = run(keys, first, count, rows, watch);
      if (!done && done.error().failure == Failure::connection) {
        connection_.close();
      }
    }
  }
  if (done || !done.error().of_data()) {
    return done;
  }
  // A key that cannot be compared with the column is unknown; it must not take the others with it.
  for (std::size_t i = first; count > 1 && i < first + count; ++i) {
    rows[i].reset();
    if (auto one = run(keys, i, 1, rows, watch); !one && !one.error().of_data()) {
      return one;
    }
  }
  return {};
}

Outcome<std::vector<RowText>> Lookup::fetch(const std::vector<std::string_view>& keys, const Watch& watch) {
  std::vector<RowText> rows(keys.size());
  const auto most = static_cast<std::size_t>(config_.batch_keys);
  for (std::size_t at = 0; at < keys.size(); at += most) {
    if (auto done = chunk(keys, at, std::min(most, keys.size() - at), rows, watch); !done) {
      return done.error();
    }
  }
  return rows;
}

}  // namespace weir::transforms::odbc_lookup
