#include "runtime/config/validator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/config/chain.hpp"
#include "runtime/config/class_hint.hpp"
#include "runtime/config/connector_config.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/regex.hpp"
#include "runtime/kafka/client_config.hpp"
#include "runtime/kafka/properties.hpp"
#include "runtime/kafka/property_rules.hpp"

namespace weir::runtime::config {
namespace {

std::string str(weir_bytes b) {
  return b.data == nullptr ? std::string() : std::string(static_cast<const char*>(b.data), b.size);
}

// Kafka Connect's own options recommend nothing; a closed set stands in the error text.
plugin::ConfigKey to_key(const weir_config_key& raw, std::uint32_t width) {
  plugin::ConfigKey key;
  key.name = str(raw.name);
  key.type = raw.type;
  key.importance = raw.importance;
  key.width = width;
  key.optional = raw.optional != 0;
  key.is_prefix = (raw.flags & WEIR_KEY_PREFIX) != 0;
  if (raw.default_value.data != nullptr) {
    key.default_value = str(raw.default_value);
  }
  key.order = static_cast<int>(raw.order);
  key.documentation = str(raw.documentation);
  key.group = str(raw.group);
  key.display_name = str(raw.display_name);
  return key;
}

plugin::ConfigKey make_key(std::string name, std::uint32_t type, std::string group, int order, std::string doc,
                           std::string display, std::optional<std::string> default_value, bool optional) {
  plugin::ConfigKey key;
  key.name = std::move(name);
  key.type = type;
  key.importance = WEIR_IMPORTANCE_MEDIUM;
  key.width = WEIR_WIDTH_LONG;
  key.group = std::move(group);
  key.order = order;
  key.documentation = std::move(doc);
  key.display_name = std::move(display);
  key.default_value = std::move(default_value);
  key.optional = optional;
  return key;
}

std::vector<std::string> class_names(const plugin::Registry& registry, plugin::Kind kind) {
  std::vector<std::string> out;
  for (const plugin::Component* c : registry.list(kind)) {
    out.push_back(c->class_name());
  }
  return out;
}

std::string join(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& s : list) {
    out.append(out.empty() ? "" : ", ").append(s);
  }
  return out;
}

}  // namespace

std::optional<std::string> bad_connector_name(std::string_view name) {
  if (name.empty()) {
    return "String may not be empty";
  }
  std::string found;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == 0x7f) {
      found.append(found.empty() ? "" : ", ").append(std::to_string(u));
    }
  }
  if (!found.empty()) {
    return "String may not contain control sequences but had the following ASCII chars: " + found;
  }
  if (name.size() > 255) {
    return "String may not be longer than 255 bytes";
  }
  if (ConfigProviders::has_reference(name)) {
    return "String may not refer to a config provider";
  }
  return std::nullopt;
}

int Validation::error_count() const {
  int n = 0;
  for (const ValidatedKey& key : configs) {
    n += static_cast<int>(key.errors.size());
  }
  return n;
}

std::string Validation::error_text() const {
  std::string text = fmt::format("Connector configuration is invalid and contains the following {} error(s):", error_count());
  for (const ValidatedKey& key : configs) {
    for (const std::string& error : key.errors) {
      text.append("\n").append(error);
    }
  }
  return text +
         "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`";
}

// One validation. Keys are added in the order of the answer: what every connector has, the chain, the connector's own
// options, overrides, converters.
class Validator::Run {
 public:
  Run(const Validator& validator, const plugin::Component& component, const RawConfig& config)
      : registry_(validator.registry_), worker_(validator.worker_), strict_(validator.strict_), component_(component), raw_(config) {}

  Validation operator()() {
    resolve();
    out_.name = text("connector.class").value_or("");
    common();
    chain();
    own();
    overrides();
    for (const char* key : {"header.converter", "key.converter", "value.converter"}) {
      converter(key);
    }
    if (is_relay(component_)) {
      converter("output.key.converter");
      converter("output.value.converter");
    }
    nulls();
    unknown();
    return std::move(out_);
  }

