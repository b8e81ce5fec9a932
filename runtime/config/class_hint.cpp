#include "runtime/config/class_hint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "runtime/config/nearest.hpp"

namespace weir::runtime::config {
namespace {

struct Replacement {
  std::string_view java;
  const char* ours;
};

// Classes whose configs do not work as they stand here, unlike those that are aliases.
constexpr Replacement kReplacements[] = {{"HttpSinkConnector", "http"},
                                         {"JdbcSinkConnector", "odbc_sink"},
                                         {"JdbcSourceConnector", "odbc_source"},
                                         {"DatagenConnector", "datagen"}};

std::string without_package(const std::string& name) { return name.substr(name.rfind('.') + 1); }

bool is_connector(plugin::Kind kind) {
  return kind == plugin::Kind::source || kind == plugin::Kind::sink;
}

}  // namespace

std::optional<std::string> class_hint(const plugin::Registry& registry, plugin::Kind kind,
                                      std::string_view key, std::string_view name) {
  std::optional<std::string> near;
  std::vector<std::string> names;
  for (const plugin::Component* c : registry.list()) {
    if (c->kind() != kind && !(is_connector(c->kind()) && is_connector(kind))) {
      continue;
    }
    names.push_back(c->name());
    names.push_back(c->class_name());
    names.push_back(without_package(c->class_name()));
    names.insert(names.end(), c->aliases().begin(), c->aliases().end());
    if (!is_connector(kind) &&
        without_package(c->class_name()) == without_package(std::string(name)) + "$Value") {
      near = without_package(c->class_name());
    }
  }
  if (is_connector(kind)) {
    const auto known = std::find_if(
        std::begin(kReplacements), std::end(kReplacements),
        [&](const Replacement& r) { return r.java == without_package(std::string(name)); });
    if (known != std::end(kReplacements) && registry.find_connector(known->ours) != nullptr) {
      near = known->ours;
    }
  }
  if (!near) {
    near = nearest(name, names);
  }
  return near ? std::optional(
                    fmt::format("{}{}did you mean \"{}\"?", key, key.empty() ? "" : ": ", *near))
              : std::nullopt;
}

std::string short_name(const plugin::Registry& registry, const plugin::Component& component) {
  for (const std::string& name : {component.name(), without_package(component.class_name())}) {
    if (name.find('.') == std::string::npos &&
        registry.find(component.kind(), name) == &component) {
      return name;
    }
  }
  return component.class_name();
}

}  // namespace weir::runtime::config
