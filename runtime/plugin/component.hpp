// What the host knows of one component of a plugin: a checked copy of its table.
#pragma once

#include <weir/abi.h>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::runtime::plugin {

enum class Kind : std::uint32_t {
  source = WEIR_COMPONENT_SOURCE,
  sink = WEIR_COMPONENT_SINK,
  transform = WEIR_COMPONENT_TRANSFORM,
  predicate = WEIR_COMPONENT_PREDICATE,
  converter = WEIR_COMPONENT_CONVERTER,
  header_converter = WEIR_COMPONENT_HEADER_CONVERTER
};

/// "source", "sink", "transformation", "predicate", "converter", "header_converter": Kafka Connect's words.
std::string_view to_string(Kind kind) noexcept;

/// Origin of the worker's own components.
inline constexpr std::string_view kBuiltIn = "built in";

/// One declared option (ConfigDef.ConfigKey).
struct ConfigKey {
  std::string name;
  std::uint32_t type{WEIR_CONFIG_STRING};
  std::uint32_t importance{WEIR_IMPORTANCE_MEDIUM};
  std::uint32_t width{WEIR_WIDTH_NONE};
  std::optional<std::string> default_value;
  bool optional{false};  ///< absent is fine although there is no default
  bool is_prefix{false};  ///< every key that starts with `name` is known
  std::string alias_of;   ///< not empty: another spelling of that key
  int order{-1};
  std::string documentation;
  std::string group;  ///< empty: none
  std::string display_name;
  std::vector<std::string> recommended;

  bool required() const noexcept { return !default_value && !optional && !is_prefix && alias_of.empty(); }
};

/// Immutable, lives for ever once the registry has it; every method may be called by any thread. Calls into the plugin
/// never throw: what a plugin throws becomes Errc::fatal.
class Component {
 public:
  Kind kind() const noexcept { return kind_; }
  const std::string& name() const noexcept { return name_; }
  const std::string& version() const noexcept { return version_; }
  const std::string& documentation() const noexcept { return documentation_; }
  const std::vector<std::string>& aliases() const noexcept { return aliases_; }
  /// What lists and the REST API show: Java's class name when it has one, its own name otherwise.
  const std::string& class_name() const noexcept { return class_name_; }
  /// The .so it came from; kBuiltIn otherwise.
  const std::string& origin() const noexcept { return origin_; }
  const std::vector<ConfigKey>& keys() const noexcept { return keys_; }
  const ConfigKey* find_key(std::string_view name) const noexcept;
  /// Sinks that settle their records themselves (WEIR_SINK_SETTLES).
  bool settles() const noexcept;

  /// The plugin's own check of its options; reaches nothing outside.
  ConfigProblems validate(const ConfigMap& config) const;

  /// Connectors: one config per task, at most max_tasks; may reach outside and take long. A plugin that does not say gets
  /// one task (source) or max_tasks times its config (sink). Errors: as the plugin reports them.
  Result<std::vector<ConfigMap>> task_configs(const ConfigMap& config, std::uint32_t max_tasks) const;
  bool has_task_configs() const noexcept { return task_configs_ != nullptr; }

  /// The host's copy of the operations: what the plugin's table does not cover is NULL. Used by instances.hpp.
  const weir_source_ops& source_ops() const { return std::get<weir_source_ops>(ops_); }
  const weir_sink_ops& sink_ops() const { return std::get<weir_sink_ops>(ops_); }
  const weir_transform_ops& transform_ops() const { return std::get<weir_transform_ops>(ops_); }
  const weir_predicate_ops& predicate_ops() const { return std::get<weir_predicate_ops>(ops_); }
  const weir_converter_ops& converter_ops() const { return std::get<weir_converter_ops>(ops_); }
  const weir_header_converter_ops& header_converter_ops() const {
    return std::get<weir_header_converter_ops>(ops_);
  }

  /// Copies and checks a table. The error is a clause about what is broken ("component \"x\": ...").
  static Result<Component> from_table(const weir_component* table, std::string_view plugin_version,
                                      std::string_view origin);

 private:
  Component() = default;

  Kind kind_{Kind::source};
  std::string name_;
  std::string version_;
  std::string documentation_;
  std::vector<std::string> aliases_;
  std::string class_name_;
  std::string origin_;
  std::vector<ConfigKey> keys_;
  void (*validate_)(const weir_pair*, std::size_t, const weir_config_errors*){nullptr};
  std::uint32_t (*task_configs_)(const weir_pair*, std::size_t, std::uint32_t, const weir_task_config_sink*,
                                 const weir_error_sink*){nullptr};
  std::variant<weir_source_ops, weir_sink_ops, weir_transform_ops, weir_predicate_ops, weir_converter_ops,
               weir_header_converter_ops>
      ops_;
};

/// A config as the contract wants it; borrows the map.
class Pairs {
 public:
  explicit Pairs(const ConfigMap& config);
  const weir_pair* data() const noexcept { return list_.data(); }
  std::size_t size() const noexcept { return list_.size(); }

 private:
  std::vector<weir_pair> list_;
};

/// An error sink that remembers: for calls outside a batch. One thread at a time.
class ErrorCollector {
 public:
  struct Entry {
    std::int64_t record;
    Errc code;
    std::string message;
  };
  ErrorCollector() noexcept;
  ErrorCollector(const ErrorCollector&) = delete;
  ErrorCollector& operator=(const ErrorCollector&) = delete;

  const weir_error_sink* c() const noexcept { return &sink_; }
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  void clear() noexcept { entries_.clear(); }
  /// The error behind `code`: the first report about the whole call, or `otherwise` when there was none.
  Error error(std::uint32_t code, std::string_view otherwise) const;

 private:
  weir_error_sink sink_{};
  std::vector<Entry> entries_;
};

/// A code from a plugin; anything that is not one counts as fatal.
inline Errc to_errc(std::uint32_t code) noexcept {
  return code <= WEIR_FATAL ? static_cast<Errc>(code) : Errc::fatal;
}

}  // namespace weir::runtime::plugin
