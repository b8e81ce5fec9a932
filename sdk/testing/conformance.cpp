// weir-conformance PLUGIN.so: loads a plugin as a worker does and checks what holds for every component of every plugin. Prints what is
// wrong, one line each; exit status 0 when nothing is.
#include <dlfcn.h>
#include <weir/abi.h>
#include <weir/testing/fake_host.hpp>
#include <weir/value.hpp>

#include <cctype>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using weir::bytes_of;
using weir::text_of;

class Checker {
 public:
  void check(bool ok, const std::string& what) {
    if (!ok) {
      std::printf("%s: %s\n", where_.c_str(), what.c_str());
      ++wrong_;
    }
  }
  void at(std::string where) { where_ = std::move(where); }
  int wrong() const { return wrong_; }

 private:
  std::string where_;
  int wrong_{0};
};

std::string str(weir_bytes b) { return std::string(text_of(b)); }

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// lower_snake for our own names, Java's simple class name ("Cast$Value", "JsonConverter") for what replaces a Java class.
bool well_named(std::string_view name) {
  const auto all = [&](auto&& allowed) {
    for (const char c : name) {
      if (!allowed(c)) {
        return false;
      }
    }
    return !name.empty();
  };
  const bool snake = all([](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  const bool java = all([](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '$'; }) &&
                    std::isupper(static_cast<unsigned char>(name.front())) != 0;
  return snake || java;
}

/// Spelled as a peer spells it, so that its configs work unchanged.
constexpr std::string_view kPeersKeys[] = {"snowflake.streaming.metadata.connectorPushTime", "timestamp.initial"};

bool well_spelled_key(std::string_view name) {
  for (const std::string_view known : kPeersKeys) {
    if (name == known) {
      return true;
    }
  }
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) {
      return false;
    }
  }
  return !name.empty() && name.front() != '.';
}

bool is_secret(std::string_view name) {
  for (const std::string_view word : {"password", "passphrase", "secret"}) {
    if (contains(name, word)) {
      return !ends_with(name, ".file");
    }
  }
  return ends_with(name, "api.key.value") || ends_with(name, ".bearer.token") || ends_with(name, ".private.key");
}

struct Problems {
  std::vector<std::pair<std::string, std::string>> list;
  weir_config_errors table{this, [](void* ctx, weir_bytes key, weir_bytes message) {
                             static_cast<Problems*>(ctx)->list.emplace_back(str(key), str(message));
                           }};
  bool about(const std::string& key) const {
    for (const auto& [k, text] : list) {
      if (k == key) {
        return true;
      }
    }
    return false;
  }
};

struct Failures {
  std::vector<std::pair<std::uint32_t, std::string>> list;
  weir_error_sink table{this, [](void* ctx, std::int64_t, std::uint32_t code, weir_bytes message) {
                          static_cast<Failures*>(ctx)->list.emplace_back(code, str(message));
                        }};
};

const weir_config_key& key_at(const weir_component& c, std::size_t i) {
  return *reinterpret_cast<const weir_config_key*>(reinterpret_cast<const char*>(c.keys) + i * c.key_stride);
}

/// Every ops table starts with struct_size, flags, create, destroy.
struct CommonOps {
  std::uint32_t struct_size;
  std::uint32_t flags;
  void* (*create)(const weir_pair*, std::size_t, const weir_task*, const weir_error_sink*);
  void (*destroy)(void*);
};

void check_keys(Checker& c, const weir_component& component, std::vector<std::string>& required) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < component.key_count; ++i) {
    const weir_config_key& k = key_at(component, i);
    const std::string name = str(k.name);
    const bool alias = (k.flags & WEIR_KEY_ALIAS) != 0;
    const bool prefix = (k.flags & WEIR_KEY_PREFIX) != 0;
    c.check(seen.insert(name).second, "option " + name + " is declared twice");
    c.check(well_spelled_key(name), "option " + name + ": dotted lower case");
    c.check(prefix == ends_with(name, "."), "option " + name + ": prefixes, and only they, end with a dot");
    if (alias) {
      continue;
    }
    c.check(k.documentation.size >= 10, "option " + name + " has no documentation");
    c.check(k.type <= WEIR_CONFIG_PASSWORD && k.importance <= WEIR_IMPORTANCE_LOW, "option " + name + ": type or importance out of range");
    c.check(!is_secret(name) || k.type == WEIR_CONFIG_PASSWORD, "option " + name + " is a secret: declare it as weir::Secret");
    if (contains(text_of(k.documentation), " ms") && k.type == WEIR_CONFIG_LONG) {
      c.check(ends_with(name, ".ms") || name == "timestamp.initial", "option " + name + ": its unit belongs at the end of its name");
    }
    if (k.default_value.data == nullptr && k.optional == 0 && !prefix) {
      required.push_back(name);
    }
  }
}

