#include "runtime/cli/explainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <weir/java_text.hpp>

#include "runtime/cli/field_hints.hpp"
#include "runtime/http/utf8.hpp"

namespace weir::runtime::cli {
namespace {

constexpr std::size_t kLongest = 2000;  // bytes of one text that a person is shown

std::string cut(std::string text) {
  if (text.size() <= kLongest) {
    return text;
  }
  const std::size_t all = text.size();
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) {
    --end;
  }
  return text.substr(0, end) + fmt::format(" ... ({} bytes)", all);
}

/// Bytes as they are when they are text.
std::string shown(const std::optional<std::string_view>& bytes) {
  if (!bytes) {
    return "null";
  }
  return cut(http::is_utf8(*bytes) ? std::string(*bytes) : "base64:" + java::base64(*bytes));
}

std::string shown(const PartView& part) { return cut(part.json) + "   " + part.type; }

void add_line(std::string& out, std::string_view name, std::string_view text) {
  out += fmt::format("      {:<10} {}\n", name, text);
}

void add_view(std::string& out, const RecordView& view, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (part == "topic") {
      add_line(out, part, view.topic);
    } else if (part == "partition") {
      add_line(out, part, view.partition ? std::to_string(*view.partition) : "any");
    } else if (part == "timestamp") {
      add_line(out, part, view.timestamp ? std::to_string(*view.timestamp) : "none");
    } else if (part == "key") {
      add_line(out, part, shown(view.key));
    } else if (part == "value") {
      add_line(out, part, shown(view.value));
    } else if (view.headers.empty()) {
      add_line(out, "headers", "none");
    } else {
      for (const auto& h : view.headers) {
        add_line(out, "header", h.name + " = " + shown(h.value));
      }
    }
  }
}

}  // namespace

bool Explainer::explain(const LineRecord& record, bool json, std::ostream& out) {
  ++number_;
  const std::vector<LineRecord> one{record};
  batch_.load(one);
  std::vector<Step> steps;
  batch_.decode();
  if (batch_.live(0)) {
    Step decoded;
    decoded.name = "decoded";
    decoded.record = RecordView::of(batch_.record(0));
    steps.push_back(std::move(decoded));
  }
  for (std::size_t i = 0; i < stages_.steps() && batch_.live(0); ++i) {
    steps.push_back(apply(i, *steps.back().record));
  }
  batch_.encode();
  out << (json ? json_line(record, steps) : text(record, steps)) << '\n';
  const auto* failed = batch_.failure(0);
  if (failed != nullptr) {
    failure_ = *failed;
  }
  return failed == nullptr;
}

Explainer::Step Explainer::apply(std::size_t step, const RecordView& before) {
  const config::ChainStep& config = spec_.transforms[step];
  Step out;
  out.name = "transforms." + config.alias;
  out.class_name = config.transform->class_name();
  out.predicate = config.predicate_alias;
  out.negate = config.negate;
  auto hints = field_hints(config, batch_.record(0));
  batch_.transform(step, step + 1);
  if (batch_.failure(0) == nullptr && !out.predicate.empty()) {
    out.matched = stages_.verdict(0);
    out.applied = out.matched != out.negate;
  }
  if (out.applied) {
    out.hints = std::move(hints);
  }
  if (batch_.live(0)) {
    out.record = RecordView::of(batch_.record(0));
    out.changed = out.record->differences(before);
  }
  return out;
}

std::string Explainer::place(const RecordBatch::Failure& failure,
                             const std::vector<Step>& steps) const {
  const bool transformed = failure.stage == "TRANSFORMATION" && !steps.empty();
  const std::string key = transformed                           ? steps.back().name
                          : failure.stage == "KEY_CONVERTER"    ? "key.converter"
                          : failure.stage == "VALUE_CONVERTER"  ? "value.converter"
                          : failure.stage == "HEADER_CONVERTER" ? "header.converter"
                                                                : "writing the result";
  const std::string& by =
      failure.class_name.empty() && transformed ? steps.back().class_name : failure.class_name;
  return by.empty() ? key : key + " (" + by + ")";
}