 private:
  void resolve() {
    ConfigMap config;
    for (const auto& [key, value] : raw_) {
      if (value) {
        config.emplace(key, *value);
      }
    }
    auto resolved = worker_.config_providers.resolve(config);
    if (!resolved) {
      provider_error_ = resolved.error().message;
      config_ = std::move(config);
    } else {
      config_ = std::move(resolved->config);
      out_.secrets = std::move(resolved->secrets);
      out_.warnings = std::move(resolved->warnings);
    }
    out_.resolved = config_;
    effective_ = with_connector_defaults(config_, component_);
  }

  std::optional<std::string> text(std::string_view key) const {
    const auto it = config_.find(key);
    return it == config_.end() ? std::nullopt : std::optional(it->second);
  }
  bool set(std::string_view key) const { return config_.find(key) != config_.end(); }
  static bool starts(std::string_view s, std::string_view prefix) { return s.substr(0, prefix.size()) == prefix; }

  ValidatedKey* entry(std::string_view name) {
    for (ValidatedKey& key : out_.configs) {
      if (key.name == name) {
        return &key;
      }
    }
    return nullptr;
  }

  ValidatedKey& add(plugin::ConfigKey definition) {
    known_.insert(definition.name);
    if (ValidatedKey* there = entry(definition.name)) {  // a connector that changes a default of the runtime's keys
      if (!there->definition) {
        there->definition = std::move(definition);
      } else if (definition.default_value) {
        there->definition->default_value = definition.default_value;
        if (!set(definition.name)) {
          there->value = definition.default_value;
        }
      }
      return *there;
    }
    ValidatedKey key;
    key.name = definition.name;
    key.value = text(key.name);
    if (!key.value) {
      key.value = definition.default_value;
    }
    if (definition.type == WEIR_CONFIG_PASSWORD && key.value) {
      if (const auto secret = text(key.name); secret && !secret->empty()) {
        out_.secrets.push_back(*secret);
      }
      key.value = "[hidden]";
    }
    key.recommended = definition.recommended;
    if (!definition.group.empty() && std::find(out_.groups.begin(), out_.groups.end(), definition.group) == out_.groups.end()) {
      out_.groups.push_back(definition.group);
    }
    key.definition = std::move(definition);
    out_.configs.push_back(std::move(key));
    return out_.configs.back();
  }

  void error(std::string_view name, std::string message) {
    ValidatedKey* key = entry(name);
    if (key == nullptr) {
      ValidatedKey fresh;
      fresh.name = std::string(name);
      fresh.value = text(name);
      out_.configs.push_back(std::move(fresh));
      key = &out_.configs.back();
    }
    if (std::find(key->errors.begin(), key->errors.end(), message) == key->errors.end()) {
      key->errors.push_back(std::move(message));
    }
  }

  template <class C>
  C section(const ConfigDef<C>& def, const ConfigMap& config, bool show = true) {
    ConfigProblems problems;
    C parsed = def.parse(config, problems);
    for (const weir_config_key& raw : def.keys()) {
      plugin::ConfigKey key = to_key(raw, WEIR_WIDTH_MEDIUM);
      if (key.is_prefix) {
        known_prefixes_.push_back(key.name);
      } else if (show) {
        add(std::move(key));
      }
    }
    for (const ConfigProblem& problem : problems) {
      error(problem.key, problem.message);
    }
    return parsed;
  }

  void common() {
    const auto keys = section(common_def(), config_);
    if (provider_error_) {
      error("name", *provider_error_);
    }
    if (const auto name = text("name")) {
      if (auto why = bad_connector_name(*name)) {
        error("name", weir::detail::invalid(*name, "name", *why));
      }
      const auto raw = raw_.find("name");
      if (raw->second && *raw->second != *name) {
        error("name", weir::detail::invalid(*raw->second, "name", "String may not refer to a config provider"));
      }
    }
    for (auto& [key, kind] : {std::pair{"key.converter", plugin::Kind::converter}, {"value.converter", plugin::Kind::converter},
                              {"header.converter", plugin::Kind::header_converter}}) {
      entry(key)->recommended = class_names(registry_, kind);
    }
    for (const char* key : {"transforms", "predicates"}) {
      const auto list = weir::detail::split_list(text(key).value_or(""));
      if (std::set<std::string>(list.begin(), list.end()).size() != list.size()) {
        error(key, weir::detail::invalid("[" + join(list) + "]", key, "Duplicate alias provided."));
      }
    }
    if (keys.errors_retry_timeout.count() < -1) {
      out_.warnings.push_back("errors.retry.timeout below -1 means the same as -1: tried again without end");
    }
    if (component_.kind() == plugin::Kind::sink) {
      sink(keys);
    } else {
      source();
    }
    section(flow_def(), effective_);
  }

