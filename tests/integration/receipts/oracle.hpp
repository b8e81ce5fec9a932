// What must become of generated sales, and how it is compared with what became of them.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/load/poster.hpp"

namespace weir::test {

struct Expectation {
  std::vector<Sale> sales;  ///< as they are posted; keys are receipt ids
  std::map<std::string, boost::json::value> onepass;  ///< receipt id -> document; what is not sent is missing
  std::map<std::string, boost::json::value> slyp;
  std::map<std::string, boost::json::value> warehouse;
};

/// Runs tests/support/receipts/generate. Throws std::runtime_error.
Expectation generate_sales(int count, int seed);

/// Name -> body of what the ingest must refuse.
std::map<std::string, std::string> invalid_sales();

/// Where two documents differ first ("/items/3/name: expected …, got …"); nothing when they are equal. Numbers are
/// compared by value, members in any order.
std::optional<std::string> difference(const boost::json::value& expected, const boost::json::value& actual,
                                      const std::string& at = {});

}  // namespace weir::test
