// Rows to statements: multi-row, prepared once per shape; a data error is narrowed down to its rows by halving.
#pragma once

#include <weir/odbc/cell.hpp>
#include <weir/odbc/connection.hpp>
#include <weir/odbc/statement.hpp>
#include <weir/odbc/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

enum class InsertMode : std::uint8_t { insert, upsert, update, append_once };

struct Row {
  std::size_t record{0};      ///< index in the batch
  Shape* shape{nullptr};
  const Cell* cells{nullptr};  ///< one for each of the shape's targets
  std::string_view key;        ///< for ordering and de-duplication; empty without keys
};

struct BadRow {
  std::size_t record{0};
  SqlError error;
};

class TableWriter {
 public:
  TableWriter(Connection& connection, InsertMode mode, std::size_t statement_rows)
      : connection_(connection), mode_(mode), statement_rows_(std::max<std::size_t>(statement_rows, 1)) {}

  /// Inside a transaction: all rows (of one shape) or an error, after which the transaction is rolled back.
  Outcome<void> write(std::span<const Row> rows) {
    std::size_t at = 0;
    while (at < rows.size()) {
      const std::size_t n = step(*rows[at].shape, rows.size() - at);
      if (auto done = run(rows.subspan(at, n)); !done) {
        return done;
      }
      at += n;
    }
    return {};
  }

  /// Like write, but rows that the database refuses are added to `bad` and the others written. With savepoints it runs
  /// inside the transaction; without, outside of one, and the good rows are only tried, not kept.
  Outcome<void> sift(std::span<const Row> rows, std::vector<BadRow>& bad) {
    std::size_t at = 0;
    while (at < rows.size()) {
      const std::size_t n = step(*rows[at].shape, rows.size() - at);
      if (auto done = halve(rows.subspan(at, n), bad); !done) {
        return done;
      }
      at += n;
    }
    return {};
  }

  std::uint64_t statements() const noexcept { return statements_; }

 private:
  /// Rows of the next statement: the full size, or the largest power of two that is left, so that few shapes are prepared.
  std::size_t step(const Shape& shape, std::size_t left) const noexcept {
    if (single(shape)) {
      return 1;
    }
    const std::size_t columns = std::max<std::size_t>(shape.remove ? shape.keys.size() : shape.targets.size(), 1);
    const std::size_t most =
        std::clamp<std::size_t>(connection_.dialect().max_parameters() / columns, 1, statement_rows_);
    if (left >= most) {
      return most;
    }
    std::size_t n = 1;
    while (n * 2 <= left) {
      n *= 2;
    }
    return n;
  }
  bool single(const Shape& shape) const noexcept {
    return !shape.remove && (mode_ == InsertMode::update ||
                             (mode_ != InsertMode::insert && !connection_.dialect().bulk_upsert()));
  }

  Outcome<void> halve(std::span<const Row> rows, std::vector<BadRow>& bad) {
    if (auto set = mark(); !set) {
      return set;
    }
    auto done = run(rows);
    if (auto settled = done ? keep() : undo(); !settled) {
      return settled;
    }
    if (done) {
      return {};
    }
    if (!done.error().of_data()) {
      return done;
    }
    if (rows.size() == 1) {
      bad.push_back({rows[0].record, done.error()});
      return {};
    }
    const std::size_t half = rows.size() / 2;
    if (auto first = halve(rows.first(half), bad); !first) {
      return first;
    }
    return halve(rows.subspan(half), bad);
  }

  Outcome<void> mark() { return connection_.dialect().savepoints() ? plain("SAVEPOINT weir_rows") : connection_.begin(); }
  Outcome<void> keep() {
    return connection_.dialect().savepoints() ? plain("RELEASE SAVEPOINT weir_rows") : connection_.rollback();
  }
  Outcome<void> undo() {
    if (!connection_.dialect().savepoints()) {
      return connection_.rollback();
    }
    if (auto done = plain("ROLLBACK TO SAVEPOINT weir_rows"); !done) {
      return done;
    }
    return plain("RELEASE SAVEPOINT weir_rows");
  }
  Outcome<void> plain(std::string_view sql) {
    auto done = connection_.execute(sql);
    return done ? Outcome<void>{} : Outcome<void>{done.error()};
  }

