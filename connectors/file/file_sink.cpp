#include "file_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <weir/json.hpp>

namespace weir::connectors::file {
namespace {

constexpr std::size_t kWriteAt = 256 * 1024;

/// What stands in the file for a value: text as it is, the rest as JSON (null: "null", as Java
/// prints it).
void append_text(const Value& value, std::string& to) {
  switch (value.type()) {
    case Kind::string:
    case Kind::bytes:
    case Kind::decimal:
    case Kind::lazy: to.append(value.text()); return;
    default: json::write(value, to);
  }
}

Result<void> write_all(int fd, std::string& text, const std::string& name) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      text.clear();
      return retriable("cannot write " + name + ": " + std::strerror(errno));
    }
    done += static_cast<std::size_t>(n);
  }
  text.clear();
  return {};
}

}  // namespace

ConfigDef<SinkConfig> FileSink::describe() {
  return ConfigDef<SinkConfig>{}
      .field("file", &SinkConfig::file,
             "Destination filename. If not specified, the standard output will be used.")
      .importance(Importance::high);
}

FileSink::FileSink(SinkConfig config)
    : config_(std::move(config)), name_(config_.file.value_or("standard output")) {}

Result<void> FileSink::start() {
  if (!config_.file) {
    fd_ = FileDescriptor(STDOUT_FILENO, false);
    return {};
  }
  const int fd = ::open(config_.file->c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    return bad_config("Couldn't find or create file '" + name_ + "': " + std::strerror(errno));
  }
  fd_ = FileDescriptor(fd);
  return {};
}

Result<void> FileSink::put(Batch& batch) {
  buffer_.clear();
  for (Record record : batch) {
    append_text(record.value(), buffer_);
    buffer_.push_back('\n');
    if (buffer_.size() >= kWriteAt) {
      if (auto written = write_all(fd_.get(), buffer_, name_); !written) {
        return written;
      }
    }
  }
  return write_all(fd_.get(), buffer_, name_);
}

}  // namespace weir::connectors::file
