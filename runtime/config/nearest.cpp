#include "runtime/config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::runtime::config {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(3, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t j = 0; j <= b.size(); ++j) {
    d[0][j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = d[i % 3];
    const auto& above = d[(i + 2) % 3];
    const auto& two_above = d[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
  }
  return d[a.size() % 3][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > 200) {
    return std::nullopt;
  }
  // Among names of one or two letters everything is near.
  const std::size_t limit =
      name.size() < 5 ? name.size() / 2 : std::max<std::size_t>(2, name.size() / 4);
  std::size_t best = limit + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : known) {
    const std::size_t apart = candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (apart >= best) {
      continue;
    }
    if (const std::size_t d = distance(name, candidate); d < best) {
      best = d;
      found = &candidate;
    }
  }
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::string unknown_key_text(std::string_view name, const std::vector<std::string>& known) {
  if (const auto near = nearest(name, known)) {
    return fmt::format("Unknown key \"{}\" is ignored; did you mean \"{}\"?", name, *near);
  }
  return fmt::format("Unknown key \"{}\" is ignored.", name);
}

}  // namespace weir::runtime::config
