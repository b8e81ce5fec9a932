#include "chain.hpp"

#include <components.hpp>
#include <runtime/data/builtin.hpp>

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

namespace weir::conformance {
namespace {

using runtime::data::RecordLine;

ConfigMap under(const ConfigMap& config, const std::string& prefix) {
  ConfigMap out;
  for (auto it = config.lower_bound(prefix); it != config.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    out[it->first.substr(prefix.size())] = it->second;
  }
  return out;
}

std::string get(const ConfigMap& config, const std::string& key, std::string fallback) {
  const auto it = config.find(key);
  return it == config.end() ? std::move(fallback) : it->second;
}

const weir_component* find(std::uint32_t kind, std::string_view name) {
  for (const weir_plugin* plugin : {runtime::data::builtin_converters(), transforms::connect::components()}) {
    for (std::size_t i = 0; i < plugin->component_count; ++i) {
      const weir_component& c = plugin->components[i];
      bool same = text_of(c.name) == name;
      for (std::size_t k = 0; k < c.alias_count; ++k) {
        same = same || text_of(c.aliases[k]) == name;
      }
      if (c.kind == kind && same) {
        return &c;
      }
    }
  }
  return nullptr;
}

struct Problem {
  weir_error_sink sink;
  std::string message;
  Problem() {
    sink.ctx = this;
    sink.fail = [](void* ctx, std::int64_t, std::uint32_t, weir_bytes text) {
      static_cast<Problem*>(ctx)->message = std::string(text_of(text));
    };
  }
};

// Reads what a batch of one record has reported; empty: nothing.
std::optional<std::string> failure(const testing::TestBatch& batch) {
  if (batch.failures().empty()) {
    return std::nullopt;
  }
  return batch.failures().begin()->second.message;
}

}  // namespace

Result<Instance> Instance::create(std::uint32_t kind, std::string_view name, const ConfigMap& config) {
  const weir_component* component = find(kind, name);
  if (component == nullptr) {
    return bad_config("Class " + std::string(name) + " could not be found.");
  }
  std::vector<weir_pair> pairs;
  for (const auto& [key, value] : config) {
    pairs.push_back({bytes_of(key), bytes_of(value)});
  }
  static testing::FakeTask* task = new testing::FakeTask();
  Problem problem;
  void* self = static_cast<const weir_transform_ops*>(component->ops)->create(pairs.data(), pairs.size(), task->c(), &problem.sink);
  if (self == nullptr) {
    return bad_config(problem.message);
  }
  return Instance(component, self);
}

Instance::Instance(Instance&& other) noexcept : component_(other.component_), self_(std::exchange(other.self_, nullptr)) {}

Instance::~Instance() {
  if (self_ != nullptr) {
    static_cast<const weir_transform_ops*>(component_->ops)->destroy(self_);
  }
}

Result<Chain> Chain::create(const ConfigMap& config) {
  const auto converter = [&](const std::string& which, std::uint32_t kind, const std::string& fallback) {
    ConfigMap options = under(config, which + ".converter.");
    options["converter.type"] = which;
    return Instance::create(kind, get(config, which + ".converter", fallback), options);
  };
  auto key = converter("key", WEIR_COMPONENT_CONVERTER, "org.apache.kafka.connect.json.JsonConverter");
  if (!key) {
    return key.error();
  }
  auto value = converter("value", WEIR_COMPONENT_CONVERTER, "JsonConverter");
  if (!value) {
    return value.error();
  }
  auto header = converter("header", WEIR_COMPONENT_HEADER_CONVERTER, "SimpleHeaderConverter");
  if (!header) {
    return header.error();
  }
  Chain chain(*std::move(key), *std::move(value), *std::move(header));
  for (const std::string& alias : weir::detail::split_list(get(config, "transforms", ""))) {
    ConfigMap options = under(config, "transforms." + alias + ".");
    const std::string type = get(options, "type", "");
    const std::string predicate = get(options, "predicate", "");
    const bool negate = get(options, "negate", "false") == "true";
    auto transform = Instance::create(WEIR_COMPONENT_TRANSFORM, type, options);
    if (!transform) {
      return transform.error();
    }
    Step step{*std::move(transform), std::nullopt, negate};
    if (!predicate.empty()) {
      ConfigMap own = under(config, "predicates." + predicate + ".");
      auto made = Instance::create(WEIR_COMPONENT_PREDICATE, get(own, "type", ""), own);
      if (!made) {
        return made.error();
      }
      step.predicate.emplace(*std::move(made));
    }
    chain.steps_.push_back(std::move(step));
  }
  return chain;
}

std::string Chain::run(const RecordLine& line) {
  using runtime::data::write_error_line;
  testing::TestBatch batch;
  const Arena arena = batch.arena();
  weir_record& r = batch.add(line.topic, line.partition.value_or(0), line.offset);
  r.timestamp = line.timestamp.value_or(WEIR_NO_TIMESTAMP);
  r.raw_key = line.key ? bytes_of(*line.key) : kAbsent;
  r.raw_value = line.value ? bytes_of(*line.value) : kAbsent;
  const auto& headers = header_.ops<weir_header_converter_ops>();
  auto* list = Arena(arena).array<weir_header>(line.headers.size());
  for (std::size_t i = 0; i < line.headers.size(); ++i) {
    const auto& [name, bytes] = line.headers[i];
    list[i] = {bytes_of(name), {}, nullptr};
    Problem problem;
    if (headers.decode(header_.self(), r.topic, bytes ? bytes_of(*bytes) : kAbsent, arena.c(), &list[i], &problem.sink) != WEIR_OK) {
      return write_error_line("HEADER_CONVERTER", problem.message);
    }
  }
  r.headers = list;
  r.header_count = static_cast<std::uint32_t>(line.headers.size());
  r.headers_loaded = 1;
  const auto& keys = key_.ops<weir_converter_ops>();
  const auto& values = value_.ops<weir_converter_ops>();
  keys.decode(key_.self(), batch.c(), WEIR_SIDE_KEY, batch.errors());
  if (const auto message = failure(batch)) {
    return write_error_line("KEY_CONVERTER", *message);
  }
  values.decode(value_.self(), batch.c(), WEIR_SIDE_VALUE, batch.errors());
  if (const auto message = failure(batch)) {
    return write_error_line("VALUE_CONVERTER", *message);
  }
  for (const Step& step : steps_) {
    bool wanted = true;
    if (step.predicate) {
      std::uint8_t yes = 0;
      step.predicate->ops<weir_predicate_ops>().test(step.predicate->self(), batch.c(), &yes, batch.errors());
      wanted = (yes != 0) != step.negate;
    }
    if (wanted && !failure(batch)) {
      step.transform.ops<weir_transform_ops>().apply(step.transform.self(), batch.c(), batch.errors());
    }
    if (const auto message = failure(batch)) {
      return write_error_line("TRANSFORMATION", *message);
    }
    if (r.state == WEIR_RECORD_DROPPED) {
      return runtime::data::write_dropped_line();
    }
  }
  keys.encode(key_.self(), batch.c(), WEIR_SIDE_KEY, batch.errors());
  values.encode(value_.self(), batch.c(), WEIR_SIDE_VALUE, batch.errors());
  if (const auto message = failure(batch)) {
    return write_error_line("OUT", *message);
  }
  const auto bytes = [](weir_bytes b) { return b.data == nullptr ? RecordLine::Bytes() : RecordLine::Bytes(std::string(text_of(b))); };
  RecordLine out;
  out.topic = std::string(text_of(r.topic));
  out.partition = r.partition;
  if (r.timestamp != WEIR_NO_TIMESTAMP) {
    out.timestamp = r.timestamp;
  }
  out.key = bytes(r.raw_key);
  out.value = bytes(r.raw_value);
  for (std::uint32_t i = 0; i < r.header_count; ++i) {
    weir_bytes raw{};
    Problem problem;
    if (headers.encode(header_.self(), r.topic, &r.headers[i], arena.c(), &raw, &problem.sink) != WEIR_OK) {
      return write_error_line("OUT", problem.message);
    }
    out.headers.emplace_back(std::string(text_of(r.headers[i].name)), bytes(raw));
  }
  return runtime::data::write_record_line(out);
}

Result<ConfigMap> read_config(std::string_view json) {
  OwnedArena memory;
  auto object = json::read(json, memory.view());
  if (!object || !object->is_object()) {
    return bad_config(object ? "the config is not a JSON object" : object.error().message);
  }
  ConfigMap config;
  for (const Member& m : object->members()) {
    config[std::string(m.name().text())] =
        m.item().is_string() ? std::string(m.item().text()) : std::string(json::write(m.item(), memory.view()));
  }
  return config;
}

}  // namespace weir::conformance
