// A table as the database describes it, and the row shapes that are written into it.
#pragma once

#include <weir/odbc/connection.hpp>
#include <weir/odbc/row_mapper.hpp>
#include <weir/odbc/statement.hpp>
#include <weir/odbc/value_cells.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

namespace detail {
inline bool same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && contains_word(a, b);
}
}  // namespace detail

struct Table;

/// Rows with the same columns in the same order: one set of prepared statements.
struct Shape {
  Table* table{nullptr};
  bool remove{false};
  std::vector<std::string> names;   ///< of the fields
  std::vector<bool> key_fields;
  std::vector<int> target_of;       ///< field -> column of the statement; -1: the table has no such column
  std::vector<Target> targets;
  std::vector<std::size_t> keys;    ///< targets that are keys
  bool incomplete{false};           ///< some field has no column
  std::string refusal;              ///< not empty: no row can have these fields
  std::map<std::size_t, Statement> statements;  ///< by number of rows

  bool matches(std::span<const Field> fields, bool removal) const noexcept {
    if (fields.size() != names.size() || removal != remove) {
      return false;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name != names[i] || fields[i].key != key_fields[i]) {
        return false;
      }
    }
    return true;
  }
};

struct Table {
  std::string name;  ///< as configured
  std::string sql;   ///< quoted, as the database knows it
  bool known{false};
  bool exists{false};
  std::vector<ResultColumn> columns;
  std::vector<std::unique_ptr<Shape>> shapes;

  /// By exact name, else without regard to case; nullptr when there is none.
  const ResultColumn* column(std::string_view wanted) const noexcept {
    for (const ResultColumn& c : columns) {
      if (c.name == wanted) {
        return &c;
      }
    }
    for (const ResultColumn& c : columns) {
      if (detail::same_word(c.name, wanted)) {
        return &c;
      }
    }
    return nullptr;
  }

  Shape& shape(std::span<const Field> fields, bool remove, DialectKind dialect) {
    for (const auto& s : shapes) {
      if (s->matches(fields, remove)) {
        return *s;
      }
    }
    auto made = std::make_unique<Shape>();
    made->table = this;
    made->remove = remove;
    for (const Field& f : fields) {
      made->names.emplace_back(f.name);
      made->key_fields.push_back(f.key);
      if (const std::string_view why = name_refusal(dialect, f.name); !why.empty() && made->refusal.empty()) {
        made->refusal = "'" + std::string(f.name) + "': " + std::string(why);
      }
      const ResultColumn* c = column(f.name);
      if (c == nullptr) {
        made->target_of.push_back(-1);
        made->incomplete = true;
        continue;
      }
      for (std::size_t t = 0; t < made->targets.size() && made->refusal.empty(); ++t) {
        if (made->targets[t].name == c->name) {
          made->refusal = "two members go to the column " + c->name;
        }
      }
      made->target_of.push_back(static_cast<int>(made->targets.size()));
      if (f.key) {
        made->keys.push_back(made->targets.size());
      }
      const bool parsed = dialect == DialectKind::snowflake &&
                          (c->type_name == "variant" || c->type_name == "object" || c->type_name == "array");
      made->targets.push_back({c->name, parsed, f.key});
    }
    shapes.push_back(std::move(made));
    return *shapes.back();
  }
};

/// The tables one sink writes to. Statements and descriptions go when the session does.
class TableCatalog {
 public:
  TableCatalog(Connection& connection, bool auto_create, bool auto_evolve)
      : connection_(connection), auto_create_(auto_create), auto_evolve_(auto_evolve) {}

  /// The entry, described if it was not; `exists` tells whether there is such a table.
  Outcome<Table*> find(std::string_view name) {
    if (generation_ != connection_.generation()) {
      tables_.clear();
      generation_ = connection_.generation();
    }
    auto it = tables_.find(name);
    if (it == tables_.end()) {
      it = tables_.emplace(std::string(name), std::make_unique<Table>()).first;
      it->second->name = std::string(name);
    }
    Table& table = *it->second;
    if (!table.known) {
      if (auto done = describe(table); !done) {
        return done.error();
      }
    }
    return &table;
  }

  /// Forgets what is known of all tables: somebody has changed one. Shapes are gone.
  void forget() noexcept { tables_.clear(); }

