// weir connector, weir offset, weir breaker: each is one or two requests. All return the exit
// status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/console.hpp"

namespace weir::runtime::cli {

class ConnectorCommands {
 public:
  ConnectorCommands(const Console& console, RestClient& client)
      : console_(console), client_(client) {}

  int list() const;
  int get(const std::string& name) const;
  int config(const std::string& name) const;
  /// POST; `name` and `state` override what the file says.
  int create(const std::string& file, const std::string& name, const std::string& state) const;
  /// PUT: creates or replaces.
  int put(const std::string& file, const std::string& name) const;
  /// `changes`: "key=value"; `unset`: keys; `file`: a JSON object or .properties, may be empty.
  int patch(const std::string& name, const std::vector<std::string>& changes,
            const std::vector<std::string>& unset, const std::string& file) const;
  int remove(const std::vector<std::string>& names) const;
  /// pause, resume, stop.
  int set_state(const std::string& verb, const std::vector<std::string>& names) const;
  int restart(const std::string& name, bool include_tasks, bool only_failed,
              std::optional<int> task) const;
  int status(const std::string& name) const;
  int tasks(const std::string& name) const;
  int topics(const std::string& name, bool reset) const;
  int validate(const std::string& file) const;

  int offsets(const std::string& name) const;
  int alter_offsets(const std::string& name, const std::string& file) const;
  int reset_offsets(const std::string& name) const;

  /// Of one connector, or of all when `name` is empty.
  int breakers(const std::string& name) const;
  int set_breaker(const std::string& name, const std::string& breaker,
                  const std::string& state) const;

 private:
  int show(const RestAnswer& answer) const;
  bool passes_strict(const std::string& config_json) const;

  const Console& console_;
  RestClient& client_;
};

}  // namespace weir::runtime::cli
