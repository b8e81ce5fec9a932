// One line a record into a file: Kafka Connect's FileStreamSink.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <weir/plugin.hpp>

#include "file_descriptor.hpp"

namespace weir::connectors::file {

struct SinkConfig {
  std::optional<std::string> file;
};

class FileSink final : public Sink {
 public:
  static constexpr std::string_view kType = "file_sink";
  static constexpr std::string_view kDoc = "Appends values to a file, one line each.";
  static constexpr std::array<std::string_view, 3> kAliases{
      "org.apache.kafka.connect.file.FileStreamSinkConnector", "FileStreamSinkConnector",
      "FileStreamSink"};
  static ConfigDef<SinkConfig> describe();

  explicit FileSink(SinkConfig config);
  Result<void> start() override;
  Result<void> put(Batch& batch) override;

 private:
  const SinkConfig config_;
  const std::string name_;  // for messages
  FileDescriptor fd_;
  std::string buffer_;
};

}  // namespace weir::connectors::file
