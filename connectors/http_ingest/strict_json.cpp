#include "strict_json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weir::connectors::http_ingest {
namespace {

namespace json = boost::json;

/// Builds the value as boost::json::parser does, and looks for what that one lets pass.
class Handler {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  Handler() = default;

  const char* refused() const { return refused_; }
  json::value_stack& stack() { return stack_; }
  /// Only then a string may hold a NUL.
  void look_for_nul() { look_for_nul_ = true; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code& ec) {
    const auto first = names_.end() - static_cast<std::ptrdiff_t>(n);
    if (n > 1) {
      std::sort(first, names_.end());
      if (std::adjacent_find(first, names_.end()) != names_.end()) {
        return refuse("the same name stands twice in the object that ends here", ec);
      }
    }
    names_.erase(first, names_.end());
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code& ec) {
    partial_.append(part);
    stack_.push_chars(part);
    return no_nul(part, ec);
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    if (partial_.empty()) {
      names_.push_back(hash_of(part));
    } else {
      partial_.append(part);
      names_.push_back(hash_of(partial_));
      partial_.clear();
    }
    stack_.push_key(part);
    return no_nul(part, ec);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code& ec) {
    stack_.push_chars(part);
    return no_nul(part, ec);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    stack_.push_string(part);
    return no_nul(part, ec);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, json::error_code&) {
    stack_.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, json::error_code&) {
    stack_.push_uint64(u);
    return true;
  }
  bool on_double(double d, json::string_view, json::error_code& ec) {
    if (!std::isfinite(d)) {
      return refuse("a number is beyond the range of a double", ec);
    }
    stack_.push_double(d);
    return true;
  }
  bool on_bool(bool b, json::error_code&) {
    stack_.push_bool(b);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  static std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }
  bool refuse(const char* why, json::error_code& ec) {
    refused_ = why;
    ec = json::error::syntax;
    return false;
  }
  bool no_nul(json::string_view part, json::error_code& ec) {
    if (look_for_nul_ && part.find('\0') != json::string_view::npos) {
      return refuse("a text contains \\u0000", ec);
    }
    return true;
  }

  json::value_stack stack_;
  std::vector<std::size_t> names_;  // hashes of the names of the objects that are open
  std::string partial_;
  bool look_for_nul_{false};
  const char* refused_{nullptr};
};

}  // namespace

Result<json::value> parse_strict(std::string_view text, std::size_t max_depth,
                                 json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<Handler> parser(options);
  Handler& handler = parser.handler();
  handler.stack().reset(std::move(storage));
  if (text.find("\\u0000") != std::string_view::npos) {
    handler.look_for_nul();
  }
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) {
    ec = json::error::extra_data;
  }
  if (ec) {
    const std::string why =
        handler.refused() != nullptr           ? handler.refused()
        : ec == json::error::too_deep          ? "nested deeper than " + std::to_string(max_depth)
        : ec == json::error::incomplete        ? "it ends before the value does"
        : ec == json::error::extra_data        ? "something follows the value"
        : ec == json::error::exponent_overflow ? "a number is beyond the range of a double"
                                               : ec.message();
    return bad_record("not acceptable JSON at byte " + std::to_string(used) + ": " + why);
  }
  return handler.stack().release();
}

}  // namespace weir::connectors::http_ingest