  void sink(const CommonKeys& common_keys) {
    const auto keys = section(sink_def(), config_);
    std::vector<std::string> topics;
    for (const std::string& topic : keys.topics) {
      if (!topic.empty()) {
        topics.push_back(topic);
      }
    }
    const bool regex = !keys.topics_regex.empty();
    if (!topics.empty() && regex) {
      for (const char* key : {"topics", "topics.regex"}) {
        error(key, "topics and topics.regex are mutually exclusive options, but both are set.");
      }
    } else if (topics.empty() && !regex) {
      for (const char* key : {"topics", "topics.regex"}) {
        error(key, "Must configure one of topics or topics.regex");
      }
    }
    std::optional<Regex> compiled;
    if (regex) {
      auto made = Regex::compile(keys.topics_regex);
      if (!made) {
        error("topics.regex", weir::detail::invalid(keys.topics_regex, "topics.regex", made.error().message));
      } else {
        compiled = std::move(*made);
      }
    }
    const auto consumed = [&](const std::string& topic) {
      return std::find(topics.begin(), topics.end(), topic) != topics.end() || (compiled && compiled->full_match(topic));
    };
    const std::string dlq = dead_letters();
    if (!dlq.empty() && std::find(topics.begin(), topics.end(), dlq) != topics.end()) {
      error("topics", fmt::format("The DLQ topic '{}' may not be included in the list of topics ('topics={}') consumed by the connector",
                                  dlq, join(topics)));
    }
    if (!dlq.empty() && compiled && compiled->full_match(dlq)) {
      error("topics.regex", fmt::format("The DLQ topic '{}' may not be included in the regex matching the topics ('topics.regex={}') consumed by "
                                        "the connector",
                                        dlq, keys.topics_regex));
    }
    const std::string name = common_keys.name;
    const std::string group = text("consumer.override.group.id").value_or("connect-" + name);
    if (!name.empty() && group == worker_.group_id) {
      error("name", fmt::format("Consumer group for sink connector named {} conflicts with Connect worker group {}", name, group));
    }
    if (is_relay(component_)) {
      if (const auto topic = text("topic"); topic && consumed(*topic)) {
        error("topic", weir::detail::invalid(*topic, "topic", "the relay consumes that topic itself"));
      }
    }
  }

  /// The dead-letter topic, or nothing.
  std::string dead_letters() {
    const auto keys = section(dead_letter_def(), config_);
    if (keys.replication_factor != -1 && keys.replication_factor < 1) {
      error("errors.deadletterqueue.topic.replication.factor",
            weir::detail::invalid(std::to_string(keys.replication_factor), "errors.deadletterqueue.topic.replication.factor",
                                  "Value must be at least 1, or -1 for the broker's default"));
    }
    return keys.topic;
  }

  void source() {
    (void)dead_letters();
    const auto keys = section(source_def(), config_);
    if (keys.exactly_once_support == "required") {
      error("exactly.once.support", worker_.exactly_once_support.value_or("disabled") == "enabled"
                                        ? "The connector does not support exactly-once semantics with the provided configuration."
                                        : "This worker does not have exactly-once source support enabled.");
    }
    if (keys.transaction_boundary == "connector") {
      error("transaction.boundary", "The connector does not support connector-defined transaction boundaries with the given configuration.");
    }
    const bool any = !with_prefix(config_, "topic.creation.").empty();
    if (!any) {
      return;
    }
    std::vector<std::string> groups = keys.topic_creation_groups;
    if (std::find(groups.begin(), groups.end(), "default") == groups.end()) {
      groups.push_back("default");
    }
    for (const std::string& group : groups) {
      topic_creation_group(group);
    }
  }

