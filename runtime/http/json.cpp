#include "runtime/http/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/parse_options.hpp>

#include "runtime/http/json_writer.hpp"

namespace weir::runtime::http {
namespace {

namespace bj = boost::json;

constexpr std::size_t kMaxDepth = 128;

class Builder {  // a handler of bj::basic_parser
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using Code = bj::error_code;
  using Text = bj::string_view;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return open(Json::Kind::object); }
  bool on_object_end(std::size_t, Code& ec) {
    std::vector<std::string_view> names;
    for (const auto& member : stack_.back().node.members) {
      names.push_back(member.first);
    }
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
      repeated_ = *twice;
      ec = bj::error::not_exact;  // any error ends the parse; repeated_ says why
      return false;
    }
    return close();
  }
  bool on_array_begin(Code&) { return open(Json::Kind::array); }
  bool on_array_end(std::size_t, Code&) { return close(); }
  bool on_key_part(Text s, std::size_t, Code&) { return part(s); }
  bool on_key(Text s, std::size_t, Code&) {
    part(s);
    stack_.back().key = std::exchange(buffer_, {});
    return true;
  }
  bool on_string_part(Text s, std::size_t, Code&) { return part(s); }
  bool on_string(Text s, std::size_t, Code&) {
    part(s);
    return scalar(Json::Kind::text);
  }
  bool on_number_part(Text s, Code&) { return part(s); }
  bool on_int64(std::int64_t, Text s, Code&) { return number(s); }
  bool on_uint64(std::uint64_t, Text s, Code&) { return number(s); }
  bool on_double(double, Text s, Code&) { return number(s); }
  bool on_bool(bool b, Code&) {
    buffer_ = b ? "true" : "false";
    return scalar(Json::Kind::boolean);
  }
  bool on_null(Code&) { return scalar(Json::Kind::null); }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  Json take() { return std::move(root_); }
  const std::string& repeated() const { return repeated_; }

 private:
  struct Level {
    Json node;
    std::string key;
  };
  bool part(Text s) {
    buffer_.append(s.data(), s.size());
    return true;
  }
  bool number(Text s) {
    part(s);
    return scalar(Json::Kind::number);
  }
  bool open(Json::Kind kind) {
    stack_.emplace_back();
    stack_.back().node.kind = kind;
    return true;
  }
  bool close() {
    Json done = std::move(stack_.back().node);
    stack_.pop_back();
    return add(std::move(done));
  }
  bool scalar(Json::Kind kind) {
    Json node;
    node.kind = kind;
    node.text = std::exchange(buffer_, {});
    return add(std::move(node));
  }
  bool add(Json node) {
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (stack_.back().node.is_object()) {
      stack_.back().node.members.emplace_back(std::move(stack_.back().key), std::move(node));
    } else {
      stack_.back().node.items.push_back(std::move(node));
    }
    return true;
  }

  Json root_;
  std::vector<Level> stack_;
  std::string buffer_;
  std::string repeated_;
};

void write(JsonWriter& out, const Json& value) {
  switch (value.kind) {
    case Json::Kind::null: out.null(); break;
    case Json::Kind::text: out.text(value.text); break;
    case Json::Kind::boolean:
    case Json::Kind::number: out.raw(value.text); break;
    case Json::Kind::array:
      out.begin_array();
      for (const Json& item : value.items) {
        write(out, item);
      }
      out.end_array();
      break;
    case Json::Kind::object:
      out.begin_object();
      for (const auto& [name, member] : value.members) {
        out.key(name);
        write(out, member);
      }
      out.end_object();
      break;
  }
}

}  // namespace

const Json* Json::find(std::string_view name) const noexcept {
  for (const auto& member : members) {
    if (member.first == name) {
      return &member.second;
    }
  }
  return nullptr;
}

std::string_view Json::text_of(std::string_view name) const noexcept {
  const Json* member = find(name);
  return member != nullptr && member->is_scalar() ? std::string_view(member->text)
                                                  : std::string_view();
}

std::string Json::dump() const {
  JsonWriter out;
  write(out, *this);
  return out.take();
}

Result<Json> parse_json(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::basic_parser<Builder> parser(options);
  bj::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && !parser.done()) {
    ec = bj::error::incomplete;
  }
  if (!parser.handler().repeated().empty()) {
    return bad_config("member \"" + parser.handler().repeated() + "\" is there twice");
  }
  if (!ec && used < text.size()) {
    ec = bj::error::extra_data;
  }
  if (ec) {
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(used), '\n') + 1;
    return bad_config(ec.message() + " at byte " + std::to_string(used) +
                      (line > 1 ? ", in line " + std::to_string(line) : ""));
  }
  return parser.handler().take();
}

}  // namespace weir::runtime::http
