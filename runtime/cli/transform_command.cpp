#include "runtime/cli/transform_command.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <ostream>
#include <vector>

#include "runtime/cli/config_input.hpp"
#include "runtime/cli/explainer.hpp"
#include "runtime/cli/offline_chain.hpp"
#include "runtime/cli/record_batch.hpp"
#include "runtime/cli/record_input.hpp"
#include "runtime/cli/topic_input.hpp"
#include "runtime/config/properties.hpp"
#include "runtime/config/validator.hpp"
#include "runtime/worker/client_configs.hpp"

namespace weir::runtime::cli {
namespace {

constexpr std::size_t kBatch = 256;

/// The records that are read, and what keeps them readable.
struct Source {
  std::ifstream file;
  std::unique_ptr<RecordInput> input;
};

std::optional<std::string> misuse(const TransformArguments& a) {
  if (a.topic.empty()) {
    const char* alone = a.partition            ? "--partition"
                        : !a.from.empty()      ? "--from"
                        : !a.bootstrap.empty() ? "--kafka"
                                               : nullptr;
    if (alone != nullptr) {
      return std::string(alone) + " goes with --from-topic";
    }
  } else if (!a.input_file.empty()) {
    return "--input and --from-topic: one of them";
  }
  return std::nullopt;
}

Result<void> open(Source& source, const Console& console, const TransformArguments& arguments,
                  const OfflineChain& chain, const config::WorkerConfig& worker) {
  if (!arguments.topic.empty()) {
    const worker::ClientConfigs clients(worker, worker.bootstrap_servers);
    const std::string& name = chain.spec().connector;
    kafka::Config consumer = clients.consumer(chain.connector(), name, "weir-transform");
    const bool known = !arguments.worker_file.empty() ||
                       chain.connector().count("consumer.override.bootstrap.servers") > 0;
    if (!arguments.bootstrap.empty()) {
      consumer.set("bootstrap.servers", arguments.bootstrap);
    } else if (!known) {
      return bad_config(
          "--from-topic needs --kafka HOST:PORT, or --worker FILE with bootstrap.servers");
    }
    auto topic = TopicInput::open(std::move(consumer),
                                  {arguments.topic, arguments.partition,
                                   arguments.from.empty() ? "beginning" : arguments.from});
    if (!topic) {
      return topic.error();
    }
    source.input = std::move(*topic);
  } else if (arguments.input_file.empty() || arguments.input_file == "-") {
    source.input = std::make_unique<LineInput>(console.in);
  } else {
    source.file.open(arguments.input_file, std::ios::binary);
    if (!source.file) {
      return bad_config("--input: cannot read " + arguments.input_file + ": " +
                        std::strerror(errno));
    }
    source.input = std::make_unique<LineInput>(source.file, arguments.input_file);
  }
  return {};
}

/// Takes records until there are no more, and writes what becomes of them.
class Run {
 public:
  Run(const Console& console, OfflineChain& chain, bool explain)
      : console_(console),
        batch_(chain.stages()),
        explainer_(chain.spec(), chain.stages()),
        explain_(explain) {}

  int operator()(RecordInput& input, std::optional<std::size_t> count) {
    std::optional<Error> error;
    while (!count || read_ < *count) {
      auto record = input.next();
      if (!record) {
        error = record.error();
        break;
      }
      if (!*record) {
        break;
      }
      ++read_;
      lines_.push_back(std::move(**record));
      if (lines_.size() == kBatch || !input.more_at_once()) {
        write();
        if (!console_.out) {
          break;
        }
      }
    }
    write();
    if (failed_ > 0 && console_.out) {
      console_.warn(std::to_string(failed_) + " of " + std::to_string(read_) +
                    " records failed, the first: " + first_ +
                    (explain_ ? "" : " (--explain shows every step)"));
    }
    if (error) {
      return console_.fail(error->message);
    }
    if (!console_.out && errno != EPIPE) {  // who reads no further has enough
      return console_.fail(std::string("cannot write: ") + std::strerror(errno));
    }
    return kDone;
  }

