// The sink behind odbc_sink and snowflake: records to rows, one transaction for rows and offsets.
#pragma once

#include <weir/component.hpp>
#include <weir/odbc/connection.hpp>
#include <weir/odbc/offset_store.hpp>
#include <weir/odbc/row_mapper.hpp>
#include <weir/odbc/row_plan.hpp>
#include <weir/odbc/table.hpp>
#include <weir/odbc/table_writer.hpp>
#include <weir/odbc/value_cells.hpp>
#include <weir/task.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

/// What happens when the first record after an assignment lies below the stored offset: the topic began again.
enum class OnRegression : std::uint8_t { fail, reset, rewind };

struct TableSinkOptions {
  MapperOptions mapper;
  InsertMode insert_mode{InsertMode::insert};
  bool auto_create{false};
  bool auto_evolve{false};
  std::size_t batch_size{3000};
  std::size_t statement_rows{200};
  bool dedupe{true};
  bool lock_order{true};
  std::string offsets_table;  ///< empty: at least once
  bool fencing{true};
  OnRegression on_regression{OnRegression::fail};
  bool fail_on_auth{false};  ///< a refused login stops the task
};

/// Topic -> table name. An error is a bad_config or bad_record of the record.
using TableNamer = std::function<Result<std::string>(std::string_view topic)>;

/// All calls from the task's thread.
class TableSink {
 public:
  TableSink(Task task, ConnectionOptions connection, TableSinkOptions options, TableNamer namer)
      : task_(task),
        options_(std::move(options)),
        namer_(std::move(namer)),
        connection_(std::move(connection)),
        mapper_(options_.mapper),
        catalog_(connection_, options_.auto_create, options_.auto_evolve),
        writer_(connection_, options_.insert_mode, options_.statement_rows),
        offsets_(connection_, options_.offsets_table, std::string(task.connector()), options_.fencing),
        breaker_(task.breaker(task.instance())),
        rows_written_(task.counter("weir_odbc_rows_total", "Rows written by ODBC sinks.")),
        rows_refused_(task.counter("weir_odbc_rows_refused_total", "Rows refused by the database.")) {}

  /// Exactly once: takes the partitions over in the database and says where to start.
  Result<void> open(std::span<TopicPartition> partitions) {
    if (!exactly_once()) {
      partitions_.clear();
      last_ = nullptr;
      return {};
    }
    if (auto up = ready(); !up) {
      return up;
    }
    for (TopicPartition& tp : partitions) {
      auto claimed = offsets_.claim(tp.topic_text(), tp.partition, tp.offset);
      if (!claimed) {
        return failed(claimed.error(), "cannot take over the offsets of " + std::string(tp.topic_text()));
      }
      Partition& p = partition(tp.topic_text(), tp.partition);
      p.position = *claimed;
      p.claimed = true;
      p.seen = false;
      if (claimed->next >= 0) {
        tp.offset = claimed->next;
      }
    }
    return {};
  }

  void close(std::span<const TopicPartition> partitions) {
    for (const TopicPartition& tp : partitions) {
      std::erase_if(partitions_, [&](const auto& p) {
        return p->number == tp.partition && p->topic == tp.topic_text();
      });
    }
    last_ = nullptr;
  }

  Result<void> put(Batch& batch) {
    if (batch.empty()) {
      return {};
    }
    if (auto up = ready(); !up) {
      return up;
    }
    for (int round = 0;; ++round) {
      auto done = deliver(batch);
      if (done) {
        if (!exactly_once()) {
          partitions_.clear();  // marks of what a put that failed half way has stored
          last_ = nullptr;
        }
        return {};
      }
      // Somebody changed a table: look again, once.
      if (std::exchange(schema_changed_, false) && round == 0) {
        catalog_.forget();
        continue;
      }
      return done;
    }
  }

  Connection& connection() noexcept { return connection_; }

 private:
  struct Partition {
    std::string topic;
    std::int32_t number{0};
    OffsetStore::Position position;
    bool claimed{false};
    bool seen{false};  ///< a record came since open
  };
  struct Draft {
    std::size_t record{0};
    std::size_t first{0};
    std::size_t count{0};
    bool remove{false};
    Table* table{nullptr};
    Shape* shape{nullptr};
  };

  bool exactly_once() const noexcept { return !options_.offsets_table.empty(); }

