#include "runtime/pipeline/stages.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "runtime/pipeline/call_errors.hpp"

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

weir_record& at(weir_batch* batch, std::size_t i) { return *Record(batch, i).c(); }

Error with_context(const std::string& what, const Error& error) { return {error.code, what + ": " + error.message}; }

/// Kafka Connect's delay before retry k (RetryWithToleranceOperator): 300 ms doubling; above the maximum, uniformly random below it.
milliseconds retry_delay(int attempt, milliseconds maximum) {
  const double delay = 300.0 * static_cast<double>(std::uint64_t{1} << std::min(attempt, 30));
  if (delay <= static_cast<double>(maximum.count())) {
    return milliseconds(static_cast<std::int64_t>(delay));
  }
  thread_local std::mt19937 random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(0, maximum.count() - 1))(random));
}

}  // namespace

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::key_converter: return "KEY_CONVERTER";
    case Stage::value_converter: return "VALUE_CONVERTER";
    case Stage::header_converter: return "HEADER_CONVERTER";
    case Stage::transformation: return "TRANSFORMATION";
    case Stage::task_put: return "TASK_PUT";
    case Stage::task_poll: return "TASK_POLL";
    case Stage::kafka_produce: return "KAFKA_PRODUCE";
  }
  return "TASK_PUT";
}

Result<std::unique_ptr<Stages>> Stages::create(const TaskSpec& spec, const weir_task* task,
                                               const std::function<const weir_task*(const std::string&)>& transform_task,
                                               Wait wait) {
  auto key = plugin::ConverterInstance::create(*spec.key_converter.component, spec.key_converter.config, task);
  if (!key) {
    return with_context("key.converter", key.error());
  }
  auto value = plugin::ConverterInstance::create(*spec.value_converter.component, spec.value_converter.config, task);
  if (!value) {
    return with_context("value.converter", value.error());
  }
  auto header = plugin::HeaderConverterInstance::create(*spec.header_converter.component, spec.header_converter.config, task);
  if (!header) {
    return with_context("header.converter", header.error());
  }
  std::unique_ptr<Stages> stages(new Stages(std::move(*key), std::move(*value), std::move(*header), spec.errors, std::move(wait)));
  if (spec.output_key_converter.component != nullptr) {
    auto out = plugin::ConverterInstance::create(*spec.output_key_converter.component, spec.output_key_converter.config, task);
    if (!out) {
      return with_context("output.key.converter", out.error());
    }
    stages->output_key_.emplace(std::move(*out));
  }
  if (spec.output_value_converter.component != nullptr) {
    auto out = plugin::ConverterInstance::create(*spec.output_value_converter.component, spec.output_value_converter.config, task);
    if (!out) {
      return with_context("output.value.converter", out.error());
    }
    stages->output_value_.emplace(std::move(*out));
  }
  for (const config::ChainStep& t : spec.transforms) {
    auto instance = plugin::TransformInstance::create(*t.transform, t.config, transform_task(t.alias));
    if (!instance) {
      return with_context("transforms." + t.alias, instance.error());
    }
    std::optional<plugin::PredicateInstance> predicate;
    if (t.predicate != nullptr) {
      auto p = plugin::PredicateInstance::create(*t.predicate, t.predicate_config, task);
      if (!p) {
        return with_context("transforms." + t.alias + ".predicate", p.error());
      }
      predicate.emplace(std::move(*p));
    }
    stages->steps_.push_back({t.alias, std::move(*instance), std::move(predicate), t.negate});
  }
  return stages;
}

void Stages::fail(std::size_t index, Stage stage, const plugin::Component& component, Error error) {
  failures_.push_back({index, stage, component.class_name(), std::move(error)});
}

void Stages::convert(weir_batch* batch, const plugin::ConverterInstance& converter, std::uint32_t side, bool decode) {
  CallErrors errors(batch);
  const std::uint32_t code = decode ? converter.decode(batch, side, errors.sink()) : converter.encode(batch, side, errors.sink());
  const Stage stage = side == WEIR_SIDE_KEY ? Stage::key_converter : Stage::value_converter;
  for (auto& e : errors.records()) {
    fail(e.index, stage, converter.component(), std::move(e.error));
  }
  if (auto done = errors.outcome(code); !done) {
    fail_live(batch, stage, converter.component(), done.error());
  }
}

void Stages::decode(weir_batch* batch) {
  convert(batch, key_, WEIR_SIDE_KEY, true);
  convert(batch, value_, WEIR_SIDE_VALUE, true);
}

void Stages::encode(weir_batch* batch) {
  convert(batch, output_key_ ? *output_key_ : key_, WEIR_SIDE_KEY, false);
  convert(batch, output_value_ ? *output_value_ : value_, WEIR_SIDE_VALUE, false);
}

std::optional<Stages::Held> Stages::transform(weir_batch* batch, std::size_t from) {
  for (std::size_t i = from; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    const bool some_bypassed = step.predicate && bypass(batch, step);
    auto error = apply(batch, step);
    if (some_bypassed) {
      for (std::size_t r = 0; r < batch->count; ++r) {
        if (at(batch, r).state == WEIR_RECORD_BYPASSED) {
          at(batch, r).state = WEIR_RECORD_LIVE;
        }
      }
    }
    if (error) {
      return Held{i, std::move(*error)};
    }
  }
  return std::nullopt;
}

