// A set of HTTP status codes as options write it: "200-299,408", "500-" (up to 599).
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <bitset>
#include <charconv>
#include <string>
#include <string_view>

namespace weir::connectors::http {

class StatusCodes {
 public:
  /// Errc::bad_config names the part that cannot be read.
  static Result<StatusCodes> parse(std::string_view text) {
    StatusCodes out;
    for (const std::string& part : detail::split_list(text)) {
      const std::string_view item = part;
      const auto dash = item.find('-');
      int low = 0;
      int high = 0;
      bool fine = number(detail::trim(item.substr(0, dash)), low);
      if (dash == std::string_view::npos) {
        high = low;
      } else if (const auto rest = detail::trim(item.substr(dash + 1)); rest.empty()) {
        high = 599;
      } else {
        fine = fine && number(rest, high);
      }
      if (!fine || low < 100 || high > 599 || low > high) {
        return bad_config("\"" + part + "\" is not a status code from 100 to 599, nor a range of them");
      }
      for (int code = low; code <= high; ++code) {
        out.codes_.set(static_cast<std::size_t>(code));
      }
    }
    return out;
  }

  bool contains(int status) const noexcept {
    return status >= 0 && status < 600 && codes_.test(static_cast<std::size_t>(status));
  }

 private:
  static bool number(std::string_view text, int& out) noexcept {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size() && !text.empty();
  }

  std::bitset<600> codes_;
};

}  // namespace weir::connectors::http