  void topic_creation_group(const std::string& group) {
    const std::string prefix = "topic.creation." + group + ".";
    const bool is_default = group == "default";
    const std::string shown = "Topic Creation: " + group;
    add(make_key(prefix + "include", WEIR_CONFIG_LIST, shown, 1, "Topics of this group: regular expressions for whole names.",
                 "Inclusion Topic Pattern for " + group, is_default ? std::optional<std::string>(".*") : std::nullopt, is_default));
    add(make_key(prefix + "exclude", WEIR_CONFIG_LIST, shown, 2, "Topics that are not of this group after all.",
                 "Exclusion Topic Pattern for " + group, "", true));
    add(make_key(prefix + "replication.factor", WEIR_CONFIG_SHORT, shown, 3, "Replicas; -1 is the broker's default.",
                 "Replication Factor for Topics in " + group, std::nullopt, !is_default));
    add(make_key(prefix + "partitions", WEIR_CONFIG_INT, shown, 4, "Partitions; -1 is the broker's default.",
                 "Partition Count for Topics in " + group, std::nullopt, !is_default));
    known_prefixes_.push_back(prefix);
    for (const char* key : {"include", "exclude"}) {
      for (const std::string& pattern : weir::detail::split_list(text(prefix + key).value_or(""))) {
        if (auto made = Regex::compile(pattern); !made) {
          error(prefix + key, weir::detail::invalid(pattern, prefix + key, made.error().message));
        }
      }
    }
    if (!is_default && !set(prefix + "include")) {
      error(prefix + "include", fmt::format("Missing required configuration \"{}include\" which has no default value.", prefix));
    }
    for (const char* key : {"replication.factor", "partitions"}) {
      const std::string name = prefix + key;
      const auto value = text(name);
      if (!value) {
        if (is_default) {
          error(name, fmt::format("Missing required configuration \"{}\" which has no default value.", name));
        }
        continue;
      }
      std::int32_t number = 0;
      if (auto why = weir::detail::parse_into(*value, number)) {
        error(name, weir::detail::invalid(*value, name, *why));
      } else if (number != -1 && number < 1) {
        error(name, weir::detail::invalid(*value, name, "Must be larger than 0, or -1 to use the broker's default"));
      }
    }
  }

  void no_class(plugin::Kind kind, const std::string& key, const std::string& name) {
    error(key, weir::detail::invalid(name, key, fmt::format("Class {} could not be found.", name)));
    if (auto hint = class_hint(registry_, kind, key, name)) {
      out_.warnings.push_back(std::move(*hint));
    }
  }

