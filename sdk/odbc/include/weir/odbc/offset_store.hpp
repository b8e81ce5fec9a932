// Offsets kept in the target, in the transaction of the rows: exactly once, and fencing of an older owner.
#pragma once

#include <weir/odbc/connection.hpp>
#include <weir/odbc/statement.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

/// The statements of the two layouts.
///   row  one row per partition, changed in place (PostgreSQL, SQLite, generic)
///   log  rows are only added, so tasks hold no locks against each other (Snowflake); position and epoch are the maxima
class OffsetSql {
 public:
  OffsetSql(const Dialect& dialect, std::string_view table)
      : log_(dialect.kind == DialectKind::snowflake), dialect_(dialect), table_(dialect.table(table)) {}

  bool log() const noexcept { return log_; }
  std::string create() const {
    using K = ColumnKind;
    if (log_) {
      const std::array<Column, 6> columns{Column{"CONNECTOR", {K::text}}, Column{"KAFKA_TOPIC", {K::text}},
                                          Column{"KAFKA_PARTITION", {K::int32}}, Column{"NEXT_OFFSET", {K::int64}},
                                          Column{"EPOCH", {K::int64}}, Column{"COMMITTED_AT", {K::timestamp}}};
      return dialect_.create_table(table_, columns, {});
    }
    const std::array<Column, 5> columns{Column{"connector", {K::text}}, Column{"topic", {K::text}},
                                        Column{"part", {K::int32}}, Column{"next_offset", {K::int64}},
                                        Column{"epoch", {K::int64}}};
    const std::array<std::string, 3> keys{"connector", "topic", "part"};
    return dialect_.create_table(table_, columns, keys);
  }
  /// -> next offset, epoch. Parameters: the partition.
  std::string read() const {
    return log_ ? "SELECT MAX(" + n("NEXT_OFFSET") + "),MAX(" + n("EPOCH") + ") FROM " + table_ + where()
                : "SELECT " + n("next_offset") + "," + n("epoch") + " FROM " + table_ + where();
  }
  /// Row: the epoch goes up. Parameters: the partition.
  std::string bump() const { return "UPDATE " + table_ + " SET " + n("epoch") + "=" + n("epoch") + "+1" + where(); }
  /// Row: a first row. Parameters: the partition, next offset, epoch.
  std::string first() const {
    return "INSERT INTO " + table_ + " (" + n("connector") + "," + n("topic") + "," + n("part") + "," +
           n("next_offset") + "," + n("epoch") + ") VALUES (?,?,?,?,?)";
  }
  /// Log: a new epoch at the known position, or at the one given. Parameters: the partition, that position, the partition.
  std::string claim() const {
    return "INSERT INTO " + table_ + log_columns() + "SELECT ?,?,?,COALESCE(MAX(" + n("NEXT_OFFSET") +
           "),?),COALESCE(MAX(" + n("EPOCH") + "),0)+1,CURRENT_TIMESTAMP FROM " + table_ + where();
  }
  /// Row parameters: next, the partition, previous offset, epoch (if fenced).
  /// Log parameters: the partition, next, epoch, the partition, epoch, previous offset.
  std::string advance(bool fenced) const {
    if (log_) {
      return "INSERT INTO " + table_ + log_columns() + "SELECT ?,?,?,?,?,CURRENT_TIMESTAMP WHERE NOT EXISTS (SELECT 1 FROM " +
             table_ + where() + " AND (" + n("EPOCH") + ">? OR " + n("NEXT_OFFSET") + ">?))";
    }
    return "UPDATE " + table_ + " SET " + n("next_offset") + "=?" + where() + " AND " + n("next_offset") + "=?" +
           (fenced ? " AND " + n("epoch") + "=?" : std::string());
  }
  /// Log: rows that no longer matter. Parameters: the partition, next offset, epoch.
  std::string compact() const {
    return "DELETE FROM " + table_ + where() + " AND " + n("NEXT_OFFSET") + "<? AND " + n("EPOCH") + "<?";
  }

 private:
  std::string n(std::string_view name) const { return dialect_.name(name); }
  std::string where() const {
    return log_ ? " WHERE " + n("CONNECTOR") + "=? AND " + n("KAFKA_TOPIC") + "=? AND " + n("KAFKA_PARTITION") + "=?"
                : " WHERE " + n("connector") + "=? AND " + n("topic") + "=? AND " + n("part") + "=?";
  }
  std::string log_columns() const {
    return " (" + n("CONNECTOR") + "," + n("KAFKA_TOPIC") + "," + n("KAFKA_PARTITION") + "," + n("NEXT_OFFSET") + "," +
           n("EPOCH") + "," + n("COMMITTED_AT") + ") ";
  }

  bool log_;
  const Dialect& dialect_;
  std::string table_;
};

class OffsetStore {
 public:
  /// -1: no position is known yet.
  struct Position {
    std::int64_t next{-1};
    std::int64_t epoch{0};
  };

  OffsetStore(Connection& connection, std::string table, std::string connector, bool fencing)
      : connection_(connection), table_(std::move(table)), connector_(std::move(connector)), fencing_(fencing) {}

  /// Takes the partition over: from now on an older owner's advance fails. A partition without a row starts at `hint`.
  /// A transaction of its own.
  Outcome<Position> claim(std::string_view topic, std::int32_t partition, std::int64_t hint) {
    if (auto done = ensure_table(); !done) {
      return done.error();
    }
    for (int attempt = 0;; ++attempt) {
      if (auto begun = connection_.begin(); !begun) {
        return begun.error();
      }
      auto claimed = claim_in_transaction(topic, partition, hint);
      if (claimed) {
        if (auto done = connection_.commit(); !done) {
          (void)connection_.rollback();
          return done.error();
        }
        return claimed;
      }
      (void)connection_.rollback();
      if (claimed.error().failure != Failure::duplicate || attempt == 2) {  // another task made the row first
        return claimed;
      }
    }
  }

