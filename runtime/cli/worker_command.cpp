#include "runtime/cli/worker_command.hpp"

#include <curl/curl.h>
#include <malloc.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <thread>

#include "runtime/cli/logging.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/config/properties.hpp"
#include "runtime/config/worker_config.hpp"
#include "runtime/http/server.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/worker/worker.hpp"

namespace weir::runtime::cli {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// An event that any thread may set.
class Event {
 public:
  void set() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
  }
  int fd() const noexcept { return fd_.get(); }

 private:
  Descriptor fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

/// SIGTERM and SIGINT as a descriptor. Made before any other thread, so that all of them inherit
/// the mask.
class Signals {
 public:
  Signals() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGTERM);
    ::sigaddset(&set_, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set_, &old_);
    fd_ = std::make_unique<Descriptor>(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~Signals() { ::pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const noexcept { return fd_->get(); }
  /// 0: none has come.
  int take() const noexcept {
    signalfd_siginfo info{};
    return ::read(fd_->get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo)
                                                                 : 0;
  }

 private:
  sigset_t set_{};
  sigset_t old_{};
  std::unique_ptr<Descriptor> fd_;
};

/// Waits for a signal (returned) or the event (0).
int wait_for(const Signals& signals, const Event& event) {
  while (true) {
    std::array<pollfd, 2> waiting{{{signals.fd(), POLLIN, 0}, {event.fd(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
      return SIGTERM;
    }
    if (const int signal = signals.take(); signal != 0) {
      return signal;
    }
    if ((waiting[1].revents & POLLIN) != 0) {
      return 0;
    }
  }
}

/// Many descriptors (eight a client), and no core files: they would hold secrets.
void set_limits() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
}

/// Records are allocated by the client's threads and freed by the tasks': with an arena a thread (glibc's default, 8 a
/// core) memory that one has freed is never used by another.
void share_heaps() {
  (void)::mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
}

[[noreturn]] void leave_at_once(int status) {
  spdlog::default_logger_raw()->flush();
  ::_exit(status);
}

}  // namespace

int run_worker(const Console& console, const WorkerArguments& arguments) {
  if (arguments.config_file.empty() && !arguments.embedded) {
    return console.fail("weir worker needs --config FILE, or --embedded");
  }
  const Signals signals;
  set_limits();
  share_heaps();
  ConfigMap file;
  if (!arguments.config_file.empty()) {
    auto loaded = config::load_config(arguments.config_file);
    if (!loaded) {
      return console.fail(loaded.error().message);
    }
    file = std::move(*loaded);
  }
  auto worker_config = config::WorkerConfig::create(file, arguments.embedded, console.strict);
  if (!worker_config) {
    return console.fail(worker_config.error().message);
  }
  auto settings = http::settings_of(worker_config->values, arguments.insecure_rest);
  if (!settings) {
    return console.fail(settings.error().message);
  }
  const std::vector<std::string> warnings = settings->warnings;

  metrics::Registry metrics;
  const auto process_metrics = metrics::add_process_metrics(metrics, version(), commit());
  http::Server server(std::move(*settings), metrics);
  if (auto bound = server.bind(); !bound) {
    return console.fail(bound.error().message);
  }
  set_up_logging(::isatty(STDERR_FILENO) == 1);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  for (const std::string& warning : warnings) {
    spdlog::warn("{}", warning);
  }

  const Event end;
  worker::WorkerOptions options;
  options.config = std::move(*worker_config);
  options.strict = console.strict;
  options.connectors.assign(arguments.connectors.begin(), arguments.connectors.end());
  options.worker_id = server.advertised();
  options.weir_version = version();
  options.commit = commit();
  options.on_end = [&end] { end.set(); };
  worker::Worker worker(std::move(options), metrics);
  server.start(worker);
  spdlog::info("weir {} ({}): REST API on http://{}", version(), commit(), server.advertised());
  worker.start();

  if (const int signal = wait_for(signals, end); signal != 0) {
    spdlog::info("stopping (signal {})", signal);
  }
  server.refuse_changes();
  const Event drained;
  std::jthread drain([&] {
    worker.stop();
    server.stop();
    drained.set();
  });
  if (const int signal = wait_for(signals, drained); signal != 0) {
    spdlog::warn("a second signal: leaving at once");
    leave_at_once(128 + signal);
  }
  drain.join();
  const int status = worker.exit_status();
  spdlog::info("stopped, exit status {}", status);
  if (worker.must_exit_hard()) {
    leave_at_once(status);
  }
  return status;
}

}  // namespace weir::runtime::cli
