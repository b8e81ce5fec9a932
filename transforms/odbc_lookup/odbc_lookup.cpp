#include "odbc_lookup.hpp"

#include <weir/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

namespace weir::transforms::odbc_lookup {

namespace {

constexpr std::size_t kNoKey = std::numeric_limits<std::size_t>::max();

void check(const Config& c, weir::ConfigProblems& problems) {
  auto refuse = [&](std::string key, std::string why) { problems.push_back({std::move(key), std::move(why)}); };
  if (c.table.empty() == c.query.empty()) {
    refuse("lookup.table", "exactly one of lookup.table and lookup.query is needed");
  }
  if (!c.query.empty() && c.query.find("${keys}") == std::string::npos) {
    refuse("lookup.query", "lookup.query has no ${keys} where the keys go");
  }
  if (c.key_column.find(',') != std::string::npos) {
    refuse("lookup.key.column", "a key of several columns is not supported");
  }
  if (c.columns.empty()) {
    refuse("lookup.columns", "names no column; * is all");
  }
  if (auto paths = Paths::parse(c.key_pointer, c.target); !paths) {
    refuse("lookup.key.pointer", paths.error().message);
  }
  if (c.on_missing == OnMissing::fill_default) {
    weir::OwnedArena arena;
    if (auto value = weir::json::read(c.default_json, arena.view()); !value || c.default_json.empty()) {
      refuse("lookup.default", "on.missing=default needs lookup.default: a JSON value");
    }
  }
  for (const std::string& word : c.on_error) {
    if (word != "stale" && word != "retry" && word != "pause" && word != "pass" && word != "dlq") {
      refuse("on.error", "'" + word + "' is none of stale, retry, pause, pass, dlq");
    }
  }
}

CacheOptions cache_options(const Config& c) {
  return {static_cast<std::size_t>(c.cache_max_entries), static_cast<std::size_t>(c.cache_max_bytes), c.cache_ttl,
          c.cache_ttl_jitter, c.cache_negative_ttl, c.cache_stale_on_error};
}

/// Equal for configurations whose cached rows are the same.
std::string identity(const Config& c) {
  std::string out;
  auto add = [&](std::string_view part) { out.append(std::to_string(part.size())).append(":").append(part); };
  for (const std::string* part : {&c.connection_url, &c.connection_user, &c.dialect_name, &c.connection_init_sql, &c.table,
                                  &c.query, &c.key_column, &c.column_case}) {
    add(*part);
  }
  for (const std::string& column : c.columns) {
    add(column);
  }
  for (const std::int64_t n : {static_cast<std::int64_t>(c.normalize), c.cache_max_entries, c.cache_max_bytes,
                               std::int64_t{c.cache_ttl.count()}, std::int64_t{c.cache_negative_ttl.count()},
                               std::int64_t{c.cache_stale_on_error.count()}}) {
    add(std::to_string(n));
  }
  return out;
}

}  // namespace

weir::ConfigDef<Config> OdbcLookup::describe() {
  return weir::odbc::describe_connection(weir::ConfigDef<Config>{}, false, false)
      .field("lookup.table", &Config::table, "Table or view, as it would stand in SQL. This or `lookup.query`.")
      .group("Lookup")
      .field("lookup.query", &Config::query, "A query with `${keys}` where the list of keys goes: `... WHERE SKU IN (${keys})`.")
      .group("Lookup")
      .field("lookup.key.column", &Config::key_column, "The column that is compared with the key.")
      .required()
      .non_empty()
      .group("Lookup")
      .field("lookup.columns", &Config::columns, "Columns of `lookup.table` that go into the record; `*`: all.")
      .group("Lookup")
      .field("lookup.column.case", &Config::column_case, "Member names of the row: in lower case, or as the database has them.")
      .one_of({"lower", "as_is"})
      .group("Lookup")
      .field("lookup.key.pointer", &Config::key_pointer, "JSON pointer to the keys in the value; `*` is every item: `/items/*/sku`.")
      .required()
      .non_empty()
      .group("Lookup")
      .field("lookup.target", &Config::target,
             "JSON pointer to where the row goes, through the same `*`; `merge`: the columns go beside the key.")
      .group("Lookup")
      .choice("lookup.key.normalize", &Config::normalize,
              {{"none", Normalize::none},
               {"trim", Normalize::trim},
               {"upper", Normalize::upper},
               {"strip_leading_zeros", Normalize::strip_leading_zeros}},
              "Applied to the keys of records and of rows before they are compared.")
      .group("Lookup")
      .field("lookup.batch.keys", &Config::batch_keys, "Keys in one statement.")
      .between(1, 1000)
      .group("Lookup")
      .field("lookup.timeout.ms", &Config::timeout, "Limit for one statement (whole seconds, rounded up), and for waiting for another task's.")
      .at_least(1)
      .group("Lookup")
      .field("cache.max.entries", &Config::cache_max_entries, "Most keys kept; the least recently used one goes.")
      .at_least(0)
      .group("Cache")
      .field("cache.max.bytes", &Config::cache_max_bytes, "Most bytes kept.")
      .at_least(0)
      .group("Cache")
      .field("cache.ttl.ms", &Config::cache_ttl, "How long a row is served without asking again.")
      .at_least(0)
      .group("Cache")
      .field("cache.ttl.jitter", &Config::cache_ttl_jitter, "Share of the time to live by which it is shortened at random.")
      .between(0, 1)
      .group("Cache")
      .field("cache.negative.ttl.ms", &Config::cache_negative_ttl, "The same for a key that has no row.")
      .at_least(0)
      .group("Cache")
      .field("cache.stale.on.error.ms", &Config::cache_stale_on_error,
             "How long after that a row is served while the database cannot be asked, marked `_stale: true`; 0: never.")
      .at_least(0)
      .group("Cache")
      .choice("on.missing", &Config::on_missing,
              {{"pass", OnMissing::pass}, {"default", OnMissing::fill_default}, {"dlq", OnMissing::dlq}, {"fail", OnMissing::fail}},
              "A key without a row: null and `_enriched: false` beside it, `lookup.default`, a bad record, or the task stops.")
      .group("Outcome")
      .field("lookup.default", &Config::default_json, "JSON for on.missing=default.")
      .group("Outcome")
      .field("on.error", &Config::on_error,
             "The database cannot be asked; tried in this order: stale (an expired row), retry and pause (the batch waits behind "
             "the circuit breaker), pass (as if there were no row), dlq (a bad record).")
      .group("Outcome")
      .field("breaker.name", &Config::breaker_name, "Circuit breaker to ask; empty: one of its own.")
      .group("Outcome")
      .check(check);
}

OdbcLookup::OdbcLookup(Config config, weir::Task task)
    : OdbcLookup(std::move(config), task, [] { return Cache::Clock::now(); }) {}

OdbcLookup::OdbcLookup(Config config, weir::Task task, std::function<Cache::Clock::time_point()> clock)
    : config_(std::move(config)),
      task_(task),
      clock_(std::move(clock)),
      paths_(*Paths::parse(config_.key_pointer, config_.target)),
      lookup_(config_),
      cache_(shared_cache(identity(config_), cache_options(config_))),
      breaker_(task.breaker(config_.breaker_name.empty() ? task.instance() : std::string_view(config_.breaker_name))) {
  constexpr std::string_view kKeys = "weir_lookup_keys_total";
  constexpr std::string_view kKeysHelp = "Distinct keys of a batch, by where the answer came from.";
  keys_hit_ = task.counter(kKeys, kKeysHelp, {{"result", "hit"}});
  keys_miss_ = task.counter(kKeys, kKeysHelp, {{"result", "miss"}});
  keys_negative_ = task.counter(kKeys, kKeysHelp, {{"result", "negative"}});
  keys_stale_ = task.counter(kKeys, kKeysHelp, {{"result", "stale"}});
  keys_error_ = task.counter(kKeys, kKeysHelp, {{"result", "error"}});
  statements_ = task.counter("weir_lookup_statements_total", "Statements sent.");
  keys_per_statement_ = task.histogram("weir_lookup_keys_per_statement", "Keys in one statement.");
  seconds_ = task.histogram("weir_lookup_seconds", "Time of one statement.");
  entries_ = task.gauge("weir_cache_entries", "Keys in the cache.");
  bytes_ = task.gauge("weir_cache_bytes", "Bytes in the cache.");
  evictions_ = task.counter("weir_cache_evictions_total", "Keys that had to go for others.");
  constexpr std::string_view kItems = "weir_enriched_items_total";
  constexpr std::string_view kItemsHelp = "Records by how many of their keys found a row.";
  full_ = task.counter(kItems, kItemsHelp, {{"state", "full"}});
  partial_ = task.counter(kItems, kItemsHelp, {{"state", "partial"}});
  none_ = task.counter(kItems, kItemsHelp, {{"state", "none"}});
}

bool OdbcLookup::may(std::string_view word) const {
  return std::find(config_.on_error.begin(), config_.on_error.end(), word) != config_.on_error.end();
}

weir::Result<std::size_t> OdbcLookup::key_index(const weir::Value* value, weir::Arena arena) {
  if (value == nullptr || value->is_null()) {
    return kNoKey;
  }
  std::string_view text;
  if (value->is_string() || value->is(weir::Kind::decimal)) {
    text = value->text();
  } else if (value->is_integer()) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value->as_integer());
    text = arena.copy({buffer, static_cast<std::size_t>(end.ptr - buffer)});
  } else {
    return weir::bad_record("the key at " + config_.key_pointer + " is neither a text nor an integer");
  }
  text = normalized(text, config_.normalize, arena);
  if (text.empty() || text.find('\0') != std::string_view::npos) {
    return kNoKey;
  }
  const auto [it, fresh] = index_.emplace(text, keys_.size());
  if (fresh) {
    keys_.push_back(text);
  }
  return it->second;
}

