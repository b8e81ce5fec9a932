// Small things that every test needs: temporary folders, files, ports, waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace weir::test {

/// A folder of its own under TMPDIR, removed at the end unless WEIR_KEEP_TEMP is set. Everyone may
/// enter it (PostgreSQL runs as another user).
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The bytes of a file, "" when it is not there.
std::string read_file(const std::filesystem::path& path);
/// Throws std::runtime_error when it cannot be written. Makes the folders above it.
void write_file(const std::filesystem::path& path, std::string_view bytes);
/// The last `lines` lines of a text file: what a test prints when a server did not start.
std::string tail(const std::filesystem::path& path, int lines = 40);

/// A TCP port of the loopback that nobody listens on. It lies below the range from which outgoing
/// connections take theirs, so it stays free while a server is down, and no client can connect to
/// itself.
std::uint16_t free_port();

/// Asks until `condition` is true (then true) or the time is over (then its last answer).
bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& condition,
                std::chrono::milliseconds interval = std::chrono::milliseconds(20));

}  // namespace weir::test
