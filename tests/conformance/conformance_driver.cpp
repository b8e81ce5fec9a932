// Cases in (standard input, {"config","records"} a line), what `weir transform` makes of them out:
// {"got":[...]} or {"refused":"messages"} a line. For compare.py and golden.py.
#include <iostream>
#include <weir/json.hpp>

#include "case_runner.hpp"

namespace {

std::string text(const weir::Value& v) {
  std::string out;
  weir::json::write(v, out);
  return out;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    weir::OwnedArena memory;
    const auto item = weir::json::read(line, memory.view());
    if (!item || !item->is_object() || item->find("config") == nullptr ||
        item->find("records") == nullptr) {
      std::cerr << "not a case: " << line << '\n';
      return 1;
    }
    std::vector<std::string> records;
    for (const weir::Value& record : item->find("records")->items()) {
      records.push_back(text(record));
    }
    const auto result = weir::conformance::run_case(text(*item->find("config")), records);
    std::string out;
    if (result.refused) {
      out = "{\"refused\":" + text(weir::Value::string(result.messages)) + "}";
    } else {
      for (const std::string& got : result.lines) {
        out.append(out.empty() ? "{\"got\":[" : ",").append(got);
      }
      out.append(out.empty() ? "{\"got\":[]}" : "]}");
    }
    std::cout << out << '\n' << std::flush;
  }
  return 0;
}