  // One transformation or predicate: type, and its own options below the alias.
  void component_keys(const std::string& kind, const std::string& alias, plugin::Kind type) {
    const bool transform = type == plugin::Kind::transform;
    const std::string prefix = kind + "." + alias + ".";
    const std::string group = (transform ? "Transforms: " : "Predicates: ") + alias;
    const std::string word = transform ? "Transformation" : "Predicate";
    int order = 0;
    auto definition = make_key(prefix + "type", WEIR_CONFIG_CLASS, group, order++, fmt::format("Class for the '{}' {}.", alias, transform ? "transformation" : "predicate"),
                               word + " type for " + alias, std::nullopt, false);
    definition.importance = WEIR_IMPORTANCE_HIGH;
    definition.recommended = class_names(registry_, type);
    add(std::move(definition));
    add(make_key(prefix + "plugin.version", WEIR_CONFIG_STRING, group, order++, fmt::format("Version of the '{}' {}.", alias, transform ? "transformation" : "predicate"),
                 word + " version for " + alias, std::nullopt, true));
    if (transform) {
      add(make_key(prefix + "predicate", WEIR_CONFIG_STRING, group, order++,
                   "The alias of a predicate used to determine whether to apply this transformation.", "Predicate", "", true));
      add(make_key(prefix + "negate", WEIR_CONFIG_BOOLEAN, group, order++, "Whether the configured predicate should be negated.",
                   "Negate", "false", true));
    }
    const auto name = text(prefix + "type");
    if (!name) {
      error(prefix + "type", fmt::format("Missing required configuration \"{}type\" which has no default value.", prefix));
      known_prefixes_.push_back(prefix);
      return;
    }
    const plugin::Component* component = registry_.find(type, weir::detail::trim(*name));
    if (component == nullptr) {
      no_class(type, prefix + "type", *name);
      known_prefixes_.push_back(prefix);
      return;
    }
    ConfigMap config = with_prefix(config_, prefix);
    if (transform) {
      if (const auto negate = text(prefix + "negate")) {
        bool parsed = false;
        if (auto why = weir::detail::parse_into(*negate, parsed)) {
          error(prefix + "negate", weir::detail::invalid(*negate, prefix + "negate", *why));
        }
        if (!set(prefix + "predicate")) {
          error(prefix + "type", fmt::format("Config '{0}negate' was provided but there is no config '{0}predicate' defining a predicate to be negated.", prefix));
        }
      }
      if (const auto predicate = text(prefix + "predicate")) {
        const auto declared = weir::detail::split_list(text("predicates").value_or(""));
        if (std::find(declared.begin(), declared.end(), weir::detail::trim(*predicate)) == declared.end()) {
          out_.warnings.push_back(fmt::format("{}predicate names \"{}\", which \"predicates\" does not list: the task will fail", prefix, *predicate));
        }
      }
      config.erase("predicate");
      config.erase("negate");
    }
    config.erase("type");
    config.erase("plugin.version");
    plugin_keys(*component, config, prefix, group, order);
  }

  void plugin_keys(const plugin::Component& component, const ConfigMap& config, const std::string& prefix,
                   const std::string& group, int order) {
    for (const plugin::ConfigKey& key : component.keys()) {
      if (key.is_prefix) {
        known_prefixes_.push_back(prefix + key.name);
        continue;
      }
      if (!key.alias_of.empty()) {
        known_.insert(prefix + key.name);
        continue;
      }
      plugin::ConfigKey definition = key;
      definition.name = prefix + key.name;
      if (!group.empty()) {
        definition.group = group;
        definition.order = order++;
      }
      add(std::move(definition));
    }
    for (const ConfigProblem& problem : component.validate(config)) {
      std::string message = problem.message;
      // A plugin knows its options without the prefix; users know them with it.
      if (!prefix.empty() && !problem.key.empty()) {
        for (const std::string& form : {"configuration " + problem.key, "configuration \"" + problem.key}) {
          if (const auto at = message.find(form); at != std::string::npos) {
            message.insert(at + form.size() - problem.key.size(), prefix);
            break;
          }
        }
      }
      error(problem.key.empty() ? (prefix.empty() ? "connector.class" : prefix.substr(0, prefix.size() - 1)) : prefix + problem.key, message);
    }
  }

  void chain() {
    for (const std::string& alias : weir::detail::split_list(text("transforms").value_or(""))) {
      component_keys("transforms", alias, plugin::Kind::transform);
    }
    for (const std::string& alias : weir::detail::split_list(text("predicates").value_or(""))) {
      component_keys("predicates", alias, plugin::Kind::predicate);
    }
  }

  void own() { plugin_keys(component_, config_, "", "", 0); }