bool Stages::bypass(weir_batch* batch, Step& step) {
  verdicts_.assign(batch->count, 0);
  CallErrors errors(batch);
  const std::uint32_t code = step.predicate->test(batch, verdicts_.data(), errors.sink());
  for (auto& e : errors.records()) {
    fail(e.index, Stage::transformation, step.predicate->component(), std::move(e.error));
  }
  const auto done = errors.outcome(code);
  bool any = false;
  for (std::size_t i = 0; i < batch->count; ++i) {
    weir_record& r = at(batch, i);
    if (r.state != WEIR_RECORD_LIVE) {
      continue;
    }
    if (!done) {
      r.state = WEIR_RECORD_FAILED;
      fail(i, Stage::transformation, step.predicate->component(), done.error());
    } else if ((verdicts_[i] != 0) == step.negate) {
      r.state = WEIR_RECORD_BYPASSED;
      any = true;
    }
  }
  return any;
}

std::optional<Error> Stages::apply(weir_batch* batch, Step& step) {
  const plugin::Component& component = step.transform.component();
  const auto deadline = Clock::now() + errors_.retry_timeout;
  const bool endless = errors_.retry_timeout.count() < 0;
  std::vector<std::size_t> done_before;  // while others are tried again
  std::optional<Error> result;
  for (int attempt = 0;; ++attempt) {
    CallErrors errors(batch);
    const auto done = errors.outcome(step.transform.apply(batch, errors.sink()));
    std::vector<CallErrors::RecordError> again;
    for (auto& e : errors.records()) {
      if (e.error.code == Errc::retriable && errors_.retry_timeout.count() != 0) {
        again.push_back(std::move(e));
      } else {
        fail(e.index, Stage::transformation, component, std::move(e.error));
      }
    }
    if (!done) {
      if (done.error().code == Errc::bad_record || done.error().code == Errc::fatal) {
        // KIP-298 tolerates any exception of a transform, record by record.
        fail_live(batch, Stage::transformation, component, done.error());
      } else {
        result = done.error();  // it calls out and cannot now; nothing was changed
      }
    }
    milliseconds delay = retry_delay(attempt, errors_.retry_delay_max);
    if (!endless) {
      delay = std::min(delay, std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
    }
    if (again.empty() || result || delay.count() <= 0 || !wait_(delay)) {
      for (auto& e : again) {
        fail(e.index, Stage::transformation, component, std::move(e.error));
      }
      break;
    }
    ++retries_;
    for (std::size_t i = 0; i < batch->count; ++i) {
      if (at(batch, i).state == WEIR_RECORD_LIVE) {
        at(batch, i).state = WEIR_RECORD_BYPASSED;
        done_before.push_back(i);
      }
    }
    for (const auto& e : again) {
      at(batch, e.index).state = WEIR_RECORD_LIVE;
    }
  }
  for (const std::size_t i : done_before) {
    at(batch, i).state = WEIR_RECORD_LIVE;
  }
  return result;
}

void Stages::fail_live(weir_batch* batch, Stage stage, const plugin::Component& component, const Error& error) {
  for (std::size_t i = 0; i < batch->count; ++i) {
    if (at(batch, i).state == WEIR_RECORD_LIVE) {
      at(batch, i).state = WEIR_RECORD_FAILED;
      fail(i, stage, component, error);
    }
  }
}

std::optional<weir_header> Stages::decode_header(weir_batch* batch, std::size_t index, std::string_view name,
                                                 std::optional<std::string_view> raw) {
  weir_header out{};
  out.name = bytes_of(name);
  CallErrors errors;
  const std::uint32_t code = header_.decode(at(batch, index).topic, raw ? bytes_of(*raw) : kAbsent, batch->arena, &out, errors.sink());
  if (auto done = errors.outcome(code); !done) {
    at(batch, index).state = WEIR_RECORD_FAILED;
    fail(index, Stage::header_converter, header_.component(), with_context("header " + std::string(name), done.error()));
    return std::nullopt;
  }
  return out;
}

bool Stages::encode_headers(weir_batch* batch, std::size_t index,
                            const std::function<void(std::string_view, std::optional<std::string_view>)>& visit) {
  Record record(batch, index);
  for (const Header& h : record.headers()) {
    weir_bytes raw = kAbsent;
    CallErrors errors;
    const std::uint32_t code = header_.encode(record.c()->topic, &h, batch->arena, &raw, errors.sink());
    if (auto done = errors.outcome(code); !done) {
      record.c()->state = WEIR_RECORD_FAILED;
      fail(index, Stage::header_converter, header_.component(),
           with_context("header " + std::string(h.name_text()), done.error()));
      return false;
    }
    visit(h.name_text(), raw.data == nullptr ? std::nullopt : std::optional(text_of(raw)));
  }
  return true;
}

void Stages::load_headers(weir_batch* batch, weir_record* record, const kafka::Message& message) noexcept {
  try {
    record->headers = nullptr;
    record->header_count = 0;
    const std::size_t count = message.header_count();
    if (count == 0) {
      return;
    }
    const auto index = static_cast<std::size_t>(record - ConsumedBatch::of(batch)->c()->records);
    auto* list = Arena(batch->arena).array<weir_header>(count);
    std::size_t n = 0;
    bool failed = false;
    const bool parsed = message.for_each_header([&](std::string_view name, std::optional<std::string_view> raw) {
      if (failed || n >= count) {
        return;
      }
      if (auto header = decode_header(batch, index, name, raw)) {
        list[n++] = *header;
      } else {
        failed = true;
      }
    });
    if (!parsed && !failed) {
      record->state = WEIR_RECORD_FAILED;
      fail(index, Stage::header_converter, header_.component(), bad_record("the record's headers cannot be parsed"));
    } else if (!failed) {
      record->headers = list;
      record->header_count = static_cast<std::uint32_t>(n);
    }
  } catch (const std::exception&) {
    record->state = WEIR_RECORD_FAILED;  // out of memory
  }
}

}  // namespace weir::runtime::pipeline
