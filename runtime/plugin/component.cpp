#include "runtime/plugin/component.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace weir::runtime::plugin {
namespace {

// A table of a plugin as the host knows it: what the plugin's struct_size does not cover stays zero.
template <class Table>
Result<Table> copy_table(const void* table, std::size_t minimum, std::string_view what) {
  if (table == nullptr) {
    return bad_config(fmt::format("{} is missing", what));
  }
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof size);
  if (size < minimum || size > 64 * 1024) {
    return bad_config(fmt::format("{} has struct_size {}, at least {} was expected", what, size, minimum));
  }
  Table copy{};
  std::memcpy(&copy, table, std::min<std::size_t>(size, sizeof copy));
  return copy;
}

#define WEIR_SIZE_UP_TO(Table, member) (offsetof(Table, member) + sizeof(Table::member))

bool sane(weir_bytes text, std::size_t limit) {
  return text.data == nullptr ? text.size == 0 : text.size <= limit;
}

std::string str(weir_bytes text) {
  return text.data == nullptr ? std::string() : std::string(static_cast<const char*>(text.data), text.size);
}

bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

constexpr std::size_t kNameLimit = 512;
constexpr std::size_t kTextLimit = 1 << 20;

Result<ConfigKey> copy_key(const std::byte* at, std::size_t stride) {
  weir_config_key raw{};
  std::memcpy(&raw, at, std::min(stride, sizeof raw));
  if (raw.name.data == nullptr || raw.name.size == 0 || !sane(raw.name, kNameLimit)) {
    return bad_config("an option has no name");
  }
  ConfigKey key;
  key.name = str(raw.name);
  if (raw.type > WEIR_CONFIG_PASSWORD || raw.importance > WEIR_IMPORTANCE_LOW || raw.width > WEIR_WIDTH_LONG ||
      raw.optional > 1 || !sane(raw.default_value, kTextLimit) || !sane(raw.documentation, kTextLimit) ||
      !sane(raw.group, kNameLimit) || !sane(raw.display_name, kNameLimit) || raw.recommended_count > 100'000 ||
      (raw.recommended_count > 0 && raw.recommended == nullptr)) {
    return bad_config(fmt::format("option \"{}\" is not well formed", key.name));
  }
  key.type = raw.type;
  key.importance = raw.importance;
  key.width = raw.width;
  key.is_prefix = (raw.flags & WEIR_KEY_PREFIX) != 0;
  key.optional = raw.optional != 0;
  key.order = static_cast<int>(raw.order);
  key.documentation = str(raw.documentation);
  key.group = str(raw.group);
  key.display_name = str(raw.display_name);
  if ((raw.flags & WEIR_KEY_ALIAS) != 0) {
    key.alias_of = str(raw.default_value);
    key.optional = true;
  } else if (raw.default_value.data != nullptr) {
    key.default_value = str(raw.default_value);
  }
  for (std::size_t i = 0; i < raw.recommended_count; ++i) {
    if (!sane(raw.recommended[i], kTextLimit)) {
      return bad_config(fmt::format("option \"{}\" is not well formed", key.name));
    }
    key.recommended.push_back(str(raw.recommended[i]));
  }
  return key;
}

template <class Ops>
Result<Ops> copy_ops(const void* ops, std::size_t minimum, std::string_view what) {
  auto copy = copy_table<Ops>(ops, minimum, what);
  if (copy && (copy->create == nullptr || copy->destroy == nullptr)) {
    return bad_config(fmt::format("{} lacks create or destroy", what));
  }
  return copy;
}

struct MapErrors {
  ConfigProblems problems;
  static void add(void* ctx, weir_bytes key, weir_bytes message) {
    static_cast<MapErrors*>(ctx)->problems.push_back({str(key), str(message)});
  }
};

struct TaskConfigs {
  std::vector<ConfigMap> list;
  static void add(void* ctx, const weir_pair* pairs, std::size_t count) {
    ConfigMap map;
    for (std::size_t i = 0; i < count; ++i) {
      map[str(pairs[i].key)] = str(pairs[i].value);
    }
    static_cast<TaskConfigs*>(ctx)->list.push_back(std::move(map));
  }
};

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::source: return "source";
    case Kind::sink: return "sink";
    case Kind::transform: return "transformation";
    case Kind::predicate: return "predicate";
    case Kind::converter: return "converter";
    case Kind::header_converter: return "header_converter";
  }
  return "unknown";
}

