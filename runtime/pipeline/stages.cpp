#include "runtime/pipeline/stages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/pipeline/retry_schedule.hpp"

namespace weir::runtime::pipeline {
namespace {

weir_record& at(weir_batch* batch, std::size_t i) { return *Record(batch, i).c(); }

Error with_context(const std::string& what, const Error& error) { return {error.code, what + ": " + error.message}; }

/// Header converters that take any bytes; others are tried on every header before the transforms, as Kafka Connect does.
bool takes_any_header(const plugin::Component& converter) {
  constexpr std::string_view kNames[] = {"org.apache.kafka.connect.storage.SimpleHeaderConverter",
                                         "org.apache.kafka.connect.storage.StringConverter",
                                         "org.apache.kafka.connect.converters.ByteArrayConverter"};
  return std::find(std::begin(kNames), std::end(kNames), converter.class_name()) != std::end(kNames);
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

Stages::Stages(plugin::ConverterInstance key, plugin::ConverterInstance value, plugin::HeaderConverterInstance header,
               ErrorPolicy errors, Wait wait)
    : key_(std::move(key)),
      value_(std::move(value)),
      header_(std::move(header)),
      errors_(std::move(errors)),
      wait_(std::move(wait)),
      headers_may_fail_(!takes_any_header(header_.component())) {}

Stages::Ended Stages::execute(weir_batch* batch, Stage stage, const plugin::Component& component,
                              const std::function<Attempt(CallErrors&)>& attempt, Error& why) {
  RetrySchedule schedule(errors_.retry_timeout, errors_.retry_delay_max);
  Ended ended = Ended::done;
  for (int attempts = 1;; ++attempts) {
    CallErrors errors(batch);
    const Attempt made = attempt(errors);
    std::vector<CallErrors::RecordError> again;
    const auto judge = [&](CallErrors::RecordError e) {
      if (e.error.code == Errc::retriable) {
        again.push_back(std::move(e));
      } else {
        failures_.push_back({e.index, stage, component.class_name(), std::move(e.error), attempts});
      }
    };
    for (auto& e : errors.records()) {
      judge(std::move(e));
    }
    if (!made.outcome) {
      const Error& error = made.outcome.error();
      // Held only while nothing of the batch is through: the step will see all of it again.
      if (error.code != Errc::bad_record && error.code != Errc::fatal && made.may_hold && attempts == 1 && again.empty()) {
        why = error;
        ended = Ended::held;
        break;
      }
      for (std::size_t i = 0; i < batch->count; ++i) {
        if (at(batch, i).state == WEIR_RECORD_LIVE) {
          at(batch, i).state = WEIR_RECORD_FAILED;
          judge({i, error});
        }
      }
    }
    if (again.empty()) {
      break;
    }
    const auto delay = schedule.next();
    if (!delay && stage != Stage::transformation && errors_.hold_converters) {
      for (const auto& e : again) {
        at(batch, e.index).state = WEIR_RECORD_LIVE;  // a conversion may be made twice
      }
      why = again.front().error;
      ended = Ended::held;
      break;
    }
    if (!delay) {
      for (auto& e : again) {
        failures_.push_back({e.index, stage, component.class_name(), std::move(e.error), attempts});
      }
      break;
    }
    if (!wait_(*delay, {stage, again.size(), again.front().error})) {
      ended = Ended::abandoned;
      break;
    }
    for (std::size_t i = 0; i < batch->count; ++i) {
      if (at(batch, i).state == WEIR_RECORD_LIVE) {
        at(batch, i).state = WEIR_RECORD_BYPASSED;  // through already
      }
    }
    for (const auto& e : again) {
      at(batch, e.index).state = WEIR_RECORD_LIVE;
    }
  }
  for (std::size_t i = 0; i < batch->count; ++i) {
    if (at(batch, i).state == WEIR_RECORD_BYPASSED) {
      at(batch, i).state = WEIR_RECORD_LIVE;
    }
  }
  return ended;
}

std::optional<Stages::Held> Stages::convert(weir_batch* batch, const plugin::ConverterInstance& converter, std::uint32_t side,
                                            bool decode) {
  Error why;
  const Ended ended = execute(batch, side == WEIR_SIDE_KEY ? Stage::key_converter : Stage::value_converter, converter.component(),
                              [&](CallErrors& errors) {
                                return Attempt{errors.outcome(decode ? converter.decode(batch, side, errors.sink())
                                                                     : converter.encode(batch, side, errors.sink()))};
                              },
                              why);
  return ended == Ended::done ? std::nullopt : std::optional(Held{0, std::move(why), ended == Ended::abandoned});
}

void Stages::convert_headers(weir_batch* batch) {
  for (std::size_t i = 0; i < batch->count; ++i) {
    weir_record& r = at(batch, i);
    if (r.state == WEIR_RECORD_LIVE && r.headers_loaded == 0) {
      batch->load_headers(batch, &r);
    }
  }
}

std::optional<Stages::Held> Stages::decode(weir_batch* batch) {
  auto held = convert(batch, key_, WEIR_SIDE_KEY, true);
  if (!held) {
    held = convert(batch, value_, WEIR_SIDE_VALUE, true);
  }
  if (!held && headers_may_fail_) {
    convert_headers(batch);
  }
  return held;
}

std::optional<Stages::Held> Stages::encode(weir_batch* batch) {
  auto held = convert(batch, output_key_ ? *output_key_ : key_, WEIR_SIDE_KEY, false);
  return held ? std::move(held) : convert(batch, output_value_ ? *output_value_ : value_, WEIR_SIDE_VALUE, false);
}

std::optional<Stages::Held> Stages::transform(weir_batch* batch, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, steps_.size()); ++i) {
    Step& step = steps_[i];
    Error why;
    switch (execute(batch, Stage::transformation, step.transform.component(),
                    [&](CallErrors& errors) { return apply(batch, step, errors); }, why)) {
      case Ended::done: break;
      case Ended::held: return Held{i, std::move(why)};
      case Ended::abandoned: return Held{i, {}, true};
    }
  }
  return std::nullopt;
}

// Predicate and transform are one operation, and the transform's class stands for both (TransformationStage).
Stages::Attempt Stages::apply(weir_batch* batch, Step& step, CallErrors& errors) {
  if (step.predicate) {
    verdicts_.assign(batch->count, 0);
    if (auto done = errors.outcome(step.predicate->test(batch, verdicts_.data(), errors.sink())); !done) {
      return {done};
    }
    for (std::size_t i = 0; i < batch->count; ++i) {
      weir_record& r = at(batch, i);
      if (r.state == WEIR_RECORD_LIVE && (verdicts_[i] != 0) == step.negate) {
        r.state = WEIR_RECORD_BYPASSED;
      }
    }
  }
  return {errors.outcome(step.transform.apply(batch, errors.sink())), true};
}

void Stages::fail_header(std::size_t index, std::string_view name, const Error& error) {
  failures_.push_back({index, Stage::header_converter, header_.component().class_name(),
                       with_context("header " + std::string(name), error)});
}

std::optional<weir_header> Stages::decode_header(weir_batch* batch, std::size_t index, std::string_view name,
                                                 std::optional<std::string_view> raw) {
  weir_header out{};
  out.name = bytes_of(name);
  CallErrors errors;
  const std::uint32_t code = header_.decode(at(batch, index).topic, raw ? bytes_of(*raw) : kAbsent, batch->arena, &out, errors.sink());
  if (auto done = errors.outcome(code); !done) {
    at(batch, index).state = WEIR_RECORD_FAILED;
    fail_header(index, name, done.error());
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
      fail_header(index, h.name_text(), done.error());
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
      failures_.push_back({index, Stage::header_converter, header_.component().class_name(),
                           bad_record("the record's headers cannot be parsed")});
    } else if (!failed) {
      record->headers = list;
      record->header_count = static_cast<std::uint32_t>(n);
    }
  } catch (const std::exception&) {
    record->state = WEIR_RECORD_FAILED;  // out of memory
  }
}

}  // namespace weir::runtime::pipeline