void check_validation(Checker& c, const weir_component& component, const std::vector<std::string>& required) {
  Problems empty;
  component.validate(nullptr, 0, &empty.table);
  for (const std::string& key : required) {
    c.check(empty.about(key), "a config without " + key + " must be refused with an error on that key");
  }
  for (const auto& [key, text] : empty.list) {
    c.check(!text.empty(), "an error without a text on " + key);
  }
  const weir_pair unknown{bytes_of("no.such.option.of.anybody"), bytes_of("x")};
  Problems other;
  component.validate(&unknown, 1, &other.table);
  c.check(other.list.size() == empty.list.size(), "an unknown option must not be an error of the component");
}

/// What a config gets when it names nothing has to pass the same checks as what it names. An empty
/// default often means "not set", and an option that lacks another one is refused either way.
void check_defaults(Checker& c, const weir_component& component) {
  Problems empty;
  component.validate(nullptr, 0, &empty.table);
  for (std::size_t i = 0; i < component.key_count; ++i) {
    const weir_config_key& k = key_at(component, i);
    if (k.default_value.size == 0 || empty.about(str(k.name))) {
      continue;
    }
    const weir_pair one{k.name, k.default_value};
    Problems problems;
    component.validate(&one, 1, &problems.table);
    for (const auto& [key, text] : problems.list) {
      c.check(key != str(k.name), "the default of option " + key + " is refused: " + text);
    }
  }
}

void check_instances(Checker& c, const weir_component& component, bool anything_required) {
  const auto& ops = *static_cast<const CommonOps*>(component.ops);
  weir::testing::FakeTask host("conformance");
  const weir_pair converter{bytes_of("converter.type"), bytes_of("value")};
  const std::size_t extra = component.kind >= WEIR_COMPONENT_CONVERTER ? 1 : 0;
  Problems problems;
  component.validate(&converter, extra, &problems.table);
  if (anything_required || !problems.list.empty()) {
    Failures failures;
    void* self = ops.create(&converter, extra, host.c(), &failures.table);
    c.check(self == nullptr, "create must refuse a config that validate refuses");
    c.check(self != nullptr || !failures.list.empty(), "create refused without a reason");
    if (self != nullptr) {
      ops.destroy(self);
    }
    return;
  }
  for (int i = 0; i < 20; ++i) {
    Failures failures;
    void* self = ops.create(&converter, extra, host.c(), &failures.table);
    if (self == nullptr) {
      c.check(!failures.list.empty(), "create refused without a reason");
      return;
    }
    ops.destroy(self);
  }
}

void check_component(Checker& c, const weir_component& component) {
  c.at(str(component.name));
  c.check(component.struct_size >= offsetof(weir_component, ops) + sizeof(void*), "the table is too short");
  c.check(component.kind <= WEIR_COMPONENT_HEADER_CONVERTER, "unknown kind");
  c.check(well_named(text_of(component.name)), "names are lower_snake, or Java's simple class name");
  c.check(component.validate != nullptr && component.ops != nullptr, "validate and ops must be there");
  c.check(component.key_count == 0 || component.key_stride >= sizeof(std::uint32_t), "options without a stride");
  if (component.validate == nullptr || component.ops == nullptr) {
    return;
  }
  const auto& ops = *static_cast<const CommonOps*>(component.ops);
  c.check(ops.struct_size >= sizeof(CommonOps) && ops.create != nullptr && ops.destroy != nullptr, "create and destroy must be there");
  std::vector<std::string> required;
  check_keys(c, component, required);
  check_validation(c, component, required);
  check_defaults(c, component);
  check_instances(c, component, !required.empty());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: weir-conformance PLUGIN.so\n");
    return 2;
  }
  Checker c;
  c.at(argv[1]);
  void* handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::printf("%s\n", dlerror());
    return 1;
  }
  const auto entry = reinterpret_cast<weir_plugin_entry_fn>(dlsym(handle, WEIR_PLUGIN_ENTRY_NAME));
  if (entry == nullptr) {
    std::printf("%s does not export " WEIR_PLUGIN_ENTRY_NAME "\n", argv[1]);
    return 1;
  }
  const weir_host host{sizeof(weir_host), WEIR_ABI_MAJOR, WEIR_ABI_MINOR, 0, bytes_of("conformance")};
  const weir_plugin* plugin = entry(&host);
  if (plugin == nullptr) {
    std::printf("%s refused to load\n", argv[1]);
    return 1;
  }
  c.check(plugin->abi_major == WEIR_ABI_MAJOR && plugin->abi_minor <= WEIR_ABI_MINOR, "wrong ABI version");
  c.check(plugin->name.size > 0 && plugin->version.size > 0, "a plugin has a name and a version");
  c.check(plugin->component_count > 0, "a plugin without components");
  std::set<std::string> names;
  for (std::size_t i = 0; i < plugin->component_count; ++i) {
    const auto& component = *reinterpret_cast<const weir_component*>(reinterpret_cast<const char*>(plugin->components) + i * plugin->component_stride);
    c.check(names.insert(std::to_string(component.kind) + str(component.name)).second, str(component.name) + " is there twice");
    check_component(c, component);
  }
  std::printf("%s: %zu components, %d problems\n", argv[1], plugin->component_count, c.wrong());
  return c.wrong() == 0 ? 0 : 1;
}
