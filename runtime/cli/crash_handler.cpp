#include "runtime/cli/crash_handler.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEIR_SANITIZED 1
#else
#define WEIR_SANITIZED 0
#endif

namespace weir::runtime::cli {
namespace {

constexpr int kPluginCrash = 71;
constexpr std::array<int, 5> kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// Everything here runs in a signal handler: no memory is allocated, no lock taken by us.
void say(const char* text) noexcept {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

const char* name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    default: return "SIGABRT";
  }
}

bool ends_with(const char* text, const char* end) noexcept {
  const std::size_t n = std::strlen(text);
  const std::size_t m = std::strlen(end);
  return n >= m && std::strcmp(text + n - m, end) == 0;
}

/// The innermost frame that lies in a plugin: plugins end in .so, the system's libraries in .so.N.
const char* plugin_on_stack() noexcept {
  std::array<void*, 64> frames{};
  const int n = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < n; ++i) {
    Dl_info info{};
    if (::dladdr(frames[static_cast<std::size_t>(i)], &info) != 0 && info.dli_fname != nullptr &&
        ends_with(info.dli_fname, ".so")) {
      return info.dli_fname;
    }
  }
  return nullptr;
}

extern "C" void on_crash(int signal) {
  std::signal(signal, SIG_DFL);  // a crash in here ends it
  std::array<char, 17> thread{};
  ::prctl(PR_GET_NAME, thread.data());
  say("\nweir: ");
  say(name_of(signal));
  say(" in thread ");
  say(thread.data());
  if (const char* plugin = plugin_on_stack()) {
    say(", in the plugin ");
    say(plugin);
  }
  say("; weir ends\n");
  ::_exit(kPluginCrash);
}

}  // namespace

void report_crashes() noexcept {
  if (WEIR_SANITIZED != 0) {
    return;
  }
  std::array<void*, 1> frame{};
  (void)::backtrace(frame.data(), 1);  // loads what it needs now, not in the handler
  struct sigaction action {};
  action.sa_handler = &on_crash;
  action.sa_flags = SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) {
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace weir::runtime::cli
