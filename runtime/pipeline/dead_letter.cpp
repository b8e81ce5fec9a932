#include "runtime/pipeline/dead_letter.hpp"

namespace weir::runtime::pipeline {
namespace {

constexpr std::size_t kMaxMessage = 1024;

/// At most kMaxMessage bytes, never half a character.
std::string_view cut(std::string_view text) {
  if (text.size() <= kMaxMessage) {
    return text;
  }
  std::size_t end = kMaxMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace

std::string exception_class_of(Stage stage, Errc code) {
  if (code == Errc::bad_record && stage != Stage::task_put) {
    return "org.apache.kafka.connect.errors.DataException";
  }
  if (code == Errc::retriable) {
    return "org.apache.kafka.connect.errors.RetriableException";
  }
  return "weir." + std::string(to_string(code));
}

kafka::Headers dead_letter_headers(const kafka::Message& message, bool context, std::string_view connector,
                                   std::uint32_t task, const StageFailure& failure) {
  kafka::Headers headers;
  message.for_each_header([&](std::string_view name, std::optional<std::string_view> value) { headers.add(name, value); });
  if (context) {
    for (const auto& [name, value] :
         context_headers({message.topic(), message.partition(), message.offset(), connector, task}, failure)) {
      headers.add(name, value);
    }
  }
  return headers;
}

std::vector<std::pair<std::string, std::optional<std::string>>> context_headers(const LetterOrigin& origin,
                                                                                const StageFailure& failure) {
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  const auto add = [&](const char* name, std::optional<std::string> value) { headers.emplace_back(name, std::move(value)); };
  const std::string_view text = cut(failure.error.message);
  const std::string exception = exception_class_of(failure.stage, failure.error.code);
  if (origin.topic) {
    add("__connect.errors.topic", std::string(*origin.topic));
  }
  if (origin.partition) {
    add("__connect.errors.partition", std::to_string(*origin.partition));
  }
  if (origin.offset) {
    add("__connect.errors.offset", std::to_string(*origin.offset));
  }
  add("__connect.errors.connector.name", std::string(origin.connector));
  add("__connect.errors.task.id", std::to_string(origin.task));
  add("__connect.errors.stage", std::string(to_string(failure.stage)));
  add("__connect.errors.class.name", failure.class_name);
  add("__connect.errors.exception.class.name", exception);
  add("__connect.errors.exception.message", text.empty() ? std::nullopt : std::optional(std::string(text)));
  add("__connect.errors.exception.stacktrace", text.empty() ? exception : exception + ": " + std::string(text));
  add("weir.outcome", std::string(to_string(failure.error.code)));
  add("weir.attempt", std::to_string(failure.attempts));
  return headers;
}

kafka::OutgoingRecord dead_letter_record(const kafka::Message& message, std::string_view topic) {
  kafka::OutgoingRecord out;
  out.topic = topic;
  out.key = message.key();
  out.value = message.value();
  out.timestamp = message.timestamp().value_or(0);
  return out;
}

}  // namespace weir::runtime::pipeline
