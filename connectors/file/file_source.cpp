#include "file_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace weir::connectors::file {
namespace {

constexpr std::size_t kBlockBytes = 128 * 1024;
constexpr std::chrono::milliseconds kLookAgain{100};  // a file cannot be waited for
constexpr std::string_view kFilename = "filename";
constexpr std::string_view kPosition = "position";

const weir_schema kStringSchema = [] {
  weir_schema s{};
  s.struct_size = sizeof s;
  s.type = WEIR_KIND_STRING;
  s.flags = WEIR_SCHEMA_STABLE;
  return s;
}();

std::string system_error(std::string_view what, std::string_view name) {
  return std::string(what) + " " + std::string(name) + ": " + std::strerror(errno);
}

Value one_member_map(Arena arena, std::string_view name, const Value& value) {
  auto* member = arena.array<weir_member>(1);
  member->key = Value::string(name);
  member->value = value;
  return Value::map(member, 1);
}

}  // namespace

ConfigDef<SourceConfig> FileSource::describe() {
  return ConfigDef<SourceConfig>{}
      .field("file", &SourceConfig::file,
             "Source filename. If not specified, the standard input will be used.")
      .importance(Importance::high)
      .field("topic", &SourceConfig::topic, "The topic to publish data to.")
      .required()
      .non_empty()
      .importance(Importance::high)
      .field("batch.size", &SourceConfig::batch_size,
             "The maximum number of records the source task can read from the file each time it is "
             "polled.")
      .at_least(1)
      .importance(Importance::low);
}

FileSource::FileSource(SourceConfig config, Task task)
    : config_(std::move(config)), task_(task), name_(config_.file.value_or("standard input")) {}

Result<void> FileSource::start() {
  if (!config_.file) {
    fd_ = FileDescriptor(STDIN_FILENO, false);
    return {};
  }
  OwnedArena memory;
  const Value partition = one_member_map(memory.view(), kFilename, Value::string(*config_.file));
  auto offset = task_.read_offset(partition, memory.view());
  if (!offset) {
    return offset.error();
  }
  if (offset->is_object()) {
    const Value* position = offset->find(kPosition);
    if (position != nullptr && !position->is_null()) {
      if (!position->is_integer() || position->as_integer() < 0) {
        return bad_config("the stored offset of " + name_ + " has no usable position");
      }
      splitter_.restart(position->as_integer());
    }
  }
  return {};
}

Result<bool> FileSource::open() {
  const int fd = ::open(config_.file->c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) {
      if (!waiting_logged_) {
        waiting_logged_ = true;
        task_.log(LogLevel::warn, "Couldn't find file " + name_ + ", waiting for it to be created");
      }
      return false;
    }
    return retriable(system_error("cannot open", name_));
  }
  fd_ = FileDescriptor(fd);
  const std::int64_t position = splitter_.position();
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size < position) {
    task_.log(LogLevel::warn, name_ + " is shorter than the stored position " +
                                  std::to_string(position) + "; waiting for it to grow");
  }
  if (position > 0 && ::lseek(fd, position, SEEK_SET) < 0) {
    auto error = fatal(system_error("cannot seek in", name_));
    fd_ = FileDescriptor();
    return error;
  }
  task_.log(LogLevel::info, "reading " + name_ + " from position " + std::to_string(position));
  return true;
}

bool FileSource::full(const Batch& batch) const {
  return batch.size() >= static_cast<std::size_t>(config_.batch_size);
}

Result<void> FileSource::poll(Batch& batch, std::chrono::milliseconds max_wait) {
  const auto deadline = std::chrono::steady_clock::now() + max_wait;
  for (;;) {
    while (!full(batch)) {
      auto more = read_some(batch);
      if (!more) {
        return more.error();
      }
      if (!*more) {
        break;
      }
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (batch.size() > 0 || left.count() <= 0) {
      return {};
    }
    const bool pipe = !config_.file && !at_end_;
    pollfd fds[2] = {{task_.wake_fd(), POLLIN, 0}, {fd_.get(), POLLIN, 0}};
    const auto wait = pipe || at_end_ ? left : std::min(left, kLookAgain);
    if (::poll(fds, pipe ? 2 : 1, static_cast<int>(wait.count())) > 0 && fds[0].revents != 0) {
      return {};
    }
  }
}

Result<bool> FileSource::read_some(Batch& batch) {
  if (!carry_.empty()) {
    const std::string_view block = batch.arena().copy(carry_);
    carry_.clear();
    append_lines(batch, block);
    return true;
  }
  if (at_end_) {
    return false;
  }
  if (!fd_.is_open()) {
    auto opened = open();
    if (!opened || !*opened) {
      return opened;
    }
  }
  if (!config_.file) {  // never block in read: a stop must get through
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, 0) <= 0) {
      return false;
    }
  }
  auto* block = static_cast<char*>(batch.arena().allocate(kBlockBytes));
  const ssize_t n = ::read(fd_.get(), block, kBlockBytes);
  if (n < 0) {
    if (errno == EINTR || errno == EAGAIN) {
      return false;
    }
    return retriable(system_error("cannot read", name_));
  }
  if (n == 0) {
    at_end_ = !config_.file;
    return false;
  }
  append_lines(batch, {block, static_cast<std::size_t>(n)});
  return true;
}

void FileSource::append_lines(Batch& batch, std::string_view block) {
  Arena arena = batch.arena();
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::string_view topic = arena.copy(config_.topic);
  const Value partition =
      config_.file ? one_member_map(arena, kFilename, Value::string(arena.copy(*config_.file)))
                   : Value();
  const std::size_t used =
      splitter_.feed(block, arena, [&](std::string_view line, std::int64_t at) {
        Record record = batch.append();
        record.set_topic(topic);
        record.set_timestamp(now.count());
        record.set_value(Value::string(to_utf8(line, arena)), &kStringSchema);
        if (config_.file) {
          record.set_source(partition, one_member_map(arena, kPosition, Value::int64(at)));
        }
        return !full(batch);
      });
  carry_.append(block.substr(used));
}

}  // namespace weir::connectors::file
