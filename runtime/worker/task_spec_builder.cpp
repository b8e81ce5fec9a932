#include "runtime/worker/task_spec_builder.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "runtime/config/connector_config.hpp"
#include "runtime/worker/topic_creation.hpp"

namespace weir::runtime::worker {
namespace {

constexpr std::size_t kShortestSecret = 6;

template <class C>
Result<C> parse(const ConfigDef<C>& def, const ConfigMap& config) {
  ConfigProblems problems;
  C out = def.parse(config, problems);
  if (!problems.empty()) {
    return bad_config(problems.front().message);
  }
  return out;
}

pipeline::BreakerSettings breaker_settings(const config::FlowKeys& keys) {
  pipeline::BreakerSettings out;
  out.enabled = keys.breaker_enabled;
  out.time_window = keys.breaker_window_type == "time";
  out.window_size = keys.breaker_window_size;
  out.minimum_calls = keys.breaker_minimum_calls;
  out.failure_rate_threshold = keys.breaker_failure_rate;
  out.consecutive_failures = keys.breaker_consecutive_failures;
  out.slow_call_duration = keys.breaker_slow_call;
  out.slow_call_rate_threshold = keys.breaker_slow_call_rate;
  out.open = keys.breaker_open;
  out.open_max = keys.breaker_open_max;
  out.open_multiplier = keys.breaker_open_multiplier;
  out.half_open_max_calls = keys.breaker_half_open_max_calls;
  out.half_open_max_wait = keys.breaker_half_open_max_wait;
  out.close_after_successes = keys.breaker_close_after_successes;
  return out;
}

}  // namespace

Result<pipeline::TaskSpec> build_task_spec(const RunnerContext& context, const std::string& name, std::uint32_t task,
                                           const ConfigMap& connector_raw, const ConfigMap& task_raw) {
  const auto cls = connector_raw.find("connector.class");
  const plugin::Component* component =
      cls == connector_raw.end() ? nullptr : context.registry.find_connector(weir::detail::trim(cls->second));
  if (component == nullptr) {
    return bad_config(context.registry.unknown_connector_text(cls == connector_raw.end() ? "" : cls->second));
  }
  config::Validation validation =
      context.validator.validate(*component, config::RawConfig(connector_raw.begin(), connector_raw.end()));
  if (validation.error_count() > 0) {
    return bad_config(validation.error_text());
  }
  auto resolved = context.worker.config_providers.resolve(task_raw);
  if (!resolved) {
    return resolved.error();
  }
  const ConfigMap connector = std::move(validation.resolved);

  pipeline::TaskSpec spec;
  spec.connector = name;
  spec.task = task;
  spec.group_id = context.worker.group_id;
  spec.settings = std::move(resolved->config);
  spec.embedded = context.worker.embedded;
  using Texts = std::vector<std::string>;
  for (const Texts* list : {&context.worker.secrets, static_cast<const Texts*>(&validation.secrets), static_cast<const Texts*>(&resolved->secrets)}) {
    for (const std::string& secret : *list) {
      if (secret.size() >= kShortestSecret && std::find(spec.secrets.begin(), spec.secrets.end(), secret) == spec.secrets.end()) {
        spec.secrets.push_back(secret);
      }
    }
  }
  // Longer ones first, so that one that contains another is masked whole.
  std::sort(spec.secrets.begin(), spec.secrets.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });

  const bool relay = config::is_relay(*component);
  spec.kind = component->kind() == plugin::Kind::source ? pipeline::TaskKind::source
              : relay                                   ? pipeline::TaskKind::relay
                                                        : pipeline::TaskKind::sink;
  spec.component = relay ? nullptr : component;

  const auto converter = [&](std::string_view key, config::ConverterChoice& out) -> Result<void> {
    auto choice = config::choose_converter(key, connector, context.worker, context.registry);
    if (!choice) {
      return choice.error();
    }
    out = std::move(*choice);
    return {};
  };
  for (const auto& [key, out] : {std::pair<const char*, config::ConverterChoice*>{"key.converter", &spec.key_converter},
                                 {"value.converter", &spec.value_converter},
                                 {"header.converter", &spec.header_converter},
                                 {"output.key.converter", &spec.output_key_converter},
                                 {"output.value.converter", &spec.output_value_converter}}) {
    if (!relay && std::string_view(key).substr(0, 7) == "output.") {
      continue;
    }
    if (auto chosen = converter(key, *out); !chosen) {
      return chosen.error();
    }
  }
  auto chain = config::build_chain(connector, context.registry);
  if (!chain) {
    return chain.error();
  }
  spec.transforms = std::move(*chain);

  auto common = parse(config::common_def(), connector);
  auto flow = parse(config::flow_def(), config::with_connector_defaults(connector, *component));
  auto letters = parse(config::dead_letter_def(), connector);
  if (!common || !flow || !letters) {
    return !common ? common.error() : !flow ? flow.error() : letters.error();
  }
  spec.errors.tolerate_all = common->tolerates_all();
  spec.errors.retry_timeout = common->errors_retry_timeout;
  spec.errors.retry_delay_max = common->errors_retry_delay_max;
  spec.errors.log = common->errors_log;
  spec.errors.log_messages = common->errors_log_messages;
  spec.errors.dead_letter_topic = weir::detail::trim(letters->topic);
  spec.errors.dead_letter_replication_factor = context.worker.embedded ? 1 : letters->replication_factor;
  spec.errors.dead_letter_headers = letters->headers;
  spec.retry = {flow->max_retries, flow->retry_total_timeout, flow->retry_backoff, flow->retry_backoff_max};
  spec.breaker = breaker_settings(*flow);
  spec.breaker_name = flow->breaker_name;
  spec.offset_flush_interval = context.worker.offset_flush_interval;
  spec.offset_flush_timeout = context.worker.offset_flush_timeout;
  spec.shutdown_timeout = context.worker.shutdown_timeout;

  const bool source = spec.kind == pipeline::TaskKind::source;
  const std::string id = fmt::format("{}-{}", name, task);
  spec.own_producer = !config::with_prefix(connector, "producer.override.").empty();
  spec.producer = context.clients.producer(connector, (source || relay ? "connector-producer-" : "connector-dlq-producer-") + id);
  if (source) {
    spec.topic_rules = topic_rules(connector, context.worker);
    return spec;
  }

  auto sink = parse(config::sink_def(), connector);
  if (!sink) {
    return sink.error();
  }
  for (const std::string& topic : sink->topics) {
    if (!topic.empty() && std::find(spec.topics.begin(), spec.topics.end(), topic) == spec.topics.end()) {
      spec.topics.push_back(topic);
    }
  }
  if (!sink->topics_regex.empty()) {
    spec.topics.push_back("^(" + sink->topics_regex + ")$");
  }
  spec.consumer = context.clients.consumer(connector, name, "connector-consumer-" + id);
  if (const auto records = spec.consumer.get("max.poll.records")) {
    std::int64_t limit = 0;
    if (!weir::detail::parse_into(*records, limit) && limit > 0) {
      spec.max_batch_records = static_cast<std::size_t>(limit);
    }
  }
  if (relay) {
    auto keys = parse(config::relay_def(), connector);
    if (!keys) {
      return keys.error();
    }
    spec.output_topic = keys->topic.value_or("");
    spec.transaction_interval = keys->transaction_interval;
    spec.consumer.set_default("isolation.level", "read_committed");
  }
  return spec;
}

}  // namespace weir::runtime::worker