void OdbcLookup::collect(weir::Batch& batch, std::vector<std::pair<std::size_t, weir::Error>>& bad) {
  places_.clear();
  keys_.clear();
  index_.clear();
  for (weir::Record record : batch) {
    if (record.value().is_null()) {
      continue;
    }
    if (record.value_schema() != nullptr) {
      bad.emplace_back(record.index(), weir::bad_record("odbc_lookup adds members, so it needs a value without a schema"));
      continue;
    }
    slots_.clear();
    const std::size_t before = places_.size();
    weir::Result<void> found = paths_.find(record.value(), record.arena(), slots_);
    for (const Slot& slot : slots_) {
      if (!found) {
        break;
      }
      auto key = key_index(slot.key, record.arena());
      if (!key) {
        found = key.error();
        break;
      }
      places_.push_back({record.index(), slot.parent, *key});
    }
    if (!found) {
      places_.resize(before);
      bad.emplace_back(record.index(), found.error());
    }
  }
}

std::optional<std::vector<RowText>> OdbcLookup::fetch(const std::vector<std::string_view>& keys) {
  const auto grant = breaker_.acquire();
  if (!grant) {
    problem_ = weir::retriable("the circuit breaker is open");
    return std::nullopt;
  }
  auto rows = lookup_.fetch(keys, [&](std::size_t n, std::chrono::duration<double> took) {
    statements_.record(1);
    keys_per_statement_.record(static_cast<double>(n));
    seconds_.record(took.count());
  });
  if (rows) {
    breaker_.report(grant, weir::CallOutcome::success);
    return std::move(*rows);
  }
  const auto& e = rows.error();
  breaker_.report(grant, e.outcome(), weir::odbc::to_string(e.failure));
  problem_ = e.error("cannot look up " + (config_.table.empty() ? "keys" : config_.table));
  return std::nullopt;
}

