#include "runtime/plugin/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace weir::runtime::plugin {
namespace {

// "org.apache.kafka.connect.transforms.Cast$Value" has no useful simple name: Java's would be "Value".
std::vector<std::string> derived_names(const Component& component) {
  std::vector<std::string> out;
  std::vector<std::string> all = component.aliases();
  all.push_back(component.name());
  for (const std::string& name : all) {
    const auto dot = name.rfind('.');
    std::string simple = dot == std::string::npos ? name : name.substr(dot + 1);
    if (simple.empty() || simple.find('$') != std::string::npos) {
      continue;
    }
    static constexpr std::array<std::string_view, 6> kSuffix = {"Connector", "Connector",       "Transformation",
                                                                "Predicate", "Converter", "HeaderConverter"};
    const std::string_view suffix = kSuffix[static_cast<std::size_t>(component.kind())];
    const auto at = simple.rfind(suffix);
    if (at != std::string::npos && at > 0) {
      out.push_back(simple.substr(0, at));
    }
    out.push_back(std::move(simple));
  }
  return out;
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto number = [&](std::string_view s, std::size_t& k) {
        while (k < s.size() && s[k] == '0') {
          ++k;
        }
        const std::size_t start = k;
        while (k < s.size() && is_digit(s[k])) {
          ++k;
        }
        return s.substr(start, k - start);
      };
      const auto x = number(a, i);
      const auto y = number(b, j);
      if (x.size() != y.size()) {
        return x.size() < y.size() ? -1 : 1;
      }
      if (const int c = x.compare(y); c != 0) {
        return c;
      }
    } else if (a[i] != b[j]) {
      return a[i] < b[j] ? -1 : 1;
    } else {
      ++i;
      ++j;
    }
  }
  if (i < a.size()) {
    return a[i] == '-' ? -1 : 1;  // 1.0-rc1 comes before 1.0
  }
  return j < b.size() ? (b[j] == '-' ? 1 : -1) : 0;
}

std::size_t Registry::group_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::source:
    case Kind::sink: return 0;
    case Kind::transform: return 1;
    case Kind::predicate: return 2;
    case Kind::converter: return 3;
    case Kind::header_converter: return 4;
  }
  return 0;
}

Result<void> Registry::add(const weir_plugin* plugin, std::string_view origin) {
  const auto broken = [&](std::string_view why) {
    return bad_config(fmt::format("{} is broken: {}; rebuild it against the Weir SDK {}.x", origin, why, WEIR_ABI_MAJOR));
  };
  if (plugin == nullptr) {
    return bad_config(fmt::format(
        "{} refused to be loaded: its entry returned nothing, and said why on stderr", origin));
  }
  weir_plugin table{};
  std::uint32_t size = 0;
  std::memcpy(&size, plugin, sizeof size);
  if (size < sizeof(std::uint32_t) * 3 || size > 64 * 1024) {
    return broken(fmt::format("its plugin table has struct_size {}, at least {} was expected", size, sizeof table));
  }
  std::memcpy(&table, plugin, std::min<std::size_t>(size, sizeof table));
  if (table.abi_major != WEIR_ABI_MAJOR) {
    return bad_config(fmt::format(
        "{} speaks version {} of the plugin contract and this worker version {}: rebuild it against the Weir SDK {}.x",
        origin, table.abi_major, WEIR_ABI_MAJOR, WEIR_ABI_MAJOR));
  }
  if (table.abi_minor > WEIR_ABI_MINOR) {
    return bad_config(fmt::format("{} needs version {}.{} of the plugin contract and this worker has {}.{}: use a newer "
                                  "worker, or rebuild it against the Weir SDK {}.{}",
                                  origin, table.abi_major, table.abi_minor, WEIR_ABI_MAJOR, WEIR_ABI_MINOR,
                                  WEIR_ABI_MAJOR, WEIR_ABI_MINOR));
  }
  if (size < offsetof(weir_plugin, component_stride) + sizeof table.component_stride) {
    return broken(fmt::format("its plugin table has struct_size {}, at least {} was expected", size, sizeof table));
  }
  if (table.component_count == 0 || table.component_count > 10'000 || table.components == nullptr) {
    return broken("it has no components");
  }
  constexpr std::size_t kStride = offsetof(weir_component, ops) + sizeof(void*);
  if (table.component_stride < kStride || table.component_stride > 64 * 1024 ||
      table.component_stride % alignof(weir_component) != 0) {
    return broken(
        fmt::format("its components have stride {}, at least {} was expected", table.component_stride, kStride));
  }
  if (table.name.size > 512 || table.version.size > 512) {
    return broken("its texts are not well formed");
  }
  const std::string version(static_cast<const char*>(table.version.data), table.version.data == nullptr ? 0 : table.version.size);
  std::vector<std::unique_ptr<Component>> fresh;
  const auto* at = reinterpret_cast<const std::byte*>(table.components);
  for (std::size_t i = 0; i < table.component_count; ++i, at += table.component_stride) {
    auto component = Component::from_table(reinterpret_cast<const weir_component*>(at), version, origin);
    if (!component) {
      return broken(component.error().message);
    }
    fresh.push_back(std::make_unique<Component>(std::move(*component)));
  }
  for (auto& component : fresh) {
    const auto same = std::find_if(components_.begin(), components_.end(), [&](const auto& other) {
      return group_of(other->kind()) == group_of(component->kind()) && other->name() == component->name();
    });
    if (same == components_.end()) {
      components_.push_back(std::move(component));
      continue;
    }
    if ((*same)->origin() == kBuiltIn && origin != kBuiltIn) {
      failures_.push_back(
          {std::string(origin),
           fmt::format(
               "{} has {} {}, which the worker has built in: it is not used, give it another name",
               origin, to_string(component->kind()), component->name())});
      continue;
    }
    const bool newer = compare_versions(component->version(), (*same)->version()) > 0;
    const Component& kept = newer ? *component : **same;
    const Component& left = newer ? **same : *component;
    failures_.push_back(
        {left.origin(),
         left.origin() == kept.origin()
             ? fmt::format("{} has more than one {} {}; version {} is used", left.origin(),
                           to_string(left.kind()), left.name(), kept.version())
             : fmt::format("{} has {} {} too, and version {} of {} is used", left.origin(),
                           to_string(left.kind()), left.name(), kept.version(), kept.origin())});
    if (newer) {
      *same = std::move(component);
    }
  }
  index();
  return {};
}

