// Child processes of tests. A child dies with the thread that started it (so start it from one that
// outlives it), and nothing is ever killed by name.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::test {

struct ProcessOptions {
  std::vector<std::string> argv{};           ///< argv[0] is searched in PATH
  std::map<std::string, std::string> env{};  ///< added to this process's environment
  std::filesystem::path cwd{};               ///< empty: this process's
  std::filesystem::path in{};                ///< stdin; empty: /dev/null
  std::filesystem::path log{};               ///< stdout and stderr are appended; empty: /dev/null
  std::filesystem::path out{};               ///< stdout alone goes here when set
  std::string user{};                        ///< run as this user when this process is root
};

struct Usage {
  double cpu_seconds{0};   ///< user and system, all threads, so far
  double rss_mib{0};       ///< resident now
  double peak_rss_mib{0};  ///< highest so far
  int threads{0};
};
/// Of a running process; throws std::runtime_error when there is none.
Usage usage_of(pid_t pid);

/// Movable; the destructor kills (SIGKILL) and reaps. Not thread-safe.
class Process {
 public:
  Process() = default;
  /// Throws std::runtime_error when the program cannot be executed.
  explicit Process(const ProcessOptions& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);
  /// The exit status, 128 + signal for a signalled end; nothing when the time is over first.
  std::optional<int> wait(std::chrono::milliseconds timeout);
  /// SIGTERM, then SIGKILL when the time is over. Returns the status.
  int terminate(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  int kill9();

 private:
  void end() noexcept;

  pid_t pid_{-1};
  std::optional<int> status_;
};

struct Outcome {
  int status{0};
  std::string out;  ///< stdout
  std::string err;  ///< stderr
};

/// Runs to the end with `input` as stdin. A child that takes longer than `timeout` is killed
/// (status 137).
Outcome run(const std::vector<std::string>& argv, const std::string& input = {},
            const std::map<std::string, std::string>& env = {},
            std::chrono::milliseconds timeout = std::chrono::minutes(2));

}  // namespace weir::test
