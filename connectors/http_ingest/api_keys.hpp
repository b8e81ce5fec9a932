// Who may post what: the keys of a file, which is read again when it changes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <weir/result.hpp>

#include "digest.hpp"

namespace weir::connectors::http_ingest {

/// A caller that has shown who it is.
struct Principal {
  std::string id;                   ///< "" when nobody has to (auth.methods=none)
  std::string plan;                 ///< "" none
  std::vector<std::string> topics;  ///< names; "*" is every topic

  bool may_write(std::string_view topic) const;
};

/// The keys of one version of the file. Immutable.
class ApiKeyTable {
 public:
  /// Lines `id:sha256(key) in hex:plan:topics`; blank lines and those that begin with '#' count for
  /// nothing. Errc::bad_config names the line.
  static Result<ApiKeyTable> parse(std::string_view text);

  /// Takes the same time whichever key it is, or none.
  std::shared_ptr<const Principal> find(std::string_view key) const;
  std::size_t size() const noexcept { return entries_.size(); }
  std::vector<std::string> plans() const;

 private:
  struct Entry {
    Digest digest;
    std::shared_ptr<const Principal> principal;
  };
  std::vector<Entry> entries_;
};

/// The table of a file, kept fresh: looked at no more than once a second, when somebody asks. Any
/// thread.
class ApiKeys {
 public:
  using Log = std::function<void(bool error, const std::string& message)>;

  /// Reads the file; an error is Errc::bad_config.
  static Result<std::unique_ptr<ApiKeys>> open(std::string file, Log log);

  std::shared_ptr<const Principal> find(std::string_view key);

 private:
  ApiKeys(std::string file, Log log) : file_(std::move(file)), log_(std::move(log)) {}
  struct Stamp {
    std::int64_t modified_ns{0};
    std::int64_t size{0};
    std::uint64_t inode{0};
    bool operator==(const Stamp&) const = default;
  };
  static std::optional<Stamp> stamp_of(const std::string& file);
  Result<void> read();
  void refresh();

  const std::string file_;
  const Log log_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const ApiKeyTable> table_;
  Stamp stamp_;
  std::chrono::steady_clock::time_point looked_at_{};
};

}  // namespace weir::connectors::http_ingest