  Partition& partition(std::string_view topic, std::int32_t number) {
    if (last_ != nullptr && last_->number == number && last_->topic == topic) {
      return *last_;
    }
    for (const auto& p : partitions_) {
      if (p->number == number && p->topic == topic) {
        return *(last_ = p.get());
      }
    }
    partitions_.push_back(std::make_unique<Partition>());
    last_ = partitions_.back().get();
    last_->topic = std::string(topic);
    last_->number = number;
    return *last_;
  }

  /// Connected, and the stored offsets known again after a reconnect: a commit whose answer was lost may have happened.
  Result<void> ready() {
    const bool was = connection_.connected();
    if (auto up = connection_.ensure(); !up) {
      if (up.error().failure == Failure::auth) {
        if (auto grant = breaker_.acquire()) {
          breaker_.report(grant, CallOutcome::auth, "auth");
        }
      }
      Error error = up.error().error("cannot connect to the database");
      if (up.error().failure == Failure::auth && options_.fail_on_auth) {
        error.code = Errc::bad_config;
      }
      return error;
    }
    if (was || !exactly_once()) {
      return {};
    }
    for (const auto& p : partitions_) {
      if (!p->claimed) {
        continue;
      }
      auto stored = offsets_.read(p->topic, p->number);
      if (!stored) {
        return failed(stored.error(), "cannot read the stored offset of " + p->topic);
      }
      if (!*stored || (options_.fencing && (*stored)->epoch != p->position.epoch)) {
        return fenced(*p);
      }
      if ((*stored)->next < p->position.next) {  // records up to there are gone from the batch: start again from the table
        return fatal("the database has lost commits: its offset of " + p->topic + "-" + std::to_string(p->number) + " is " +
                     std::to_string((*stored)->next) + ", but " + std::to_string(p->position.next) +
                     " was committed; a restart of the task goes on from the stored offset");
      }
      p->position = **stored;
    }
    return {};
  }

  static Error fenced(const Partition& p) {
    return fatal("another task owns " + p.topic + "-" + std::to_string(p.number) +
                 " in the offsets table, or its offset was changed: nothing was written");
  }

  /// The error of a statement outside of deliver: the session goes when it is broken.
  Error failed(const SqlError& e, std::string_view what) {
    if (e.failure == Failure::connection) {
      offsets_.release();
      connection_.close();
    }
    Error error = e.error(what);
    error.code = error.code == Errc::bad_record ? Errc::fatal : error.code;
    return error;
  }

  Result<void> deliver(Batch& batch) {
    drafts_.clear();
    fields_.clear();
    bad_.clear();
    records_.clear();
    catalog_.trim();
    if (auto drawn = draw(batch); !drawn) {
      return drawn;
    }
    if (auto shaped = shape_all(); !shaped) {
      return shaped;
    }
    if (auto made = make_rows(batch); !made) {
      return made;
    }
    if (exactly_once() && !bad_.empty()) {
      set_aside(batch, records_, {});
      return {};
    }
    // One transaction for every batch.size records.
    std::size_t row = 0;
    for (std::size_t at = 0; at < records_.size(); at += options_.batch_size) {
      const std::size_t end = std::min(at + options_.batch_size, records_.size());
      const std::size_t first = row;
      while (row < rows_.size() && rows_[row].record <= records_[end - 1]) {
        ++row;
      }
      const auto stored = transact(batch, std::span(rows_).subspan(first, row - first),
                                   std::span(records_).subspan(at, end - at));
      if (!stored) {
        return stored.error();
      }
      if (!*stored) {
        set_aside(batch, std::span(records_).subspan(at), refused_);
        return {};
      }
    }
    return {};
  }

  /// Exactly once, and some records are bad: the stored offset must not pass them before their dead letters are safe
  /// (the runtime sees to that before the next put). So nothing of `records` is stored now, and the good ones come again.
  void set_aside(Batch& batch, std::span<const std::size_t> records, std::span<const BadRow> refused) {
    report_bad(batch, records, refused);
    for (const std::size_t index : records) {
      const auto is_bad = [&](const auto& b) { return b.first == index; };
      const auto is_refused = [&](const BadRow& b) { return b.record == index; };
      if (std::none_of(bad_.begin(), bad_.end(), is_bad) && std::none_of(refused.begin(), refused.end(), is_refused)) {
        batch.fail(batch[index], retriable("stored once the dead letters of its batch are safe"));
      }
    }
  }