std::string Explainer::text(const LineRecord& record, const std::vector<Step>& steps) {
  std::string out =
      fmt::format("record {}  {}-{}@{}\n", number_, record.topic, record.partition, record.offset);
  out += "  in\n";
  add_line(out, "topic", record.topic);
  add_line(out, "timestamp", record.timestamp ? std::to_string(*record.timestamp) : "none");
  add_line(out, "key", shown(record.key));
  add_line(out, "value", shown(record.value));
  for (const auto& [name, value] : record.headers) {
    add_line(out, "header", name + " = " + shown(value));
  }
  for (const Step& step : steps) {
    if (step.name == "decoded") {
      out += fmt::format("  decoded  by {} (key), {} (value)\n",
                         spec_.key_converter.component->class_name(),
                         spec_.value_converter.component->class_name());
      add_view(out, *step.record, {"key", "value"});
      if (!step.record->headers.empty()) {
        add_view(out, *step.record, {"headers"});
      }
      continue;
    }
    out += fmt::format("  {}  {}", step.name, step.class_name);
    if (!step.predicate.empty()) {
      out += fmt::format("  predicate {} {}{}: {}", step.predicate,
                         step.matched ? "matches" : "does not match",
                         step.negate ? ", negated" : "", step.applied ? "applied" : "passed over");
    }
    out += '\n';
    if (step.record && step.applied) {
      if (step.changed.empty()) {
        add_line(out, "unchanged", "");
        out.erase(out.find_last_not_of(" \n") + 1);
        out += '\n';
      }
      add_view(out, *step.record, step.changed);
    }
    for (const std::string& hint : step.hints) {
      add_line(out, "note", hint);
    }
  }
  if (const auto* failed = batch_.failure(0)) {
    out += fmt::format("  FAILED  {} in {}\n", failed->stage, place(*failed, steps));
    add_line(out, "message", cut(failed->message));
  } else if (batch_.dropped(0)) {
    out += "  DROPPED\n";
  } else {
    out += "  out\n";
    add_line(out, "line", cut(batch_.line(0)));
    if (const auto* late = batch_.failure(0)) {
      add_line(out, "FAILED", late->message);
    }
  }
  return out;
}

std::string Explainer::json_line(const LineRecord& record, const std::vector<Step>& steps) {
  http::JsonWriter out;
  out.begin_object().member("record", static_cast<std::int64_t>(number_));
  out.key("steps").begin_array();
  out.begin_object()
      .member("step", "in")
      .member("topic", record.topic)
      .member("partition", record.partition);
  out.member("offset", record.offset);
  if (record.timestamp) {
    out.member("timestamp", *record.timestamp);
  }
  write_bytes(out, "key", record.key);
  write_bytes(out, "value", record.value);
  out.key("headers").begin_array();
  for (const auto& [name, value] : record.headers) {
    write_header(out, name, value);
  }
  out.end_array().end_object();
  for (const Step& step : steps) {
    out.begin_object().member("step", step.name);
    if (step.name == "decoded") {
      out.member("key_converter", spec_.key_converter.component->class_name());
      out.member("value_converter", spec_.value_converter.component->class_name());
    } else {
      out.member("class", step.class_name);
      if (!step.predicate.empty()) {
        out.member("predicate", step.predicate)
            .member("negate", step.negate)
            .member("matched", step.matched);
      }
      out.member("applied", step.applied);
      out.key("changed").begin_array();
      for (const std::string& name : step.changed) {
        out.text(name);
      }
      out.end_array();
      if (!step.hints.empty()) {
        out.key("notes").begin_array();
        for (const std::string& hint : step.hints) {
          out.text(hint);
        }
        out.end_array();
      }
    }
    if (step.record) {
      step.record->write(out);
    }
    out.end_object();
  }
  out.end_array();
  const std::string result = batch_.line(0);
  if (const auto* failed = batch_.failure(0)) {
    out.member("failed_in", place(*failed, steps));
  }
  return out.key("out").raw(result).end_object().take();
}

}  // namespace weir::runtime::cli
