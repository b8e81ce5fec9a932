// Reads any bytes as JSON, eagerly and lazily: both must agree, and what was read must be written and read again as the same text.
#include <weir/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  weir::OwnedArena memory;
  const auto eager = weir::json::read(text, memory.view());
  weir::json::ReadOptions options;
  options.lazy = true;
  auto lazy = weir::json::read(text, memory.view(), options);
  if (eager.has_value() != lazy.has_value()) {
    std::abort();
  }
  if (!eager) {
    return 0;
  }
  std::string once;
  weir::json::write(*eager, once);
  if (!weir::json::expand_all(*lazy, memory.view())) {
    std::abort();
  }
  std::string expanded;
  weir::json::write(*lazy, expanded);
  if (once != expanded) {
    std::abort();
  }
  // Stable from the second reading on: as in Java, an underflow writes -0.0, which is read as 0.
  std::string last = once;
  std::string next;
  for (int round = 0; round < 2; ++round) {
    const auto again = weir::json::read(last, memory.view());
    if (!again) {
      std::abort();
    }
    next.clear();
    weir::json::write(*again, next);
    if (round == 1 && next != last) {
      std::abort();
    }
    last = next;
  }
  return 0;
}
