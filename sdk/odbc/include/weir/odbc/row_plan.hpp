// In which order and in which groups the rows of a transaction are written.
#pragma once

#include <weir/arena.hpp>
#include <weir/odbc/table.hpp>
#include <weir/odbc/table_writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

struct PlanOptions {
  InsertMode mode{InsertMode::insert};
  bool dedupe{true};
  bool lock_order{true};
};

/// The key cells of a row as one text: equal for equal keys. The text of a single key column is borrowed.
inline std::string_view row_key(const Shape& shape, const Cell* cells, Arena arena) {
  if (shape.keys.empty()) {
    return {};
  }
  auto bytes_of_cell = [](const Cell& c) {
    const bool number = c.type == Cell::Type::integer || c.type == Cell::Type::real;
    return number ? std::string_view(reinterpret_cast<const char*>(&c.integer), sizeof c.integer) : c.text;
  };
  if (shape.keys.size() == 1) {
    return bytes_of_cell(cells[shape.keys[0]]);
  }
  std::size_t size = 0;
  for (std::size_t k : shape.keys) {
    size += bytes_of_cell(cells[k]).size() + 5;
  }
  auto* out = arena.array<char>(size);
  char* to = out;
  for (std::size_t k : shape.keys) {
    const std::string_view text = bytes_of_cell(cells[k]);
    const auto length = static_cast<std::uint32_t>(text.size());
    *to++ = static_cast<char>(cells[k].type);
    std::memcpy(to, &length, sizeof length);
    to += sizeof length;
    if (!text.empty()) {
      std::memcpy(to, text.data(), text.size());
    }
    to += text.size();
  }
  return {out, size};
}

/// Groups are written one after the other; all rows of one have the same shape and, with keys, distinct keys. With
/// lock_order the rows of a group are sorted by key: tasks that write the same keys cannot deadlock.
class RowPlan {
 public:
  RowPlan(const std::vector<Row>& rows, const PlanOptions& options) : options_(options) {
    bool keyed = false;
    for (const Row& r : rows) {
      keyed = keyed || !r.shape->keys.empty();
    }
    if (!keyed) {
      add(rows);
      return;
    }
    std::vector<Row> sorted = rows;
    std::stable_sort(sorted.begin(), sorted.end(), before);
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end(), same);
    if (twice == sorted.end()) {
      add(options_.lock_order ? sorted : rows);
    } else {
      split(rows);
    }
  }

  const std::vector<std::vector<Row>>& groups() const noexcept { return groups_; }
  std::size_t size() const noexcept {
    std::size_t n = 0;
    for (const auto& g : groups_) {
      n += g.size();
    }
    return n;
  }

 private:
  static bool before(const Row& a, const Row& b) noexcept {
    return a.shape->table != b.shape->table ? a.shape->table->name < b.shape->table->name : a.key < b.key;
  }
  static bool same(const Row& a, const Row& b) noexcept {
    return a.shape->table == b.shape->table && a.key == b.key && !a.shape->keys.empty() && !b.shape->keys.empty();
  }

  struct KeyHash {
    std::size_t operator()(const std::pair<const Table*, std::string_view>& k) const noexcept {
      return std::hash<std::string_view>{}(k.second) ^ (std::hash<const void*>{}(k.first) * 31);
    }
  };

  /// Keys that come more than once: within a segment the last row of a key wins (append_once: the first), where leaving the
  /// others out makes no difference; else a new segment begins, so that the order of the records is kept.
  void split(const std::vector<Row>& rows) {
    std::unordered_map<std::pair<const Table*, std::string_view>, std::size_t, KeyHash> seen;
    std::vector<Row> segment;
    auto flush = [&] {
      if (options_.lock_order) {
        std::stable_sort(segment.begin(), segment.end(), before);
      }
      add(segment);
      segment.clear();
      seen.clear();
    };
    for (const Row& row : rows) {
      auto [it, fresh] = seen.emplace(std::pair<const Table*, std::string_view>(row.shape->table, row.key), segment.size());
      if (fresh || row.shape->keys.empty()) {
        segment.push_back(row);
        continue;
      }
      Row& other = segment[it->second];
      const bool replaces = options_.mode == InsertMode::upsert || options_.mode == InsertMode::update;
      if (options_.dedupe && (row.shape->remove || (replaces && row.shape == other.shape))) {
        other = row;
      } else if (options_.dedupe && options_.mode == InsertMode::append_once && !other.shape->remove) {
        continue;
      } else {
        flush();
        seen.emplace(std::pair<const Table*, std::string_view>(row.shape->table, row.key), 0);
        segment.push_back(row);
      }
    }
    flush();
  }

  /// By shape, each in the order given.
  void add(const std::vector<Row>& rows) {
    const std::size_t begin = groups_.size();
    for (const Row& row : rows) {
      std::size_t g = begin;
      while (g < groups_.size() && groups_[g][0].shape != row.shape) {
        ++g;
      }
      if (g == groups_.size()) {
        groups_.emplace_back();
        groups_.back().reserve(rows.size());
      }
      groups_[g].push_back(row);
    }
  }

  PlanOptions options_;
  std::vector<std::vector<Row>> groups_;
};

}  // namespace weir::inline v1::odbc
