#include "runtime/cli/field_hints.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <weir/config_def.hpp>
#include <weir/connect_text.hpp>
#include <weir/json.hpp>

#include "runtime/config/nearest.hpp"

namespace weir::runtime::cli {
namespace {

/// An option that names fields; `pair`: only what stands before the colon does.
struct FieldOption {
  std::string_view transform;
  std::string_view key;
  bool pair;
};

constexpr FieldOption kOptions[] = {
    {"Cast", "spec", true},
    {"ExtractField", "field", false},
    {"HeaderFrom", "fields", false},
    {"MaskField", "fields", false},
    {"ReplaceField", "include", false},
    {"ReplaceField", "exclude", false},
    {"ReplaceField", "whitelist", false},
    {"ReplaceField", "blacklist", false},
    {"ReplaceField", "renames", true},
    {"TimestampConverter", "field", false},
    {"ValueToKey", "fields", false},
};

/// "Cast" of org.apache.kafka.connect.transforms.Cast$Value.
std::string_view simple_name(std::string_view class_name) {
  class_name = class_name.substr(0, class_name.find('$'));
  return class_name.substr(class_name.rfind('.') + 1);
}

std::vector<std::string> member_names(Value value, Arena arena) {
  std::vector<std::string> out;
  if (!json::open(value, arena) || (!value.is(Kind::map) && !value.is(Kind::structure))) {
    return out;
  }
  for (const Member& m : value.members()) {
    std::string name;
    connect::append_java_string(name, m.name());
    out.push_back(std::move(name));
  }
  return out;
}

}  // namespace

std::vector<std::string> field_hints(const config::ChainStep& step, Record record) {
  std::vector<std::string> out;
  const std::string& name = step.transform->class_name();
  const bool of_key = name.size() > 4 && name.substr(name.size() - 4) == "$Key";
  const auto names = member_names(of_key ? record.key() : record.value(), record.arena());
  if (names.empty()) {
    return out;
  }
  for (const FieldOption& option : kOptions) {
    const auto set = step.config.find(option.key);
    if (option.transform != simple_name(name) || set == step.config.end()) {
      continue;
    }
    for (const std::string& item : weir::detail::split_list(set->second)) {
      const auto colon = item.rfind(':');
      if (item.empty() || (option.pair && colon == std::string::npos)) {
        continue;  // the whole value
      }
      const std::string field = option.pair ? item.substr(0, colon) : item;
      const bool nested = field.find_first_of(".`") !=
                          std::string::npos;  // a path, or a name that only looks like one
      if (nested || std::find(names.begin(), names.end(), field) != names.end()) {
        continue;
      }
      const auto near = config::nearest(field, names);
      out.push_back("transforms." + step.alias + "." + std::string(option.key) +
                    " names the field \"" + field + "\", which the " + (of_key ? "key" : "value") +
                    " does not have" + (near ? "; did you mean \"" + *near + "\"?" : ""));
    }
  }
  return out;
}

}  // namespace weir::runtime::cli