Pairs::Pairs(const ConfigMap& config) {
  list_.reserve(config.size());
  for (const auto& [key, value] : config) {
    list_.push_back({{key.data(), key.size()}, {value.data(), value.size()}});
  }
}

ErrorCollector::ErrorCollector() noexcept {
  sink_.ctx = this;
  sink_.fail = [](void* ctx, std::int64_t record, std::uint32_t code, weir_bytes message) {
    static_cast<ErrorCollector*>(ctx)->entries_.push_back({record, to_errc(code), str(message)});
  };
}

Error ErrorCollector::error(std::uint32_t code, std::string_view otherwise) const {
  for (const Entry& entry : entries_) {
    if (entry.record < 0) {
      return {code == WEIR_OK ? entry.code : to_errc(code), entry.message};
    }
  }
  return {code == WEIR_OK ? Errc::fatal : to_errc(code), std::string(otherwise)};
}

const ConfigKey* Component::find_key(std::string_view name) const noexcept {
  for (const ConfigKey& key : keys_) {
    if (key.is_prefix ? name.size() > key.name.size() && name.substr(0, key.name.size()) == key.name
                      : key.name == name) {
      return &key;
    }
  }
  return nullptr;
}

bool Component::settles() const noexcept {
  const auto* ops = std::get_if<weir_sink_ops>(&ops_);
  return ops != nullptr && (ops->flags & WEIR_SINK_SETTLES) != 0;
}

ConfigProblems Component::validate(const ConfigMap& config) const {
  if (validate_ == nullptr) {
    return {};
  }
  MapErrors errors;
  const weir_config_errors sink{&errors, &MapErrors::add};
  const Pairs pairs(config);
  try {
    validate_(pairs.data(), pairs.size(), &sink);
  } catch (const std::exception& e) {
    errors.problems.push_back({"", fmt::format("{} threw while it checked its options: {}", name_, e.what())});
  } catch (...) {
    errors.problems.push_back({"", fmt::format("{} threw while it checked its options", name_)});
  }
  return std::move(errors.problems);
}

Result<std::vector<ConfigMap>> Component::task_configs(const ConfigMap& config, std::uint32_t max_tasks) const {
  if (task_configs_ == nullptr) {
    const std::uint32_t count = kind_ == Kind::source ? std::min(1u, max_tasks) : max_tasks;
    return std::vector<ConfigMap>(count, config);
  }
  TaskConfigs configs;
  const weir_task_config_sink out{&configs, &TaskConfigs::add};
  ErrorCollector errors;
  const Pairs pairs(config);
  std::uint32_t code = WEIR_FATAL;
  try {
    code = task_configs_(pairs.data(), pairs.size(), max_tasks, &out, errors.c());
  } catch (const std::exception& e) {
    return fatal(fmt::format("{} threw while it computed its task configs: {}", name_, e.what()));
  } catch (...) {
    return fatal(fmt::format("{} threw while it computed its task configs", name_));
  }
  if (code != WEIR_OK) {
    return errors.error(code, fmt::format("{} could not compute its task configs", name_));
  }
  return std::move(configs.list);
}