void OdbcLookup::count(const std::vector<Answered>& answers) {
  std::size_t n[5] = {};
  for (const Answered& a : answers) {
    ++n[static_cast<std::size_t>(a.how)];
  }
  const weir::Metric* metrics[5] = {&keys_hit_, &keys_negative_, &keys_miss_, &keys_stale_, &keys_error_};
  for (std::size_t i = 0; i < 5; ++i) {
    if (n[i] > 0) {
      metrics[i]->record(static_cast<double>(n[i]));
    }
  }
  const CacheCounts c = cache_->counts();
  entries_.record(static_cast<double>(c.entries));
  bytes_.record(static_cast<double>(c.bytes));
  if (c.evictions > evictions_seen_) {
    evictions_.record(static_cast<double>(c.evictions - evictions_seen_));
    evictions_seen_ = c.evictions;
  }
}

void OdbcLookup::put(weir::Value& parent, std::string_view name, const weir::Value& value, weir::Arena arena) const {
  if (weir::Value* old = parent.find(name)) {
    *old = value;
    return;
  }
  weir::ObjectBuilder object(arena, parent.members().size() + 2);
  for (const weir::Member& m : parent.members()) {
    object.add_member(m.name(), m.item());
  }
  object.add(name, value);
  parent = object.map();
}