  Outcome<void> run(std::span<const Row> rows) {
    Shape& shape = *rows[0].shape;
    ++statements_;
    if (shape.remove) {
      return run_bulk(shape, rows, [&](std::size_t n) {
        return connection_.dialect().remove(shape.table->sql, shape.targets, n);
      });
    }
    if (mode_ == InsertMode::update) {
      const bool only_keys = shape.keys.size() == shape.targets.size();  // nothing to change
      return only_keys ? Outcome<void>{} : run_update(shape, rows[0]).first;
    }
    if (mode_ != InsertMode::insert && !connection_.dialect().bulk_upsert()) {
      return run_generic_upsert(shape, rows[0]);
    }
    return run_bulk(shape, rows, [&](std::size_t n) {
      const Dialect& d = connection_.dialect();
      return mode_ == InsertMode::insert
                 ? d.insert(shape.table->sql, shape.targets, n)
                 : d.upsert(shape.table->sql, shape.targets,
                            mode_ == InsertMode::upsert ? OnConflict::update : OnConflict::ignore, n);
    });
  }

  template <class MakeSql>
  Outcome<void> run_bulk(Shape& shape, std::span<const Row> rows, MakeSql make_sql) {
    cells_.clear();
    for (const Row& row : rows) {
      cells_.insert(cells_.end(), row.cells, row.cells + shape.targets.size());
    }
    return execute(shape, rows.size(), [&] { return make_sql(rows.size()); }).first;
  }

  /// The error or nothing, and the number of rows changed.
  std::pair<Outcome<void>, SQLLEN> run_update(Shape& shape, const Row& row) {
    cells_.clear();
    for (const bool keys : {false, true}) {
      for (std::size_t i = 0; i < shape.targets.size(); ++i) {
        if (shape.targets[i].key == keys) {
          cells_.push_back(row.cells[i]);
        }
      }
    }
    return execute(shape, 0, [&] { return connection_.dialect().update(shape.table->sql, shape.targets); });
  }

  Outcome<void> run_generic_upsert(Shape& shape, const Row& row) {
    if (mode_ == InsertMode::upsert && shape.keys.size() < shape.targets.size()) {
      auto [done, changed] = run_update(shape, row);
      if (!done || changed > 0) {
        return done;
      }
    }
    auto done = run_bulk(shape, std::span(&row, 1), [&](std::size_t n) {
      return connection_.dialect().insert(shape.table->sql, shape.targets, n);
    });
    if (!done && done.error().failure == Failure::duplicate && mode_ == InsertMode::append_once) {
      return {};
    }
    return done;
  }

  /// Slot 0 holds the UPDATE of one row.
  template <class MakeSql>
  std::pair<Outcome<void>, SQLLEN> execute(Shape& shape, std::size_t slot, MakeSql make_sql) {
    auto it = shape.statements.find(slot);
    if (it == shape.statements.end()) {
      auto made = Statement::prepare(connection_, make_sql());
      if (!made) {
        return {made.error(), 0};
      }
      it = shape.statements.emplace(slot, std::move(*made)).first;
    }
    auto rows = it->second.run(cells_);
    if (!rows) {
      SqlError error = rows.error();
      // A driver may have thrown the prepared statement away with the transaction.
      shape.statements.erase(it);
      return {std::move(error), 0};
    }
    return {Outcome<void>{}, *rows};
  }

  Connection& connection_;
  InsertMode mode_;
  std::size_t statement_rows_;
  std::vector<Cell> cells_;
  std::uint64_t statements_{0};
};

}  // namespace weir::inline v1::odbc
