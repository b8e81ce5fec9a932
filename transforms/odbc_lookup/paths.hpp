// JSON pointers with `*`: where the keys of a record are, and where the rows go.
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace weir::transforms::odbc_lookup {

/// One place to fill: the object that gets the row, and the key's value (nullptr: there is none).
struct Slot {
  weir::Value* parent{nullptr};
  weir::Value* key{nullptr};
};

/// key "/items/*/sku" with target "/items/*/product": both walk the same items. target "merge": the row's columns go
/// beside the key.
class Paths {
 public:
  /// bad_config: no pointers, or the target does not bind the same `*` as the key.
  static weir::Result<Paths> parse(std::string_view key, std::string_view target);

  bool merge() const noexcept { return merge_; }
  /// Name of the member that gets the row; empty with merge.
  const std::string& member() const noexcept { return member_; }

  /// Appends the slots of one value; lazy values on the way are expanded. bad_record: a lazy value that is no JSON.
  /// Where the way ends early (no such member, an empty array) there is no slot.
  weir::Result<void> find(weir::Value& root, weir::Arena arena, std::vector<Slot>& out) const;

 private:
  weir::Result<void> walk(weir::Value& at, std::size_t depth, weir::Arena arena, std::vector<Slot>& out) const;
  static weir::Result<weir::Value*> descend(weir::Value& from, const std::vector<std::string>& way, weir::Arena arena);

  std::vector<std::string> common_;       // up to the last "*"
  std::vector<std::string> to_key_;       // from there
  std::vector<std::string> to_parent_;    // from there to the object that gets the row
  std::string member_;
  bool merge_{false};
};

}  // namespace weir::transforms::odbc_lookup
