// Records per CPU second of converters and transforms, through the plugin contract, in batches of 64, on the cases of
// cases.json. run.py prints them beside those of Kafka Connect's own classes (TransformsBench.java).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <runtime/worker/plugins.hpp>
#include <runtime/config/chain.hpp>
#include <runtime/plugin/instances.hpp>
#include <support/schema_registry.hpp>
#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

namespace weir::bench {
namespace {

using namespace runtime::plugin;

constexpr std::size_t kBatch = 64;

const Registry& registry() {
  static const Registry& all = runtime::worker::load_plugins({WEIR_PLUGINS});
  return all;
}

struct Case {
  std::string raw;
  std::string kind;
  ConfigMap config;
};

/// A batch that is filled again and again without a host.
class Batch {
 public:
  explicit Batch(const std::string& raw) : records_(kBatch) {
    c_.struct_size = sizeof c_;
    c_.record_stride = sizeof(weir_record);
    c_.count = kBatch;
    c_.load_headers = [](weir_batch*, weir_record* r) { r->headers_loaded = 1; };
    headers_[0] = {bytes_of("h1"), Value::string("x"), nullptr};
    headers_[1] = {bytes_of("h2"), Value::string("y"), nullptr};
    for (weir_record& r : records_) {
      r.topic = r.origin_topic = bytes_of("sales-store");
      r.origin_offset = 5;
      r.timestamp = 1700000000000;
      r.raw_value = bytes_of(raw);
      r.key = Value::string("key");
      r.headers = headers_;
      r.header_count = 2;
      r.headers_loaded = 1;
    }
    use(records_);
    errors_.ctx = this;
    errors_.fail = [](void*, std::int64_t, std::uint32_t, weir_bytes text) {
      std::fprintf(stderr, "failed: %.*s\n", static_cast<int>(text.size), static_cast<const char*>(text.data));
      std::abort();
    };
  }

  /// What the batch is from now on at the start of each round.
  void keep() {
    records_ = now_;
    kept_.push_back(std::move(arena_));
    arena_ = std::make_unique<OwnedArena>(1024 * 1024);
  }
  weir_batch* start() {
    arena_->reset();
    use(records_);
    return &c_;
  }
  /// The same without what the last round did to the records: for calls that write over it.
  weir_batch* again() {
    arena_->reset();
    return &c_;
  }
  weir_batch* c() { return &c_; }
  const weir_error_sink* errors() const { return &errors_; }

 private:
  void use(const std::vector<weir_record>& records) {
    now_ = records;
    c_.records = now_.data();
    c_.arena = arena_->c();
  }
  std::vector<weir_record> records_;
  std::vector<weir_record> now_;
  weir_header headers_[2]{};
  std::unique_ptr<OwnedArena> arena_ = std::make_unique<OwnedArena>(1024 * 1024);
  std::vector<std::unique_ptr<OwnedArena>> kept_;
  weir_batch c_{};
  weir_error_sink errors_{};
};

template <class T>
T made(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::abort();
  }
  return *std::move(result);
}

/// The record is JSON with a schema; what the converter makes of it is written, or read, again and again.
void run_registry(benchmark::State& state, const Case& c, Batch& batch, const testing::FakeTask& task) {
  test::SchemaRegistry known;
  const auto json = made(ConverterInstance::create(*registry().find(runtime::plugin::Kind::converter, "JsonConverter"), {{"converter.type", "value"}}, task.c()));
  const auto converter = made(ConverterInstance::create(*registry().find(runtime::plugin::Kind::converter, c.config.at("value.converter")),
                                                        {{"converter.type", "value"}, {"schema.registry.url", known.url()}}, task.c()));
  json.decode(batch.start(), WEIR_SIDE_VALUE, batch.errors());
  batch.keep();
  converter.encode(batch.start(), WEIR_SIDE_VALUE, batch.errors());
  batch.keep();
  batch.start();
  for (auto _ : state) {
    weir_batch* round = batch.again();
    if (c.kind == "registry decode") {
      converter.decode(round, WEIR_SIDE_VALUE, batch.errors());
    } else {
      converter.encode(round, WEIR_SIDE_VALUE, batch.errors());
    }
    benchmark::DoNotOptimize(round->records);
  }
}

void run(benchmark::State& state, const Case& c) {
  testing::FakeTask task;
  Batch batch(c.raw);
  if (c.kind.rfind("registry", 0) == 0) {
    run_registry(state, c, batch, task);
  } else if (c.kind.rfind("header", 0) == 0) {
    const auto converter = made(HeaderConverterInstance::create(*registry().find(runtime::plugin::Kind::header_converter, "SimpleHeaderConverter"), {}, task.c()));
    const std::string& text = c.config.at("header");
    weir_header header{};
    converter.decode(bytes_of("t"), bytes_of(text), batch.start()->arena, &header, batch.errors());
    batch.keep();
    for (auto _ : state) {
      weir_batch* round = batch.again();
      for (std::size_t i = 0; i < kBatch; ++i) {
        weir_bytes raw{};
        weir_header out{};
        if (c.kind == "header decode") {
          converter.decode(bytes_of("t"), bytes_of(text), round->arena, &out, batch.errors());
        } else {
          converter.encode(bytes_of("t"), &header, round->arena, &raw, batch.errors());
        }
        benchmark::DoNotOptimize(raw);
        benchmark::DoNotOptimize(out);
      }
    }
  } else {
    ConfigMap options{{"converter.type", "value"}};
    for (const auto& [key, value] : c.config) {
      if (key.rfind("value.converter.", 0) == 0) {
        options[key.substr(16)] = value;
      }
    }
    const auto converter = made(ConverterInstance::create(*registry().find(runtime::plugin::Kind::converter, c.config.at("value.converter")), options, task.c()));
    std::vector<TransformInstance> chain;
    for (const auto& step : made(runtime::config::build_chain(c.config, registry()))) {
      chain.push_back(made(TransformInstance::create(*step.transform, step.config, task.c())));
    }
    if (c.kind == "encode" || c.kind == "transform") {
      converter.decode(batch.start(), WEIR_SIDE_VALUE, batch.errors());
      batch.keep();
    }
    batch.start();
    const bool changes = !chain.empty();
    for (auto _ : state) {
      weir_batch* round = changes ? batch.start() : batch.again();
      if (c.kind == "decode" || c.kind == "path") {
        converter.decode(round, WEIR_SIDE_VALUE, batch.errors());
      }
      for (const TransformInstance& t : chain) {
        t.apply(round, batch.errors());
      }
      if (c.kind == "encode" || c.kind == "path") {
        converter.encode(round, WEIR_SIDE_VALUE, batch.errors());
      }
      benchmark::DoNotOptimize(round->records);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}

void add_cases() {
  const char* chosen = std::getenv("WEIR_BENCH_CASES");
  std::ifstream in(chosen != nullptr ? chosen : WEIR_BENCH_CASES);
  static const std::string text{std::istreambuf_iterator<char>(in), {}};
  static OwnedArena memory;
  const auto file = made(json::read(text, memory.view()));
  for (const Value& item : file.find("cases")->items()) {
    Case c;
    c.kind = item.find("kind")->text();
    c.raw = file.find("records")->find(item.find("data")->text())->text();
    for (const Member& m : item.find("config")->members()) {
      c.config[std::string(m.name().text())] = m.item().text();
    }
    const std::string name = std::string(item.find("name")->text()) + "\t" + c.kind;
    benchmark::RegisterBenchmark(name.c_str(), [c](benchmark::State& state) { run(state, c); });
  }
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::add_cases();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