  /// Records to fields. Skips what is stored already.
  Result<void> draw(Batch& batch) {
    for (Record record : batch) {
      const Origin origin = record.origin();
      if (record.consumed()) {
        Partition& p = partition(origin.topic, origin.partition);
        if (exactly_once()) {
          if (auto go = check_position(p, origin); !go) {
            return go;
          }
        }
        if (origin.offset < p.position.next) {
          continue;
        }
      }
      records_.push_back(record.index());
      Draft draft;
      draft.record = record.index();
      draft.first = fields_.size();
      auto kind = mapper_.map(record, fields_);
      auto table = kind ? find_table(record.topic()) : Result<Table*>(nullptr);
      if (!kind || !table) {
        fields_.resize(draft.first);
        const Error& e = kind ? table.error() : kind.error();
        if (e.code != Errc::bad_record) {
          return e;
        }
        bad_.emplace_back(record.index(), bad_record(record.where() + ": " + e.message));
        continue;
      }
      if (*kind == RowKind::skip) {
        fields_.resize(draft.first);
        continue;
      }
      draft.count = fields_.size() - draft.first;
      draft.remove = *kind == RowKind::remove;
      draft.table = *table;
      drafts_.push_back(draft);
    }
    return {};
  }

  Result<void> check_position(Partition& p, const Origin& origin) {
    if (!p.claimed) {  // the host did not open it
      auto claimed = offsets_.claim(p.topic, p.number, origin.offset);
      if (!claimed) {
        return failed(claimed.error(), "cannot take over the offsets of " + p.topic);
      }
      p.position = *claimed;
      p.claimed = true;
      p.seen = true;
      return {};
    }
    if (std::exchange(p.seen, true) || origin.offset >= p.position.next) {
      return {};
    }
    const std::string what = p.topic + "-" + std::to_string(p.number) + " delivers offset " +
                             std::to_string(origin.offset) + ", but the database has stored everything below " +
                             std::to_string(p.position.next);
    if (options_.on_regression == OnRegression::fail) {
      p.seen = false;
      return bad_config(what + ": the topic began again (another cluster?); offset.on.regression says what to do");
    }
    task_.log(LogLevel::warn, what);
    return options_.on_regression == OnRegression::reset ? move_back(p, origin.offset) : Result<void>{};
  }

  Result<void> move_back(Partition& p, std::int64_t to) {
    if (connection_.dialect().kind == DialectKind::snowflake) {
      return bad_config("offset.on.regression=reset needs another offsets table here: a log of offsets only grows");
    }
    if (auto begun = connection_.begin(); !begun) {
      return failed(begun.error(), "cannot move a stored offset");
    }
    auto moved = offsets_.advance(p.topic, p.number, p.position, to);
    auto ended = moved && *moved ? connection_.commit() : connection_.rollback();
    if (!moved || !ended) {
      return failed(moved ? ended.error() : moved.error(), "cannot move a stored offset");
    }
    if (!*moved) {
      return fenced(p);
    }
    p.position.next = to;
    return {};
  }

  Result<Table*> find_table(std::string_view topic) {
    auto it = names_.find(topic);
    if (it == names_.end()) {
      auto name = namer_(topic);
      if (!name) {
        return name.error();
      }
      it = names_.emplace(std::string(topic), std::move(*name)).first;
    }
    auto table = catalog_.find(it->second);
    if (!table) {
      return failed(table.error(), "cannot look at table " + it->second);
    }
    return *table;
  }

  std::span<const Field> fields_of(const Draft& d) const { return std::span(fields_).subspan(d.first, d.count); }

  Result<void> shape_all() {
    std::vector<Table*> incomplete;
    const DialectKind dialect = connection_.dialect().kind;
    auto resolve = [&](bool collect) {
      Shape* last = nullptr;
      for (Draft& d : drafts_) {
        const auto fields = fields_of(d);
        if (last == nullptr || last->table != d.table || !last->matches(fields, d.remove)) {
          last = &d.table->shape(fields, d.remove, dialect);
        }
        d.shape = last;
        if (collect && (!d.table->exists || last->incomplete) && !d.remove && last->refusal.empty() &&
            std::find(incomplete.begin(), incomplete.end(), d.table) == incomplete.end()) {
          incomplete.push_back(d.table);
        }
      }
    };
    resolve(true);
    for (Table* table : incomplete) {
      if (auto done = complete(*table); !done) {
        return done;
      }
    }
    if (!incomplete.empty()) {
      resolve(false);
    }
    return {};
  }