 private:
  void write() {
    if (lines_.empty()) {
      return;  // what went wrong before stays in errno
    }
    errno = 0;
    if (explain_) {
      for (const LineRecord& line : lines_) {
        note(explainer_.explain(line, console_.json, console_.out) ? nullptr
                                                                   : &explainer_.failure());
      }
    } else {
      batch_.load(lines_);
      batch_.decode();
      batch_.transform();
      batch_.encode();
      for (std::size_t i = 0; i < lines_.size() && console_.out; ++i) {
        console_.out << batch_.line(i) << '\n';
        note(batch_.failure(i));
      }
    }
    console_.out.flush();
    lines_.clear();
  }
  void note(const RecordBatch::Failure* failure) {
    if (failure != nullptr && failed_++ == 0) {
      first_ = failure->stage + (failure->class_name.empty() ? "" : " in " + failure->class_name) +
               ": " + failure->message;
    }
  }

  const Console& console_;
  RecordBatch batch_;
  Explainer explainer_;
  const bool explain_;
  std::vector<LineRecord> lines_;
  std::size_t read_{0};
  std::size_t failed_{0};
  std::string first_;
};

}  // namespace

int transform(const Console& console, const plugin::Registry& registry,
              const TransformArguments& arguments) {
  if (const auto why = misuse(arguments)) {
    return console.fail(*why);
  }
  const auto connector = read_connector(arguments.config_file, console.in);
  if (!connector) {
    return console.fail(connector.error().message);
  }
  ConfigMap worker_keys;
  if (!arguments.worker_file.empty()) {
    auto loaded = config::load_config(arguments.worker_file);
    if (!loaded) {
      return console.fail(loaded.error().message);
    }
    worker_keys = std::move(*loaded);
  }
  const auto worker =
      config::WorkerConfig::create(worker_keys, arguments.worker_file.empty(), console.strict);
  if (!worker) {
    return console.fail(worker.error().message);
  }
  if (!arguments.worker_file.empty()) {
    for (const std::string& warning : worker->warnings) {
      console.warn(arguments.worker_file + ": " + warning);
    }
    for (const std::string& warning : config::unknown_converter_keys(registry, *worker)) {
      const std::string text = arguments.worker_file + ": " + warning;
      if (console.strict) {
        return console.fail(text);
      }
      console.warn(text);
    }
  }
  const auto chain =
      OfflineChain::open(console, registry, *connector, *worker, !arguments.worker_file.empty());
  if (chain == nullptr) {
    return kFailed;
  }
  Source source;
  if (auto opened = open(source, console, arguments, *chain, *worker); !opened) {
    return console.fail(opened.error().message);
  }
  return Run(console, *chain, arguments.explain)(*source.input, arguments.count);
}

const char* const kTransformHelp =
    R"(Takes records through the converters, predicates and transforms of a connector's config and
writes what comes out, one JSON object a line:

  {"topic":"t","partition":0,"key":"k","value":"{\"id\":1}","headers":[["trace","abc"]]}

Records are read in the same form (topic is required; value may be an object), or from a topic:
nothing is committed and no group is joined. Texts are the bytes of the record; bytes that are not
UTF-8 stand in key_base64 and value_base64. A record that is filtered is {"dropped":true}, one that
fails {"error":STAGE,"message":...}; the exit status is 0 all the same, and 1 when the config is
refused or the input is no record.

  weir transform --config orders.json < records.jsonl
  echo '{"topic":"t","value":{"id":"7"}}' | weir transform --config orders.json --explain
  weir transform --config orders.json --from-topic orders --kafka localhost:9092 -n 20 --explain
  weir transform --config orders.json --worker worker.properties --from-topic orders --from -5 -o json)";

}  // namespace weir::runtime::cli
