// The query behind the lookup: keys in, rows as JSON text out.
#pragma once

#include "cache.hpp"
#include "config.hpp"

#include <weir/arena.hpp>
#include <weir/odbc/connection.hpp>
#include <weir/odbc/statement.hpp>
#include <weir/odbc/value_cells.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::transforms::odbc_lookup {

/// lookup.key.normalize; borrows from text or from arena.
std::string_view normalized(std::string_view text, Normalize how, weir::Arena arena);

/// The statement for `count` keys.
std::string lookup_sql(const Config& config, std::size_t count);

/// One connection. One thread.
class Lookup {
 public:
  explicit Lookup(const Config& config);

  /// After each statement: its number of keys and how long it took.
  using Watch = std::function<void(std::size_t keys, std::chrono::duration<double> took)>;

  /// The rows of these distinct keys, in chunks of lookup.batch.keys; connects when needed, and once more when the
  /// connection turns out to be gone.
  weir::odbc::Outcome<std::vector<RowText>> fetch(const std::vector<std::string_view>& keys, const Watch& watch);

 private:
  weir::odbc::Outcome<void> chunk(const std::vector<std::string_view>& keys, std::size_t first, std::size_t count,
                                  std::vector<RowText>& rows, const Watch& watch);
  weir::odbc::Outcome<void> run(const std::vector<std::string_view>& keys, std::size_t first, std::size_t count,
                                std::vector<RowText>& rows, const Watch& watch);
  weir::odbc::Outcome<void> prepare();

  struct Target {
    std::string name;
    weir::odbc::ReadAs as{weir::odbc::ReadAs::text};
    bool in_row{true};
  };

  Config config_;
  weir::odbc::Connection connection_;
  std::optional<weir::odbc::Statement> statement_;
  std::uint64_t generation_{0};
  std::vector<Target> columns_;
  std::size_t key_at_{0};
  bool key_padded_{false};  ///< CHAR(n): blanks at its end do not count
  weir::OwnedArena arena_;
};

}  // namespace weir::transforms::odbc_lookup
