#include "integration/receipts/oracle.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "support/files.hpp"
#include "support/process.hpp"

namespace weir::test {
namespace {

namespace json = boost::json;

std::vector<Sale> generate(std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"python3", WEIR_RECEIPTS "/generate", "--keyed"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Outcome outcome = run(argv);
  if (outcome.status != 0) {
    throw std::runtime_error("generate: " + outcome.err);
  }
  std::vector<Sale> lines;
  std::istringstream in(outcome.out);
  for (std::string line; std::getline(in, line);) {
    const std::size_t tab = line.find('\t');
    lines.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return lines;
}

std::map<std::string, json::value> expected(const std::vector<std::string>& which,
                                            const std::string& target) {
  std::vector<std::string> arguments = which;
  arguments.insert(arguments.end(), {"--expected", target});
  std::map<std::string, json::value> documents;
  for (const Sale& line : generate(arguments)) {
    if (line.body != "null") {
      documents.emplace(line.key, json::parse(line.body));
    }
  }
  return documents;
}

std::string shown(const json::value& value) {
  std::string text = json::serialize(value);
  return text.size() > 120 ? text.substr(0, 120) + "…" : text;
}

}  // namespace

Expectation generate_sales(int count, int seed) {
  const std::vector<std::string> which = {"--count", std::to_string(count), "--seed",
                                          std::to_string(seed)};
  Expectation result;
  result.sales = generate(which);
  result.onepass = expected(which, "onepass");
  result.slyp = expected(which, "slyp");
  result.warehouse = expected(which, "warehouse");
  if (result.sales.size() != static_cast<std::size_t>(count) ||
      result.warehouse.size() != result.sales.size() || result.onepass.empty() ||
      result.slyp.empty()) {
    throw std::runtime_error("generate made something else than " + std::to_string(count) +
                             " sales with ids of their own");
  }
  return result;
}

std::map<std::string, std::string> invalid_sales() {
  TempDir dir;
  Outcome outcome =
      run({"python3", WEIR_RECEIPTS "/generate", "--samples", dir.path().string()});
  if (outcome.status != 0) {
    throw std::runtime_error("generate: " + outcome.err);
  }
  std::map<std::string, std::string> samples;
  for (const auto& file : std::filesystem::directory_iterator(dir.path() / "invalid")) {
    samples.emplace(file.path().stem().string(), read_file(file.path()));
  }
  return samples;
}

std::optional<std::string> difference(const json::value& expected, const json::value& actual,
                                      const std::string& at) {
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [name, value] : expected.get_object()) {
      const json::value* other = actual.get_object().if_contains(name);
      const std::string path = at + "/" + std::string(name);
      if (other == nullptr) {
        return path + ": missing";
      }
      if (auto found = difference(value, *other, path)) {
        return found;
      }
    }
    for (const auto& [name, value] : actual.get_object()) {
      if (!expected.get_object().contains(name)) {
        return at + "/" + std::string(name) + ": not expected";
      }
    }
    return std::nullopt;
  }
  if (expected.is_array() && actual.is_array()) {
    const json::array& a = expected.get_array();
    const json::array& b = actual.get_array();
    if (a.size() != b.size()) {
      return at + ": expected " + std::to_string(a.size()) + " items, got " +
             std::to_string(b.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (auto found = difference(a[i], b[i], at + "/" + std::to_string(i))) {
        return found;
      }
    }
    return std::nullopt;
  }
  const bool equal =
      expected.is_number() && actual.is_number()
          ? expected.to_number<double>() == actual.to_number<double>()
          : expected == actual;
  return equal ? std::nullopt
               : std::optional(at + ": expected " + shown(expected) + ", got " + shown(actual));
}

}  // namespace weir::test