  /// nullopt: there is no row.
  Outcome<std::optional<Position>> read(std::string_view topic, std::int32_t partition) {
    const OffsetSql sql(connection_.dialect(), table_);
    auto statement = Statement::prepare(connection_, sql.read());
    if (!statement) {
      return statement.error();
    }
    const auto cells = key(topic, partition);
    if (auto bound = statement->bind(cells); !bound) {
      return bound.error();
    }
    if (auto run = statement->execute(); !run) {
      return run.error();
    }
    auto row = statement->fetch();
    if (!row) {
      return row.error();
    }
    if (!*row) {
      return std::optional<Position>();
    }
    auto next = statement->integer(1);
    if (!next) {
      return next.error();
    }
    auto epoch = statement->integer(2);
    if (!epoch) {
      return epoch.error();
    }
    statement->close();
    if (!*epoch) {
      return std::optional<Position>();
    }
    return std::optional<Position>(Position{next->value_or(-1), epoch->value_or(0)});
  }

  /// In the transaction of the rows. false: somebody else owns the partition, or has moved it.
  Outcome<bool> advance(std::string_view topic, std::int32_t partition, const Position& from, std::int64_t next) {
    const OffsetSql sql(connection_.dialect(), table_);
    if (!advance_ || generation_ != connection_.generation()) {
      advance_.reset();
      auto made = Statement::prepare(connection_, sql.advance(fencing_));
      if (!made) {
        return made.error();
      }
      advance_.emplace(std::move(*made));
      generation_ = connection_.generation();
    }
    const auto part = key(topic, partition);
    const Cell to = Cell::of_integer(next);
    const Cell epoch = Cell::of_integer(from.epoch);
    const Cell previous = Cell::of_integer(from.next);
    std::vector<Cell> cells;
    if (sql.log()) {
      cells = {part[0], part[1], part[2], to, epoch, part[0], part[1], part[2], epoch, previous};
    } else {
      cells = {to, part[0], part[1], part[2], previous};
      if (fencing_) {
        cells.push_back(epoch);
      }
    }
    auto rows = advance_->run(cells);
    if (!rows) {
      SqlError error = rows.error();
      advance_.reset();
      return error;
    }
    return *rows == 1;
  }

  /// The session is about to go: statements before the connection.
  void release() noexcept { advance_.reset(); }

 private:
  std::array<Cell, 3> key(std::string_view topic, std::int32_t partition) const noexcept {
    return {Cell::of(connector_), Cell::of(topic), Cell::of_integer(partition)};
  }

  Outcome<void> ensure_table() {
    if (table_known_) {
      return {};
    }
    const OffsetSql sql(connection_.dialect(), table_);
    auto there = connection_.execute("SELECT 1 FROM " + connection_.dialect().table(table_) + " WHERE 1=0");
    if (!there && there.error().failure != Failure::schema) {
      return there.error();
    }
    if (!there) {
      // Several tasks may create it at once, and PostgreSQL's IF NOT EXISTS does not wait for the other one.
      if (auto made = connection_.execute(sql.create()); !made) {
        auto again = connection_.execute("SELECT 1 FROM " + connection_.dialect().table(table_) + " WHERE 1=0");
        if (!again) {
          return made.error().failure == Failure::duplicate ? again.error() : made.error();
        }
      }
    }
    table_known_ = true;
    return {};
  }

  Outcome<SQLLEN> once(const std::string& sql, std::span<const Cell> cells) {
    auto statement = Statement::prepare(connection_, sql);
    if (!statement) {
      return statement.error();
    }
    return statement->run(cells);
  }

  Outcome<Position> claim_in_transaction(std::string_view topic, std::int32_t partition, std::int64_t hint) {
    const OffsetSql sql(connection_.dialect(), table_);
    const auto part = key(topic, partition);
    if (sql.log()) {
      const std::array<Cell, 7> cells{part[0], part[1], part[2], Cell::of_integer(hint), part[0], part[1], part[2]};
      if (auto done = once(sql.claim(), cells); !done) {
        return done.error();
      }
    } else {
      auto bumped = fencing_ ? once(sql.bump(), part) : Outcome<SQLLEN>(SQLLEN{0});
      if (!bumped) {
        return bumped.error();
      }
      auto known = read(topic, partition);
      if (!known) {
        return known.error();
      }
      if (!*known) {
        const std::array<Cell, 5> cells{part[0], part[1], part[2], Cell::of_integer(hint), Cell::of_integer(1)};
        if (auto done = once(sql.first(), cells); !done) {
          return done.error();
        }
      }
    }
    auto position = read(topic, partition);
    if (!position) {
      return position.error();
    }
    const Position now = position->value_or(Position{hint, 1});
    if (sql.log()) {
      const std::array<Cell, 5> cells{part[0], part[1], part[2], Cell::of_integer(now.next), Cell::of_integer(now.epoch)};
      if (auto done = once(sql.compact(), cells); !done) {
        return done.error();
      }
    }
    return now;
  }

  Connection& connection_;
  std::string table_;
  std::string connector_;
  bool fencing_;
  bool table_known_{false};
  std::optional<Statement> advance_;
  std::uint64_t generation_{0};
};

}  // namespace weir::inline v1::odbc