  Result<void> complete(Table& table) {
    std::vector<std::pair<std::string, std::optional<ColumnType>>> columns;
    std::map<std::string_view, std::size_t> index;
    std::vector<std::string> keys;
    for (const Draft& d : drafts_) {
      if (d.table != &table || d.remove || !d.shape->refusal.empty()) {
        continue;
      }
      for (const Field& f : fields_of(d)) {
        auto [it, fresh] = index.emplace(f.name, columns.size());
        if (fresh && !connection_.dialect().case_matters()) {
          for (std::size_t i = 0; i < columns.size() && fresh; ++i) {
            if (detail::same_word(columns[i].first, f.name)) {
              it->second = i;
              fresh = false;
            }
          }
        }
        if (fresh) {
          columns.emplace_back(std::string(f.name), std::nullopt);
          if (f.key) {
            keys.emplace_back(f.name);
          }
        }
        const auto type = f.schema != nullptr ? std::optional(type_of_schema(*f.schema)) : type_of_value(f.value);
        auto& known = columns[it->second].second;
        known = known && type ? merge_types(*known, *type) : type ? type : known;
      }
    }
    if (auto done = catalog_.adapt(table, columns, keys); !done) {
      return failed(done.error(), "cannot write into table " + table.name);
    }
    return {};
  }

  /// Drafts to rows of parameters.
  Result<void> make_rows(Batch& batch) {
    rows_.clear();
    const Dialect& dialect = connection_.dialect();
    Arena arena = batch.arena();
    for (const Draft& d : drafts_) {
      if (!d.shape->refusal.empty()) {
        bad_.emplace_back(d.record, bad_record(batch[d.record].where() + ": " + d.shape->refusal));
        continue;
      }
      if (d.remove && (!d.table->exists || d.shape->targets.empty())) {
        continue;
      }
      Cell* cells = arena.array<Cell>(d.shape->targets.size());
      const auto fields = fields_of(d);
      bool good = true;
      for (std::size_t i = 0; i < fields.size() && good; ++i) {
        const int target = d.shape->target_of[i];
        if (target < 0) {
          continue;
        }
        auto cell = to_cell(fields[i].value, fields[i].schema, dialect, arena);
        if (!cell) {
          bad_.emplace_back(d.record, bad_record(batch[d.record].where() + ": column " + std::string(fields[i].name) +
                                                 ": " + cell.error().message));
          good = false;
        } else {
          cells[target] = *cell;
        }
      }
      if (good) {
        rows_.push_back({d.record, d.shape, cells, row_key(*d.shape, cells, arena)});
      }
    }
    return {};
  }

  /// One transaction: rows, then offsets. False: nothing is stored, because the database refuses some (refused_) and
  /// the offset must not pass them yet.
  Result<bool> transact(Batch& batch, std::span<const Row> rows, std::span<const std::size_t> records) {
    std::vector<BadRow>& refused = refused_;
    refused.clear();
    if (rows.empty() && !exactly_once()) {
      report_bad(batch, records, refused);
      move_marks(batch, records);
      return true;
    }
    const PlanOptions how{options_.insert_mode, options_.dedupe, options_.lock_order};
    std::vector<Row> good(rows.begin(), rows.end());
    bool careful = false;
    for (int attempt = 0;; ++attempt) {
      const RowPlan plan(good, how);
      const std::size_t written = plan.size();
      auto done = attempt_once(batch, plan, records, careful, refused);
      if (done && exactly_once() && !refused.empty()) {
        return false;
      }
      if (done) {
        rows_written_.record(static_cast<double>(written - std::min(written, refused_in_place_)));
        break;
      }
      const Failure f = done.error().failure;
      if (f == Failure::connection) {
        offsets_.release();
        connection_.close();
        return done.error().error("the connection to the database is gone");
      }
      if (auto back = connection_.rollback(); !back) {
        offsets_.release();
        connection_.close();
      }
      if (fenced_ != nullptr) {
        return fenced(*std::exchange(fenced_, nullptr));
      }
      if (done.error().of_data() && !careful && connection_.connected()) {
        careful = true;
        if (!connection_.dialect().savepoints()) {
          if (auto sifted = sift_apart(good, how, refused); !sifted) {
            return failed(sifted.error(), "cannot write rows");
          }
          if (exactly_once() && !refused.empty()) {
            return false;
          }
          careful = false;
          std::erase_if(good, [&](const Row& r) {
            return std::any_of(refused.begin(), refused.end(), [&](const BadRow& b) { return b.record == r.record; });
          });
        }
        continue;
      }
      if (f == Failure::transaction && attempt < 5 && connection_.connected() && !task_.stopping()) {
        pause(attempt);
        continue;
      }
      schema_changed_ = f == Failure::schema;
      Error error = done.error().error("cannot write rows");
      error.code = error.code == Errc::bad_record ? Errc::fatal : error.code;
      return error;
    }
    report_bad(batch, records, refused);
    move_marks(batch, records);
    return true;
  }

