#include "outcome.hpp"

#include <algorithm>
#include <weir/json.hpp>

namespace weir::conformance {
namespace {

void sort_members(Value& v) {
  if (v.is_array()) {
    for (Value& item : v.items()) {
      sort_members(item);
    }
  } else if (v.is_object()) {
    std::sort(v.members().begin(), v.members().end(),
              [](const Member& a, const Member& b) { return a.name().text() < b.name().text(); });
    for (Member& m : v.members()) {
      sort_members(m.item());
    }
  }
}

std::string normal(const Value* text) {
  if (text == nullptr || text->is_null()) {
    return "absent";
  }
  if (!text->is_string()) {
    std::string raw;
    json::write(*text, raw);
    return raw;
  }
  OwnedArena memory;
  auto value = json::read(text->text(), memory.view(), {.reject_trailing = true});
  if (!value || text->text().empty()) {
    return "text " + std::string(text->text());
  }
  sort_members(*value);
  std::string out = "json ";
  json::write(*value, out);
  return out;
}

}  // namespace

std::string summary(const Value& line) {
  if (const Value* error = line.find("error")) {
    return "error " + std::string(error->text());
  }
  if (line.find("dropped") != nullptr) {
    return "dropped";
  }
  std::string out = "topic " + std::string(line.find("topic")->text());
  for (const char* name : {"partition", "timestamp"}) {
    const Value* v = line.find(name);
    out.append(" ").append(name).append(" ").append(v == nullptr ? "none" : std::to_string(v->as_integer()));
  }
  for (const char* name : {"key", "key_base64", "value", "value_base64"}) {
    if (const Value* v = line.find(name)) {
      out.append("\n ").append(name).append(" ").append(normal(v));
    }
  }
  for (const Value& header : line.find("headers")->items()) {
    out.append("\n header ").append(header.items()[0].text()).append(" ").append(normal(&header.items()[1]));
  }
  return out;
}

}  // namespace weir::conformance
