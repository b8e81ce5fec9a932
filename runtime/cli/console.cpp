#include "runtime/cli/console.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

namespace weir::runtime::cli {
namespace {

/// Characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

int Console::fail(std::string_view text) const {
  err << "error: " << text << '\n';
  return kFailed;
}

void Console::warn(std::string_view text) const { err << "warning: " << text << '\n'; }

void Console::line(std::string_view text) const { out << text << '\n'; }

bool Console::confirm(const std::string& question) const {
  if (yes) {
    return true;
  }
  if (!interactive) {
    fail(question + " Not without --yes when there is no terminal to ask at.");
    return false;
  }
  err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") {
    return true;
  }
  err << "nothing done\n";
  return false;
}

void Console::table(const std::vector<std::vector<std::string>>& rows) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) {
        text.append(widths[i] - width_of(row[i]) + 2, ' ');
      }
    }
    line(text.substr(0, text.find_last_not_of(' ') + 1));
  }
}

std::optional<RestAnswer> ask(const Console& console, RestClient& client, const std::string& method,
                              const std::string& path, const std::string& body) {
  auto answer = client.request(method, path, body);
  if (!answer) {
    console.fail(answer.error().message);
    return std::nullopt;
  }
  for (const std::string& warning : answer->warnings) {
    console.warn(warning);
  }
  if (!answer->ok()) {
    console.fail(answer->error_text());
    return std::nullopt;
  }
  return std::move(*answer);
}

std::optional<http::Json> ask_json(const Console& console, RestClient& client,
                                   const std::string& method, const std::string& path,
                                   const std::string& body) {
  auto answer = ask(console, client, method, path, body);
  if (!answer) {
    return std::nullopt;
  }
  auto json = http::parse_json(answer->body);
  if (!json) {
    console.fail("the answer of " + client.url() + path + " is not JSON: " + json.error().message);
    return std::nullopt;
  }
  return std::move(*json);
}

}  // namespace weir::runtime::cli