  void overrides() {
    struct Client {
      const char* prefix;
      kafka::ClientRole role;
    };
    for (const Client& client : {Client{"producer.override.", kafka::ClientRole::producer}, Client{"consumer.override.", kafka::ClientRole::consumer},
                                 Client{"admin.override.", kafka::ClientRole::admin}}) {
      kafka::Config accepted;
      for (const auto& [key, value] : with_prefix(config_, client.prefix)) {
        const std::string name = client.prefix + key;
        const bool secret = kafka::is_secret_property(key);
        add(make_key(name, secret ? WEIR_CONFIG_PASSWORD : WEIR_CONFIG_STRING, "", -1, "Property of the connector's Kafka client.", name,
                     std::nullopt, true));
        const bool principal = key == "sasl.jaas.config" || key == "sasl.mechanism" || key == "security.protocol";
        if (worker_.override_policy == OverridePolicy::none ||
            (worker_.override_policy == OverridePolicy::principal && !principal)) {
          error(name, fmt::format("The '{}' policy does not allow '{}' to be overridden in the connector configuration.",
                                  worker_.override_policy == OverridePolicy::none ? "None" : "Principal", key));
        } else if (auto why = kafka::check_override(key, value, worker_.config_providers.roots())) {
          const auto near = kafka::is_client_property(key) ? std::nullopt : nearest(key, kafka::client_property_names());
          error(name, weir::detail::invalid(secret ? "[hidden]" : value, name,
                                            *why + (near ? fmt::format("; did you mean '{}{}'?", client.prefix, *near) : "")));
        } else {
          accepted.set(key, value);
        }
      }
      if (accepted.values().empty()) {
        continue;
      }
      if (is_relay(component_) && client.role == kafka::ClientRole::producer) {
        constexpr const char* kKey = "producer.override.enable.idempotence";
        bool idempotent = true;
        if (const auto given = text(kKey);
            given && !weir::detail::parse_into(*given, idempotent) && !idempotent) {
          error(kKey, weir::detail::invalid(*given, kKey, "the relay's transactions need it"));
        }
        accepted.set("enable.idempotence", "true");
      }
      const auto translation = accepted.validate(client.role);
      for (const kafka::KeyError& problem : translation.errors) {
        const std::string name = client.prefix + problem.key;
        error(set(name) ? name : std::string("connector.class"), fmt::format("Invalid value for configuration {}: {}", name, problem.message));
      }
      for (const std::string& warning : translation.warnings) {
        out_.warnings.push_back(fmt::format("{}*: {}", client.prefix, warning));
      }
    }
  }

  void converter(const std::string& key) {
    const std::string prefix = key + ".";
    const auto name = text(key);
    if (!name) {
      for (const auto& [sub, value] : with_prefix(config_, prefix)) {
        if (known_.contains(prefix + sub)) {
          continue;
        }
        known_.insert(prefix + sub);
        const std::string problem = fmt::format("Key \"{}{}\" is ignored: it counts only together with \"{}\" in the connector", prefix, sub, key);
        if (strict_) {
          error(prefix + sub, problem);
        } else {
          out_.warnings.push_back(problem);
        }
      }
      return;
    }
    const bool header = key == "header.converter";
    const plugin::Component* component =
        registry_.find(header ? plugin::Kind::header_converter : plugin::Kind::converter, weir::detail::trim(*name));
    if (component == nullptr) {
      no_class(header ? plugin::Kind::header_converter : plugin::Kind::converter, key, *name);
      known_prefixes_.push_back(prefix);
      return;
    }
    ConfigMap config = with_prefix(config_, prefix);
    config.erase("plugin.version");
    const std::string side = key.substr(0, key.rfind(".converter"));
    config["converter.type"] = side.substr(side.rfind('.') + 1);
    plugin_keys(*component, config, prefix, "", 0);
    checked_converters_.push_back(prefix);
  }

  void nulls() {
    for (const auto& [key, value] : raw_) {
      if (!value) {
        error(key, "Null value can not be supplied as the configuration value.");
        known_.insert(key);
      }
    }
  }

  bool is_known(const std::string& name) const {
    if (known_.contains(name) || name == "task.class") {
      return true;
    }
    for (const std::string& prefix : checked_converters_) {
      if (starts(name, prefix)) {  // relay's own prefix keys speak of the converter, which knows better
        return std::any_of(known_prefixes_.begin(), known_prefixes_.end(), [&](const std::string& p) {
          return p.size() > prefix.size() && name.size() > p.size() && starts(name, p);
        });
      }
    }
    return std::any_of(known_prefixes_.begin(), known_prefixes_.end(),
                       [&](const std::string& p) { return name.size() > p.size() && starts(name, p); });
  }

