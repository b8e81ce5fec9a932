#include "support/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/files.hpp"

namespace weir::test {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { reset(); }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

 private:
  int fd_;
};

Descriptor open_or_throw(const std::filesystem::path& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) {
    throw std::runtime_error("cannot open " + path.string() + ": " + std::strerror(errno));
  }
  return Descriptor(fd);
}

std::vector<std::string> environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** e = environ; *e; ++e) {
    std::string entry = *e;
    if (!added.contains(entry.substr(0, entry.find('=')))) {
      all.push_back(std::move(entry));
    }
  }
  for (const auto& [name, value] : added) {
    all.push_back(name + "=" + value);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

struct Child {
  std::vector<char*> argv;
  std::vector<char*> env;
  const char* cwd{nullptr};
  int in{-1};
  int out{-1};
  int err{-1};
  bool change_user{false};
  uid_t uid{0};
  gid_t gid{0};
};

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const Child& child, pid_t parent, int report) {
  bool ok = true;
  if (child.change_user) {
    ok = ::setgroups(0, nullptr) == 0 && ::setgid(child.gid) == 0 && ::setuid(child.uid) == 0;
  }
  // After the change of user, which would clear it.
  ok = ok && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
  if (::getppid() != parent) {
    ::_exit(127);
  }
  ok = ok && (!child.cwd || ::chdir(child.cwd) == 0);
  ok = ok && ::dup2(child.in, 0) >= 0 && ::dup2(child.out, 1) >= 0 && ::dup2(child.err, 2) >= 0;
  if (ok) {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execvpe(child.argv[0], child.argv.data(), child.env.data());
  }
  int error = errno;
  [[maybe_unused]] ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(127);
}

pid_t spawn(const Child& child) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
  }
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid < 0) {
    throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  }
  if (pid == 0) {
    become(child, parent, write_end.get());
  }
  write_end.reset();
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(read_end.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof error)) {
    ::waitpid(pid, nullptr, 0);
    throw std::runtime_error(std::string("cannot run ") + child.argv[0] + ": " +
                             std::strerror(error));
  }
  return pid;
}

int decode(int raw) { return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw); }

pid_t start(const ProcessOptions& options) {
  std::vector<std::string> argv = options.argv;
  std::vector<std::string> env = environment(options.env);
  Child child;
  child.argv = pointers(argv);
  child.env = pointers(env);
  child.cwd = options.cwd.empty() ? nullptr : options.cwd.c_str();
  if (!options.user.empty() && ::geteuid() == 0) {
    const passwd* entry = ::getpwnam(options.user.c_str());
    if (!entry) {
      throw std::runtime_error("no user " + options.user);
    }
    child.change_user = true;
    child.uid = entry->pw_uid;
    child.gid = entry->pw_gid;
  }
  Descriptor in = open_or_throw(options.in.empty() ? "/dev/null" : options.in, O_RDONLY);
  Descriptor log = options.log.empty() ? open_or_throw("/dev/null", O_RDWR)
                                       : open_or_throw(options.log, O_WRONLY | O_CREAT | O_APPEND);
  Descriptor out = options.out.empty() ? Descriptor(-1)
                                       : open_or_throw(options.out, O_WRONLY | O_CREAT | O_TRUNC);
  child.in = in.get();
  child.out = out.get() >= 0 ? out.get() : log.get();
  child.err = log.get();
  return spawn(child);
}

}  // namespace

Usage usage_of(pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  std::string stat = read_file(proc + "/stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    throw std::runtime_error("no process " + std::to_string(pid));
  }
  std::istringstream fields(stat.substr(name_end + 1));
  Usage usage;
  std::string field;
  double ticks = 0;
  for (int i = 3; i <= 20 && fields >> field; ++i) {
    if (i == 14 || i == 15) {
      ticks += std::stod(field);
    } else if (i == 20) {
      usage.threads = std::stoi(field);
    }
  }
  usage.cpu_seconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::istringstream lines(read_file(proc + "/status"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("VmRSS:")) {
      usage.rss_mib = std::stod(line.substr(6)) / 1024;
    } else if (line.starts_with("VmHWM:")) {
      usage.peak_rss_mib = std::stod(line.substr(6)) / 1024;
    }
  }
  return usage;
}

Process::Process(const ProcessOptions& options) : pid_(start(options)) {}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    status_ = std::exchange(other.status_, std::nullopt);
  }
  return *this;
}

Process::~Process() { end(); }

void Process::end() noexcept {
  if (pid_ > 0 && !status_) {
    ::kill(pid_, SIGKILL);
    int raw = 0;
    while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
    }
    status_ = decode(raw);
  }
}

bool Process::running() {
  if (pid_ <= 0 || status_) {
    return false;
  }
  int raw = 0;
  pid_t ended = ::waitpid(pid_, &raw, WNOHANG);
  if (ended == pid_) {
    status_ = decode(raw);
  }
  return ended == 0;
}

void Process::signal(int number) {
  if (running()) {
    ::kill(pid_, number);
  }
}

std::optional<int> Process::wait(std::chrono::milliseconds timeout) {
  if (pid_ <= 0) {
    return std::nullopt;
  }
  auto until = std::chrono::steady_clock::now() + timeout;
  while (running()) {
    if (std::chrono::steady_clock::now() >= until) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return status_;
}

int Process::terminate(std::chrono::milliseconds timeout) {
  signal(SIGTERM);
  if (auto status = wait(timeout)) {
    return *status;
  }
  return kill9();
}

int Process::kill9() {
  end();
  return status_.value_or(-1);
}

Outcome run(const std::vector<std::string>& argv, const std::string& input,
            const std::map<std::string, std::string>& env, std::chrono::milliseconds timeout) {
  TempDir dir;
  write_file(dir.path() / "in", input);
  ProcessOptions options;
  options.argv = argv;
  options.env = env;
  options.in = dir.path() / "in";
  options.out = dir.path() / "out";
  options.log = dir.path() / "err";
  Process process(options);
  Outcome outcome;
  auto status = process.wait(timeout);
  outcome.status = status ? *status : process.kill9();
  outcome.out = read_file(options.out);
  outcome.err = read_file(options.log);
  return outcome;
}

}  // namespace weir::test
