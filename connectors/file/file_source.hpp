// Lines of a file, one record each: Kafka Connect's FileStreamSource.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <weir/plugin.hpp>

#include "file_descriptor.hpp"
#include "line_splitter.hpp"

namespace weir::connectors::file {

struct SourceConfig {
  std::optional<std::string> file;
  std::string topic;
  std::int32_t batch_size{2000};
};

class FileSource final : public Source {
 public:
  static constexpr std::string_view kType = "file_source";
  static constexpr std::string_view kDoc = "Reads lines of a file as they are appended.";
  static constexpr std::array<std::string_view, 3> kAliases{
      "org.apache.kafka.connect.file.FileStreamSourceConnector", "FileStreamSourceConnector",
      "FileStreamSource"};
  static ConfigDef<SourceConfig> describe();

  FileSource(SourceConfig config, Task task);
  Result<void> start() override;
  Result<void> poll(Batch& batch, std::chrono::milliseconds max_wait) override;

 private:
  /// false: the file is not there yet.
  Result<bool> open();
  /// Reads one block and appends its lines; false: nothing to read now.
  Result<bool> read_some(Batch& batch);
  void append_lines(Batch& batch, std::string_view block);
  bool full(const Batch& batch) const;

  const SourceConfig config_;
  const Task task_;
  const std::string name_;  // for messages
  FileDescriptor fd_;
  LineSplitter splitter_;
  std::string carry_;  // read, but not yet looked at, because the batch was full
  bool waiting_logged_{false};
  bool at_end_{false};  // of standard input: it will not grow
};

}  // namespace weir::connectors::file
