#include "runtime/cli/transform_command.hpp"

#include <istream>
#include <map>
#include <ostream>
#include <weir/arena.hpp>

#include "runtime/cli/config_input.hpp"
#include "runtime/cli/offline_host.hpp"
#include "runtime/cli/record_lines.hpp"
#include "runtime/config/chain.hpp"
#include "runtime/config/connector_config.hpp"
#include "runtime/config/validator.hpp"
#include "runtime/pipeline/stages.hpp"

namespace weir::runtime::cli {
namespace {

constexpr std::size_t kBatch = 256;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// What of a connector's config the chain is made of, as a config of the relay: it has every key of
/// it and none of its own that matters here. A converter that is not named is JsonConverter, so
/// that its sub-keys count.
ConfigMap chain_config(const ConfigMap& config) {
  ConfigMap out{{"name", "transform"}, {"connector.class", "relay"}, {"topics", "in"}};
  for (const auto& [key, value] : config) {
    for (const std::string_view prefix :
         {"key.converter", "value.converter", "header.converter", "output.key.converter",
          "output.value.converter", "transforms", "predicates"}) {
      if (key == prefix || starts_with(key, std::string(prefix) + ".")) {
        out.emplace(key, value);
      }
    }
  }
  out.emplace("key.converter", "org.apache.kafka.connect.json.JsonConverter");
  out.emplace("value.converter", "org.apache.kafka.connect.json.JsonConverter");
  out.emplace("header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter");
  return out;
}

struct Failure {
  std::string stage;
  std::string message;
};

/// Records of some lines and their way through the chain.
class Batch {
 public:
  explicit Batch(pipeline::Stages& stages) : stages_(stages) {
    batch_.struct_size = sizeof batch_;
    batch_.record_stride = sizeof(weir_record);
    batch_.arena = arena_.c();
    batch_.host = this;
    batch_.load_headers = [](weir_batch*, weir_record* r) { r->headers_loaded = 1; };
    batch_.append = [](weir_batch*) -> weir_record* { return nullptr; };
  }

  void run(const std::vector<LineRecord>& lines, std::ostream& out) {
    fill(lines);
    decode_headers(lines);
    stages_.decode(&batch_);
    note_failures();
    if (auto held = stages_.transform(&batch_); held) {
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (records_[i].state == WEIR_RECORD_LIVE) {
          fail(i, "TRANSFORMATION", stages_.step_name(held->step) + ": " + held->error.message);
        }
      }
    }
    note_failures();
    // A topic or partition as the transforms left them; encoding changes neither.
    stages_.encode(&batch_);
    note_failures("OUT");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      out << line(i) << '\n';
    }
    out.flush();
    arena_.reset();
  }

 private:
  void fill(const std::vector<LineRecord>& lines) {
    records_.assign(lines.size(), weir_record{});
    failures_.clear();
    batch_.records = records_.data();
    batch_.count = records_.size();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const LineRecord& line = lines[i];
      weir_record& r = records_[i];
      r.topic = r.origin_topic = bytes_of(line.topic);
      r.partition = r.origin_partition = line.partition;
      r.origin_offset = line.offset;
      r.timestamp = line.timestamp.value_or(WEIR_NO_TIMESTAMP);
      r.raw_key = line.key ? bytes_of(*line.key) : kAbsent;
      r.raw_value = line.value ? bytes_of(*line.value) : kAbsent;
      r.headers_loaded = 1;
    }
  }

  void decode_headers(const std::vector<LineRecord>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto* list = Arena(batch_.arena).array<weir_header>(lines[i].headers.size());
      std::uint32_t n = 0;
      for (const auto& [name, raw] : lines[i].headers) {
        const auto header = stages_.decode_header(
            &batch_, i, name, raw ? std::optional<std::string_view>(*raw) : std::nullopt);
        if (!header) {
          break;
        }
        list[n++] = *header;
      }
      records_[i].headers = list;
      records_[i].header_count = n;
    }
    note_failures();
  }

  void note_failures(std::string_view stage = {}) {
    for (auto& failure : stages_.take_failures()) {
      fail(failure.index, stage.empty() ? to_string(failure.stage) : stage, failure.error.message);
    }
  }

  void fail(std::size_t index, std::string_view stage, std::string message) {
    records_[index].state = WEIR_RECORD_FAILED;
    failures_.try_emplace(index, Failure{std::string(stage), std::move(message)});
  }

  std::string line(std::size_t i) {
    http::JsonWriter out;
    if (records_[i].state == WEIR_RECORD_DROPPED) {
      return out.begin_object().member("dropped", true).end_object().take();
    }
    http::JsonWriter headers;
    headers.begin_array();
    if (failures_.count(i) == 0) {
      (void)stages_.encode_headers(
          &batch_, i, [&](std::string_view name, auto raw) { write_header(headers, name, raw); });
      note_failures("OUT");
    }
    if (const auto failure = failures_.find(i); failure != failures_.end()) {
      out.begin_object().member("error", failure->second.stage);
      return out.member("message", failure->second.message).end_object().take();
    }
    Record record(&batch_, i);
    out.begin_object().member("topic", record.topic());
    if (record.partition()) {
      out.member("partition", *record.partition());
    }
    if (record.timestamp()) {
      out.member("timestamp", *record.timestamp());
    }
    write_bytes(out, "key", record.raw(Side::key));
    write_bytes(out, "value", record.raw(Side::value));
    return out.key("headers").raw(headers.end_array().take()).end_object().take();
  }

  pipeline::Stages& stages_;
  OwnedArena arena_;
  std::vector<weir_record> records_;
  weir_batch batch_{};
  std::map<std::size_t, Failure> failures_;
};

}  // namespace