  Outcome<void> attempt_once(Batch& batch, const RowPlan& plan, std::span<const std::size_t> records, bool careful,
                             std::vector<BadRow>& refused) {
    refused_in_place_ = 0;
    if (careful) {
      refused.clear();
    }
    if (auto begun = connection_.begin(); !begun) {
      return begun;
    }
    for (const std::vector<Row>& group : plan.groups()) {
      auto done = careful ? writer_.sift(group, refused) : writer_.write(group);
      if (!done) {
        return done;
      }
    }
    refused_in_place_ = careful ? refused.size() : 0;
    if (exactly_once()) {
      if (!refused.empty()) {
        return connection_.rollback();
      }
      if (auto moved = advance(batch, records); !moved) {
        return moved;
      }
    }
    return connection_.commit();
  }

  Outcome<void> sift_apart(const std::vector<Row>& rows, const PlanOptions& how, std::vector<BadRow>& refused) {
    const RowPlan plan(rows, how);
    for (const std::vector<Row>& group : plan.groups()) {
      if (auto done = writer_.sift(group, refused); !done) {
        return done;
      }
    }
    return {};
  }

  /// The offsets behind these records, by partition.
  std::vector<std::pair<Partition*, std::int64_t>> ends(Batch& batch, std::span<const std::size_t> records) {
    std::vector<std::pair<Partition*, std::int64_t>> out;
    for (std::size_t index : records) {
      const Record record = batch[index];
      if (!record.consumed()) {
        continue;
      }
      const Origin o = record.origin();
      Partition* p = &partition(o.topic, o.partition);
      auto it = std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.first == p; });
      if (it == out.end()) {
        out.emplace_back(p, o.offset + 1);
      } else {
        it->second = std::max(it->second, o.offset + 1);
      }
    }
    return out;
  }

  Outcome<void> advance(Batch& batch, std::span<const std::size_t> records) {
    for (const auto& [p, next] : ends(batch, records)) {
      auto mine = offsets_.advance(p->topic, p->number, p->position, next);
      if (!mine) {
        return mine.error();
      }
      if (!*mine) {
        fenced_ = p;
        return SqlError{Failure::config, "WEIR0", 0, "fenced"};
      }
    }
    return {};
  }

  void move_marks(Batch& batch, std::span<const std::size_t> records) {
    for (const auto& [p, next] : ends(batch, records)) {
      p->position.next = next;
    }
  }

  void report_bad(Batch& batch, std::span<const std::size_t> records, std::span<const BadRow> refused) {
    for (const BadRow& b : refused) {
      const Record record = batch[b.record];
      batch.fail(record, b.error.error(record.where() + ": the database refuses the row"));
    }
    for (const auto& [index, error] : bad_) {
      if (std::binary_search(records.begin(), records.end(), index)) {
        batch.fail(batch[index], error);
      }
    }
    rows_refused_.record(static_cast<double>(refused.size()));
  }

  void pause(int attempt) {
    std::uniform_int_distribution<int> jitter(5, 20 << attempt);
    std::this_thread::sleep_for(std::chrono::milliseconds(jitter(random_)));
  }

  Task task_;
  TableSinkOptions options_;
  TableNamer namer_;
  Connection connection_;
  RowMapper mapper_;
  TableCatalog catalog_;
  TableWriter writer_;
  OffsetStore offsets_;
  Breaker breaker_;
  Metric rows_written_;
  Metric rows_refused_;
  std::map<std::string, std::string, std::less<>> names_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  Partition* last_{nullptr};
  Partition* fenced_{nullptr};
  bool schema_changed_{false};
  std::size_t refused_in_place_{0};
  std::minstd_rand random_{std::random_device{}()};

  // of the batch in hand
  std::vector<std::size_t> records_;
  std::vector<Draft> drafts_;
  std::vector<Field> fields_;
  std::vector<Row> rows_;
  std::vector<std::pair<std::size_t, Error>> bad_;
  std::vector<BadRow> refused_;  // of the transaction in hand
};

}  // namespace weir::inline v1::odbc
