// What every command of the command line shares: where it reads, writes and asks, and how it shows
// things.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cli/rest_client.hpp"
#include "runtime/http/json.hpp"

namespace weir::runtime::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool interactive{false};  ///< somebody can be asked
  bool json{false};         ///< -o json: what the REST API answers, as it is
  bool yes{false};          ///< --yes
  bool strict{false};       ///< --strict: warnings are errors

  /// "error: text" on stderr; returns kFailed.
  int fail(std::string_view text) const;
  void warn(std::string_view text) const;
  /// True when the user agrees. Without --yes and without a terminal: false, with a sentence.
  bool confirm(const std::string& question) const;
  /// Columns as wide as their widest cell; the first row is the heading.
  void table(const std::vector<std::vector<std::string>>& rows) const;
  void line(std::string_view text) const;
};

/// Asks the server; prints warnings and errors. nullopt: it failed, the message has been printed.
std::optional<RestAnswer> ask(const Console& console, RestClient& client, const std::string& method,
                              const std::string& path, const std::string& body = {});
/// The same, for an answer that is JSON.
std::optional<http::Json> ask_json(const Console& console, RestClient& client,
                                   const std::string& method, const std::string& path,
                                   const std::string& body = {});

}  // namespace weir::runtime::cli