int transform(const Console& console, const plugin::Registry& registry, const std::string& file) {
  const auto input = read_connector(file, console.in);
  if (!input) {
    return console.fail(input.error().message);
  }
  ConfigMap given;
  for (const auto& [key, value] : input->config) {
    if (!value) {
      return console.fail(key + ": Null value can not be supplied as the configuration value.");
    }
    given.emplace(key, *value);
  }
  const auto worker_config = config::WorkerConfig::create({}, true);
  if (!worker_config) {
    return console.fail(worker_config.error().message);
  }
  const ConfigMap config = chain_config(given);
  const plugin::Component* relay = registry.find_connector(config::kRelay);
  const auto checked = config::Validator(registry, *worker_config, console.strict)
                           .validate(*relay, {config.begin(), config.end()});
  for (const std::string& warning : checked.warnings) {
    console.warn(warning);
  }
  int problems = 0;
  for (const auto& key : checked.configs) {
    for (const std::string& error : key.errors) {
      console.fail(error.find(key.name) == std::string::npos ? key.name + ": " + error : error);
      ++problems;
    }
  }
  if (problems > 0) {
    return kFailed;
  }

  pipeline::TaskSpec spec;
  spec.connector = input->name.empty() ? "transform" : input->name;
  auto chain = config::build_chain(checked.resolved, registry);
  if (!chain) {
    return console.fail(chain.error().message);
  }
  spec.transforms = std::move(*chain);
  const std::pair<const char*, config::ConverterChoice pipeline::TaskSpec::*> converters[] = {
      {"key.converter", &pipeline::TaskSpec::key_converter},
      {"value.converter", &pipeline::TaskSpec::value_converter},
      {"header.converter", &pipeline::TaskSpec::header_converter},
      {"output.key.converter", &pipeline::TaskSpec::output_key_converter},
      {"output.value.converter", &pipeline::TaskSpec::output_value_converter}};
  for (const auto& [key, member] : converters) {
    if (starts_with(key, "output.") && checked.resolved.count(key) == 0) {
      continue;
    }
    auto choice = config::choose_converter(key, checked.resolved, *worker_config, registry);
    if (!choice) {
      return console.fail(choice.error().message);
    }
    spec.*member = std::move(*choice);
  }
  OfflineHost host(spec.connector, console.err);
  auto stages = pipeline::Stages::create(
      spec, host.task({}), [&](const std::string& alias) { return host.task(alias); },
      [](std::chrono::milliseconds) { return false; });
  if (!stages) {
    return console.fail(stages.error().message);
  }

  Batch batch(**stages);
  std::vector<LineRecord> lines;
  std::size_t number = 0;
  std::string line;
  while (std::getline(console.in, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    auto record = parse_record_line(line);
    if (!record) {
      batch.run(lines, console.out);
      return console.fail("line " + std::to_string(number) + ": " + record.error().message);
    }
    lines.push_back(std::move(*record));
    if (lines.size() == kBatch || console.interactive) {
      batch.run(lines, console.out);
      lines.clear();
    }
  }
  batch.run(lines, console.out);
  return kDone;
}

}  // namespace weir::runtime::cli
