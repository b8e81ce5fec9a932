// Maps sales without a worker: each line of standard input is {"sale":{...},"products":{"<sku>":{row}}}; each line of the
// output is {"onepass":...,"slyp":...,"warehouse":...}, or {"error":"..."}. Rows are joined as odbc_lookup does.
#include <weir/json.hpp>

#include <iostream>
#include <string>

#include "transforms/receipt/models.hpp"

namespace {

using weir::Value;
using namespace weir::transforms::receipt;

weir::Result<std::string> map_line(const std::string& line) {
  weir::OwnedArena memory;
  weir::Arena arena = memory.view();
  auto input = weir::json::read(line, arena);
  if (!input) {
    return input.error();
  }
  auto neutral = to_neutral(*input->find("sale"), arena);
  if (!neutral) {
    return neutral.error();
  }
  const Value* rows = input->find("products");
  for (Value& item : neutral->find("items")->items()) {
    if (const Value* row = rows->find(item.find("sku")->text())) {
      *item.find("product") = *row;
    }
  }
  const Merchant merchant{"Example Variety Stores", "12345678901", "EXVAR"};
  auto onepass = to_onepass(*neutral, merchant, arena);
  auto slyp = to_slyp(*neutral, merchant, arena);
  auto warehouse = to_warehouse(*neutral, arena);
  for (const auto* made : {&onepass, &slyp, &warehouse}) {
    if (!*made) {
      return made->error();
    }
  }
  std::string out;
  weir::json::write(weir::ObjectBuilder(arena, 3).add("onepass", *onepass).add("slyp", *slyp).add("warehouse", *warehouse).map(), out);
  return out;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto out = map_line(line);
    std::cout << (out ? *out : "{\"error\":\"" + out.error().message + "\"}") << '\n';
  }
  return 0;
}
