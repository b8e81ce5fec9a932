#include "runtime/plugin/file_trust.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace weir::runtime::plugin {
namespace {

std::optional<std::string> distrust_one(const std::filesystem::path& file, const std::filesystem::path& place,
                                        const char* what) {
  struct stat s {};
  if (::stat(place.c_str(), &s) != 0) {
    return fmt::format("{} is refused: {} cannot be examined: {}", file.string(), place.string(), std::strerror(errno));
  }
  if (s.st_uid != 0 && s.st_uid != ::geteuid()) {
    return fmt::format("{} is refused: its {} belongs to user {}, neither to root nor to the worker's user",
                       file.string(), what, s.st_uid);
  }
  if ((s.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fmt::format("{} is refused: others than its owner may write to its {} (mode {:o}); take that right away",
                       file.string(), what, s.st_mode & 07777u);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> distrust(const std::filesystem::path& file) {
  std::error_code ec;
  const auto real = std::filesystem::canonical(file, ec);
  if (ec) {
    return fmt::format("{} is refused: {}", file.string(), ec.message());
  }
  if (auto why = distrust_one(file, real.parent_path(), "folder")) {
    return why;
  }
  return distrust_one(file, real, "file");
}

}  // namespace weir::runtime::plugin
