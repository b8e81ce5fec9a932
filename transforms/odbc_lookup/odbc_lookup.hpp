// Transform odbc_lookup: adds the rows of a table or view to records, by keys found in them.
#pragma once

#include "cache.hpp"
#include "config.hpp"
#include "lookup.hpp"
#include "paths.hpp"

#include <weir/component.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir::transforms::odbc_lookup {

class OdbcLookup final : public weir::Transform {
 public:
  static constexpr std::string_view kType = "odbc_lookup";
  static constexpr std::string_view kDoc =
      "Adds the rows of a table or view to records, by keys found in them: one query for a batch, a cache before it.";
  static weir::ConfigDef<Config> describe();

  OdbcLookup(Config config, weir::Task task);
  /// With a clock of one's own, for tests.
  OdbcLookup(Config config, weir::Task task, std::function<Cache::Clock::time_point()> clock);

  weir::Result<void> apply(weir::Batch& batch) override;

 private:
  /// One slot of a record and the key it asks for; kNoKey: there is none.
  struct Place {
    std::size_t record{0};
    weir::Value* parent{nullptr};
    std::size_t key{0};
  };

  /// Fills places_ and keys_; records that cannot be read are added to `bad`.
  void collect(weir::Batch& batch, std::vector<std::pair<std::size_t, weir::Error>>& bad);
  weir::Result<std::size_t> key_index(const weir::Value* value, weir::Arena arena);
  std::optional<std::vector<RowText>> fetch(const std::vector<std::string_view>& keys);
  weir::Result<void> fill(weir::Batch& batch, const std::vector<Answered>& answers);
  void put(weir::Value& parent, std::string_view name, const weir::Value& value, weir::Arena arena) const;
  void count(const std::vector<Answered>& answers);
  bool may(std::string_view word) const;

  Config config_;
  weir::Task task_;
  std::function<Cache::Clock::time_point()> clock_;
  Paths paths_;
  Lookup lookup_;
  std::shared_ptr<Cache> cache_;
  weir::Breaker breaker_;
  weir::Error problem_;  // why keys of this batch are unknown

  std::vector<Place> places_;
  std::vector<std::string_view> keys_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<Slot> slots_;

  weir::Metric keys_hit_, keys_miss_, keys_negative_, keys_stale_, keys_error_;
  weir::Metric statements_, keys_per_statement_, seconds_;
  weir::Metric entries_, bytes_, evictions_;
  weir::Metric full_, partial_, none_;
  std::uint64_t evictions_seen_{0};
};

}  // namespace weir::transforms::odbc_lookup