  /// Records of ever changing shapes must not pile up statements. Not while a shape is in use.
  void trim() noexcept {
    for (auto& [name, table] : tables_) {
      if (table->shapes.size() > 100) {
        table->shapes.clear();
      }
    }
  }

  /// Adds what is missing for these columns, as far as the configuration allows. A column without a type (only nulls
  /// so far) is not added to a table that exists. Not inside a transaction. Shapes of the table are gone afterwards.
  Outcome<void> adapt(Table& table, std::span<const std::pair<std::string, std::optional<ColumnType>>> columns,
                      std::span<const std::string> keys) {
    const Dialect& dialect = connection_.dialect();
    if (!table.exists) {
      if (!auto_create_) {
        return SqlError{Failure::schema, "42S02", 0, "table " + table.sql + " does not exist (auto.create is false)"};
      }
      std::vector<Column> list;
      for (const auto& [name, type] : columns) {
        list.push_back({name, type.value_or(ColumnType{})});
      }
      if (auto done = change(table, dialect.create_table(table.sql, list, keys)); !done) {
        return done;
      }
    }
    // Also after creating: another task may have been faster, with other columns.
    std::string missing;
    std::vector<Column> list;
    for (const auto& [name, type] : columns) {
      if (type && table.column(name) == nullptr) {
        missing.append(missing.empty() ? "" : ", ").append(name);
        list.push_back({name, *type});
      }
    }
    if (!list.empty() && !auto_evolve_) {
      return SqlError{Failure::schema, "42S22", 0,
                      "table " + table.sql + " has no column " + missing + " (auto.evolve is false)"};
    }
    for (const Column& c : list) {
      if (auto done = change(table, dialect.add_column(table.sql, c)); !done) {
        return done;
      }
    }
    return {};
  }

 private:
  /// A DDL statement; another task may have been faster, so after an error the table is looked at again.
  Outcome<void> change(Table& table, const std::string& ddl) {
    auto done = connection_.execute(ddl);
    table.shapes.clear();
    table.known = false;
    if (!done && done.error().failure == Failure::connection) {
      return done.error();
    }
    const std::size_t columns = table.columns.size();
    const bool existed = table.exists;
    if (auto again = describe(table); !again) {
      return again;
    }
    if (!done && table.exists == existed && table.columns.size() == columns) {
      return done.error();
    }
    return {};
  }

  Outcome<void> describe(Table& table) {
    const Dialect& dialect = connection_.dialect();
    table.sql = dialect.table(table.name);
    auto found = describe_as(table);
    if (found && !*found && dialect.quoted) {  // created without quotes, in the database's own case
      const std::string quoted = std::exchange(table.sql, table.name);
      const bool plain = table.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") ==
                         std::string::npos;
      if (plain) {
        found = describe_as(table);
      }
      if (!plain || (found && !*found)) {
        table.sql = quoted;
      }
    }
    if (!found) {
      return found.error();
    }
    table.exists = *found;
    table.known = true;
    return {};
  }

  /// false: there is no such table. Again when another task changes the table at that moment.
  Outcome<bool> describe_as(Table& table) {
    auto found = describe_once(table);
    for (int attempt = 0; attempt < 4 && !found && found.error().failure == Failure::transaction; ++attempt) {
      found = describe_once(table);
    }
    return found;
  }

  Outcome<bool> describe_once(Table& table) {
    table.columns.clear();
    auto statement = Statement::prepare(connection_, "SELECT * FROM " + table.sql + " WHERE 1=0");
    if (statement) {
      if (auto run = statement->execute(); run) {
        auto columns = statement->columns();
        statement->close();
        if (!columns) {
          return columns.error();
        }
        table.columns = std::move(*columns);
        return true;
      } else if (run.error().failure != Failure::schema) {
        return run.error();
      }
      return false;
    }
    if (statement.error().failure != Failure::schema) {
      return statement.error();
    }
    return false;
  }

  Connection& connection_;
  bool auto_create_;
  bool auto_evolve_;
  std::uint64_t generation_{0};
  std::map<std::string, std::unique_ptr<Table>, std::less<>> tables_;
};

}  // namespace weir::inline v1::odbc