  void unknown() {
    std::vector<std::string> candidates(known_.begin(), known_.end());
    for (const auto& [key, value] : config_) {
      if (is_known(key)) {
        continue;
      }
      std::string message;
      for (const char* kind : {"transforms", "predicates"}) {
        const std::string prefix = std::string(kind) + ".";
        const auto dot = key.find('.', prefix.size());
        if (starts(key, prefix) && dot != std::string::npos) {
          const std::string alias = key.substr(prefix.size(), dot - prefix.size());
          const auto aliases = weir::detail::split_list(text(kind).value_or(""));
          if (std::find(aliases.begin(), aliases.end(), alias) == aliases.end()) {
            const auto near = nearest(alias, aliases);
            message = fmt::format("Unknown key \"{}\" is ignored: \"{}\" does not list \"{}\"{}", key, kind, alias,
                                  near ? fmt::format("; did you mean \"{}{}{}\"?", prefix, *near, key.substr(dot)) : ".");
          }
        }
      }
      if (message.empty()) {
        message = unknown_key_text(key, candidates);
      }
      if (strict_) {
        error(key, message);
      } else {
        out_.warnings.push_back(std::move(message));
      }
    }
  }

  const plugin::Registry& registry_;
  const WorkerConfig& worker_;
  const bool strict_;
  const plugin::Component& component_;
  const RawConfig& raw_;
  ConfigMap config_;
  ConfigMap effective_;
  std::optional<std::string> provider_error_;
  std::set<std::string, std::less<>> known_;
  std::vector<std::string> known_prefixes_;
  std::vector<std::string> checked_converters_;
  Validation out_;
};

namespace {

struct WorkerConverter {
  const char* key;
  std::string name;
  const ConfigMap& settings;
  plugin::Kind kind;
};

std::vector<WorkerConverter> converters_of(const WorkerConfig& worker) {
  return {{"key.converter", worker.key_converter.value_or(""), worker.key_converter_settings,
           plugin::Kind::converter},
          {"value.converter", worker.value_converter.value_or(""), worker.value_converter_settings,
           plugin::Kind::converter},
          {"header.converter", worker.header_converter, worker.header_converter_settings,
           plugin::Kind::header_converter}};
}

}  // namespace

std::vector<std::string> missing_converters(const plugin::Registry& registry,
                                            const WorkerConfig& worker) {
  std::vector<std::string> out;
  for (const WorkerConverter& c : converters_of(worker)) {
    if (c.name.empty() || registry.find(c.kind, weir::detail::trim(c.name)) != nullptr) {
      continue;
    }
    const auto hint = class_hint(registry, c.kind, c.key, c.name);
    out.push_back(
        weir::detail::invalid(c.name, c.key, fmt::format("Class {} could not be found.", c.name)) +
        (hint ? "; " + *hint : ""));
  }
  return out;
}

std::vector<std::string> unknown_converter_keys(const plugin::Registry& registry,
                                                const WorkerConfig& worker) {
  std::vector<std::string> out;
  for (const WorkerConverter& c : converters_of(worker)) {
    const plugin::Component* component = registry.find(c.kind, weir::detail::trim(c.name));
    if (component == nullptr) {
      continue;
    }
    std::vector<std::string> known{std::string(c.key) + ".plugin.version"};
    std::vector<std::string> prefixes;
    for (const plugin::ConfigKey& key : component->keys()) {
      (key.is_prefix ? prefixes : known).push_back(std::string(c.key) + "." + key.name);
    }
    for (const auto& [sub, value] : c.settings) {
      const std::string name = std::string(c.key) + "." + sub;
      const bool prefixed = std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& p) { return name.rfind(p, 0) == 0; });
      if (!prefixed && std::find(known.begin(), known.end(), name) == known.end()) {
        out.push_back(unknown_key_text(name, known));
      }
    }
  }
  return out;
}

Validation Validator::validate(const plugin::Component& component, const RawConfig& config) const {
  return Run(*this, component, config)();
}

}  // namespace weir::runtime::config