weir::Result<void> OdbcLookup::apply(weir::Batch& batch) {
  std::vector<std::pair<std::size_t, weir::Error>> bad;
  collect(batch, bad);
  std::vector<Answered> answers;
  if (!keys_.empty()) {
    problem_ = weir::retriable("another task's lookup of the same keys has failed");
    answers = cache_->resolve(keys_, clock_(), config_.timeout, may("stale"),
                              [&](const std::vector<std::string_view>& keys) { return fetch(keys); });
    count(answers);
    const bool unknown = std::any_of(answers.begin(), answers.end(), [](const Answered& a) { return a.how == Answer::error; });
    if (unknown && problem_.code == weir::Errc::bad_config) {
      return problem_;
    }
    if (unknown && !may("pass") && !may("dlq")) {
      return weir::retriable(problem_.message);
    }
  }
  if (auto filled = fill(batch, answers); !filled) {
    return filled;
  }
  for (const auto& [record, error] : bad) {
    batch.fail(batch[record], error);
  }
  return {};
}

weir::Result<void> OdbcLookup::fill(weir::Batch& batch, const std::vector<Answered>& answers) {
  weir::Arena arena = batch.arena();
  std::vector<weir::Value> rows(answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Answered& a = answers[i];
    if (!a.row) {
      continue;
    }
    if (a.how == Answer::stale) {
      std::string marked = *a.row;
      marked.insert(marked.size() - 1, marked.size() > 2 ? ",\"_stale\":true" : "\"_stale\":true");
      rows[i] = weir::Value::lazy(arena.copy(marked));
    } else {
      rows[i] = weir::Value::lazy(arena.copy(*a.row));
    }
  }
  weir::Value fallback;
  if (config_.on_missing == OnMissing::fill_default) {
    fallback = *weir::json::read(arena.copy(config_.default_json), arena);
  }
  for (std::size_t at = 0; at < places_.size();) {
    const std::size_t record = places_[at].record;
    std::size_t found = 0;
    std::size_t places = 0;
    for (; at < places_.size() && places_[at].record == record; ++at, ++places) {
      const Place& place = places_[at];
      const bool has_key = place.key != kNoKey;
      const bool failed = has_key && answers[place.key].how == Answer::error;
      if (has_key && !rows[place.key].is_null()) {
        ++found;
        if (!paths_.merge()) {
          put(*place.parent, paths_.member(), rows[place.key], arena);
          continue;
        }
        weir::Value row = rows[place.key];
        if (auto opened = weir::json::expand(row, arena); !opened) {
          return weir::fatal("a cached row is no JSON: " + opened.error().message);
        }
        for (const weir::Member& m : row.members()) {
          put(*place.parent, m.name().text(), m.item(), arena);
        }
        continue;
      }
      const std::string key(has_key ? keys_[place.key] : std::string_view("(none)"));
      if (failed ? may("dlq") && !may("pass") : config_.on_missing == OnMissing::dlq) {
        if (batch[record].live()) {
          batch.fail(batch[record], weir::bad_record((failed ? "the lookup failed for key " : "no row for key ") + key));
        }
        continue;
      }
      if (!failed && config_.on_missing == OnMissing::fail) {
        return weir::fatal("no row for key " + key + " (on.missing=fail)");
      }
      if (paths_.merge()) {
        if (fallback.is_object()) {
          for (const weir::Member& m : fallback.members()) {
            put(*place.parent, m.name().text(), m.item(), arena);
          }
          continue;
        }
      } else {
        put(*place.parent, paths_.member(), fallback, arena);
      }
      if (config_.on_missing == OnMissing::pass || failed) {
        put(*place.parent, "_enriched", weir::Value::boolean(false), arena);
      }
    }
    (found == places ? full_ : found > 0 ? partial_ : none_).record(1);
  }
  return {};
}

}  // namespace weir::transforms::odbc_lookup
