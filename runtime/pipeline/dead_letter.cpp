#include "runtime/pipeline/dead_letter.hpp"

namespace weir::runtime::pipeline {
namespace {

constexpr std::size_t kMaxMessage = 1024;

std::string_view cut(std::string_view text) { return text.substr(0, kMaxMessage); }

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
  if (!context) {
    return headers;
  }
  const std::string_view text = cut(failure.error.message);
  const std::string exception = exception_class_of(failure.stage, failure.error.code);
  headers.add("__connect.errors.topic", message.topic());
  headers.add("__connect.errors.partition", std::to_string(message.partition()));
  headers.add("__connect.errors.offset", std::to_string(message.offset()));
  headers.add("__connect.errors.connector.name", connector);
  headers.add("__connect.errors.task.id", std::to_string(task));
  headers.add("__connect.errors.stage", to_string(failure.stage));
  headers.add("__connect.errors.class.name", failure.class_name);
  headers.add("__connect.errors.exception.class.name", exception);
  headers.add("__connect.errors.exception.message", text);
  headers.add("__connect.errors.exception.stacktrace", exception + ": " + std::string(text));
  headers.add("weir.outcome", to_string(failure.error.code));
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