void Registry::index() {
  for (Names& names : names_) {
    names = {};
  }
  for (const auto& component : components_) {
    Names& names = names_[group_of(component->kind())];
    names.exact.insert_or_assign(component->name(), component.get());  // own names before everything else
  }
  for (const auto& component : components_) {
    Names& names = names_[group_of(component->kind())];
    for (const std::string& alias : component->aliases()) {
      names.exact.try_emplace(alias, component.get());
    }
    for (std::string& name : derived_names(*component)) {
      const auto [it, inserted] = names.derived.try_emplace(std::move(name), component.get());
      if (!inserted && it->second != component.get()) {
        it->second = nullptr;
      }
    }
  }
}

const Component* Registry::find(Kind kind, std::string_view name) const {
  const Names& names = names_[group_of(kind)];
  const Component* found = nullptr;
  if (const auto it = names.exact.find(name); it != names.exact.end()) {
    found = it->second;
  } else if (const auto derived = names.derived.find(name); derived != names.derived.end()) {
    found = derived->second;
  }
  return found != nullptr && found->kind() == kind ? found : nullptr;
}

const Component* Registry::find_connector(std::string_view name) const {
  const Component* source = find(Kind::source, name);
  return source != nullptr ? source : find(Kind::sink, name);
}

std::vector<const Component*> Registry::list(Kind kind) const {
  std::vector<const Component*> out;
  for (const auto& component : components_) {
    if (component->kind() == kind) {
      out.push_back(component.get());
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Component* a, const Component* b) { return a->class_name() < b->class_name(); });
  return out;
}

std::vector<const Component*> Registry::list() const {
  std::vector<const Component*> out;
  for (const Kind kind : {Kind::sink, Kind::source, Kind::transform, Kind::predicate, Kind::converter,
                          Kind::header_converter}) {
    for (const Component* component : list(kind)) {
      out.push_back(component);
    }
  }
  return out;
}

std::string Registry::unknown_connector_text(std::string_view name) const {
  std::string names;
  for (const Kind kind : {Kind::sink, Kind::source}) {
    for (const Component* component : list(kind)) {
      names.append(names.empty() ? "" : ", ").append(component->class_name());
    }
  }
  return fmt::format(
      "Failed to find any class that implements Connector and which name matches {}, available connectors are: {}", name,
      names);
}

}  // namespace weir::runtime::plugin
