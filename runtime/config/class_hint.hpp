// "Did you mean ...?" for the class of a connector, transform, predicate or converter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/plugin/registry.hpp"

namespace weir::runtime::config {

/// `KEY: did you mean "CLASS"?` when no component of that kind is called `name` and one has a
/// similar name, or replaces a well-known Java class of that name. For Kind::source and Kind::sink
/// both are looked at.
std::optional<std::string> class_hint(const plugin::Registry& registry, plugin::Kind kind,
                                      std::string_view key, std::string_view name);

/// What may be written for a component where a config wants its class: the name without the Java
/// package, if it is taken, else the class itself.
std::string short_name(const plugin::Registry& registry, const plugin::Component& component);

}  // namespace weir::runtime::config