Result<Component> Component::from_table(const weir_component* table, std::string_view plugin_version,
                                        std::string_view origin) {
  auto copied = copy_table<weir_component>(table, WEIR_SIZE_UP_TO(weir_component, ops), "a component's table");
  if (!copied) {
    return copied.error();
  }
  const weir_component& raw = *copied;
  if (raw.name.data == nullptr || raw.name.size == 0 || !sane(raw.name, kNameLimit) || !printable(str(raw.name))) {
    return bad_config("a component has no name");
  }
  Component out;
  out.name_ = str(raw.name);
  const auto broken = [&](std::string_view why) {
    return bad_config(fmt::format("component \"{}\": {}", out.name_, why));
  };
  if (raw.kind > WEIR_COMPONENT_HEADER_CONVERTER) {
    return broken(fmt::format("kind {} is not known", raw.kind));
  }
  if (!sane(raw.version, kNameLimit) || !sane(raw.documentation, kTextLimit)) {
    return broken("its texts are not well formed");
  }
  if ((raw.alias_count > 0 && raw.aliases == nullptr) || raw.alias_count > 1000) {
    return broken("its list of aliases is not well formed");
  }
  if (raw.key_count > 0 && (raw.keys == nullptr || raw.key_stride < WEIR_SIZE_UP_TO(weir_config_key, recommended_count) ||
                            raw.key_stride > 4096 || raw.key_stride % alignof(weir_config_key) != 0)) {
    return broken(fmt::format("its options have stride {}, at least {} was expected", raw.key_stride,
                              WEIR_SIZE_UP_TO(weir_config_key, recommended_count)));
  }
  if (raw.key_count > 10'000) {
    return broken("its list of options is not well formed");
  }
  out.kind_ = static_cast<Kind>(raw.kind);
  out.version_ = raw.version.data != nullptr ? str(raw.version) : std::string(plugin_version);
  out.documentation_ = str(raw.documentation);
  out.class_name_ = out.name_;
  out.origin_ = std::string(origin);
  for (std::size_t i = 0; i < raw.alias_count; ++i) {
    if (raw.aliases[i].data == nullptr || !sane(raw.aliases[i], kNameLimit) || !printable(str(raw.aliases[i]))) {
      return broken("its list of aliases is not well formed");
    }
    out.aliases_.push_back(str(raw.aliases[i]));
    if (out.class_name_ == out.name_ && out.aliases_.back().find('.') != std::string::npos) {
      out.class_name_ = out.aliases_.back();
    }
  }
  const auto* at = reinterpret_cast<const std::byte*>(raw.keys);
  for (std::size_t i = 0; i < raw.key_count; ++i, at += raw.key_stride) {
    auto key = copy_key(at, raw.key_stride);
    if (!key) {
      return broken(key.error().message);
    }
    out.keys_.push_back(std::move(*key));
  }
  out.validate_ = raw.validate;
  out.task_configs_ = raw.task_configs;

  const auto take = [&](auto ops, bool complete) -> Result<void> {
    if (!ops) {
      return broken(ops.error().message);
    }
    if (!complete) {
      return broken("its table of operations lacks one that every component of its kind has");
    }
    out.ops_ = *ops;
    return {};
  };
  Result<void> done;
  switch (out.kind_) {
    case Kind::source: {
      auto ops = copy_ops<weir_source_ops>(raw.ops, WEIR_SIZE_UP_TO(weir_source_ops, poll), "its table of operations");
      done = take(ops, ops && ops->poll != nullptr);
      break;
    }
    case Kind::sink: {
      auto ops = copy_ops<weir_sink_ops>(raw.ops, WEIR_SIZE_UP_TO(weir_sink_ops, put), "its table of operations");
      done = take(ops, ops && ops->put != nullptr);
      break;
    }
    case Kind::transform: {
      auto ops =
          copy_ops<weir_transform_ops>(raw.ops, WEIR_SIZE_UP_TO(weir_transform_ops, apply), "its table of operations");
      done = take(ops, ops && ops->apply != nullptr);
      break;
    }
    case Kind::predicate: {
      auto ops =
          copy_ops<weir_predicate_ops>(raw.ops, WEIR_SIZE_UP_TO(weir_predicate_ops, test), "its table of operations");
      done = take(ops, ops && ops->test != nullptr);
      break;
    }
    case Kind::converter: {
      auto ops =
          copy_ops<weir_converter_ops>(raw.ops, WEIR_SIZE_UP_TO(weir_converter_ops, encode), "its table of operations");
      done = take(ops, ops && ops->decode != nullptr && ops->encode != nullptr);
      break;
    }
    case Kind::header_converter: {
      auto ops = copy_ops<weir_header_converter_ops>(raw.ops, WEIR_SIZE_UP_TO(weir_header_converter_ops, encode),
                                                     "its table of operations");
      done = take(ops, ops && ops->decode != nullptr && ops->encode != nullptr);
      break;
    }
  }
  if (!done) {
    return done.error();
  }
  return out;
}

}  // namespace weir::runtime::plugin
