// What the REST API (and the command line that runs a worker) sees of the worker: one interface,
// plain structs. Sources: Kafka Connect 4.1 REST API (org.apache.kafka.connect.runtime.rest), with
// Weir's additions in members named `weir`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>
#include <weir/config_def.hpp>

namespace weir::runtime::worker {

/// An answer other than success. `status` is the HTTP status, `message` the text of the error body:
/// Kafka Connect's words where it has them, never a secret, a path of this machine or a stack.
struct ApiError {
  int status{500};
  std::string message;
  std::vector<std::string> warnings{};  ///< of a config that is refused: what else is odd about it
};

/// A value or an ApiError. value() on an error and error() on a value are undefined: ask
/// has_value() first.
template <class T>
class [[nodiscard]] ApiResult {
 public:
  using value_type = T;

  ApiResult(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  ApiResult(ApiError error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  T& value() & noexcept { return *std::get_if<0>(&state_); }
  const T& value() const& noexcept { return *std::get_if<0>(&state_); }
  T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  ApiError& error() & noexcept { return *std::get_if<1>(&state_); }
  const ApiError& error() const& noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, ApiError> state_;
};

template <>
class [[nodiscard]] ApiResult<void> {
 public:
  ApiResult() noexcept = default;
  ApiResult(ApiError error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  const ApiError& error() const noexcept { return *error_; }

 private:
  std::optional<ApiError> error_;
};

/// A connector's config as it is stored: references such as ${env:X} unresolved, `name` included.
using Config = weir::ConfigMap;
/// A config as it was sent. nullopt is JSON's null: refused by create, put and validate
/// ("Null value can not be supplied as the configuration value."), in patch it removes the key.
using ConfigInput = std::map<std::string, std::optional<std::string>, std::less<>>;
/// One sentence each (unknown keys with the nearest known one, lenient readings): header
/// `Weir-Warning`.
using Warnings = std::vector<std::string>;

enum class TargetState : std::uint8_t { started, paused, stopped };

struct ServerInfo {
  std::string version;                          ///< Kafka Connect's version that is spoken: "4.1.0"
  std::string commit;                           ///< Weir's
  std::optional<std::string> kafka_cluster_id;  ///< nullopt until the first answer of a broker
  std::string weir_version;
};

enum class HealthStatus : std::uint8_t { starting, healthy, unhealthy, draining };

struct Health {
  HealthStatus status{HealthStatus::starting};
  /// Why it is unhealthy, in one sentence; may be empty.
  std::string detail;
};

struct TaskId {
  std::string connector;
  int task{0};
};

struct ConnectorInfo {
  std::string name;
  Config config;
  std::vector<TaskId> tasks;
  std::string type{"unknown"};  ///< source, sink, unknown
};

/// What create, put and patch return.
struct ConnectorChange {
  ConnectorInfo info;
  bool created{false};
  Warnings warnings;
};

struct BreakerInfo {
  std::string name;
  std::string state{"CLOSED"};  ///< CLOSED OPEN HALF_OPEN FORCED_OPEN DISABLED
  std::string reason;           ///< of the last transition; may be empty
  std::int64_t since_ms{0};     ///< wall clock of the last transition, ms since 1970; 0 unknown
  std::int64_t calls{0};        ///< in the window
  std::int64_t failures{0};     ///< in the window
};

struct LastError {
  std::string stage;  ///< as in dead letters: VALUE_CONVERTER, TRANSFORMATION, TASK_PUT ...
  std::string code;   ///< "retriable", "bad_record" ...
  std::string message;
  std::int64_t at_ms{0};
};

/// Member `weir` of a status; what does not apply stays nullopt and is left out.
struct WeirStatus {
  std::optional<std::string> health;
  std::optional<BreakerInfo> breaker;
  std::optional<bool> stalled;
  std::optional<std::int64_t> lag;  ///< records
  std::optional<LastError> last_error;

  bool empty() const noexcept { return !health && !breaker && !stalled && !lag && !last_error; }
};

struct TaskStatus {
  int id{0};
  std::string state;  ///< UNASSIGNED RUNNING PAUSED STOPPED FAILED RESTARTING
  std::string worker_id;
  std::optional<std::string> version;
  std::string trace;  ///< left out when empty
  WeirStatus weir;
};

struct ConnectorStatus {
  std::string name;
  std::string state;
  std::string worker_id;
  std::optional<std::string> version;
  std::string trace;
  std::vector<TaskStatus> tasks;  ///< sorted by id
  std::string type{"unknown"};
  WeirStatus weir;
};

struct TaskInfo {
  TaskId id;
  Config config;  ///< with `task.class`
};

/// `partition` and `offset` are texts of JSON objects (numbers keep their text); offset nullopt is
/// null. A sink's: {"kafka_topic":"t","kafka_partition":0} and {"kafka_offset":3}.
struct OffsetEntry {
  std::string partition;
  std::optional<std::string> offset;
};
using Offsets = std::vector<OffsetEntry>;

struct PluginInfo {
  std::string class_name;
  std::string type;  ///< source sink transformation predicate converter header_converter
  std::optional<std::string> version;
};

/// ConfigDef's view of an option.
struct ConfigKeyInfo {
  std::string name;
  std::string type{"STRING"};  ///< BOOLEAN STRING INT SHORT LONG DOUBLE LIST CLASS PASSWORD
  bool required{false};
  std::optional<std::string> default_value;
  std::string importance{"MEDIUM"};  ///< HIGH MEDIUM LOW
  std::string documentation;
  std::optional<std::string> group;
  std::string width{"NONE"};  ///< NONE SHORT MEDIUM LONG
  std::string display_name;
  std::vector<std::string> dependents;
  int order{-1};
};

struct ConfigValueInfo {
  std::string name;
  std::optional<std::string> value;  ///< a password as "[hidden]"
  std::vector<std::string> recommended_values;
  std::vector<std::string> errors;
  bool visible{true};
};

struct ValidatedKey {
  std::optional<ConfigKeyInfo> definition;
  ConfigValueInfo value;
};

struct Validation {
  std::string name;  ///< connector.class as sent
  int error_count{0};
  std::vector<std::string> groups;
  std::vector<ValidatedKey> configs;
  Warnings warnings;
};

/// The worker. Every function may be called by several threads at once and from before the worker
/// has read its state. Those in the first block never block; all others may (up to the request
/// timeout, 90 s) and are called by pool threads. No function throws.
class Facade {
 public:
  Facade() = default;
  Facade(const Facade&) = delete;
  Facade& operator=(const Facade&) = delete;
  virtual ~Facade() = default;

  // --- never block
  // -------------------------------------------------------------------------------------------------
  virtual ServerInfo server_info() const = 0;
  virtual Health health() const = 0;
  /// True once configs, offsets and statuses have been read to their ends. Until then the server
  /// holds back what needs them; asked again every few ms while a request waits.
  virtual bool ready() const noexcept = 0;
  /// "The worker is currently <what>, which began at <ISO instant>" or "The last operation the
  /// worker completed was <what>, which began at <t> and completed at <t>": ends the text of a
  /// request timeout. May be empty.
  virtual std::string stage() const = 0;

  // --- plugins: also before ready() (they wait for the plugins to be loaded)
  // ---------------------------------------
  /// Order: sinks, sources, transformations, predicates, converters, header converters.
  /// `connectors_only`: the first two.
  virtual ApiResult<std::vector<PluginInfo>> plugins(bool connectors_only) = 0;
  /// `version` empty or "latest": the newest. 404 "Unknown plugin <p>.", 400 bad version.
  virtual ApiResult<std::vector<ConfigKeyInfo>> plugin_config(const std::string& plugin,
                                                              const std::string& version) = 0;
  /// Result even when the config is wrong. 400 when `plugin` does not match connector.class, 500
  /// without a known connector.class.
  virtual ApiResult<Validation> validate(const std::string& plugin, const ConfigInput& config) = 0;

  // --- connectors
  // --------------------------------------------------------------------------------------------------
  virtual ApiResult<std::vector<std::string>> connectors() = 0;
  /// `config` has `name` in it, equal to `name`. 409 "Connector <n> already exists"; 400 invalid.
  virtual ApiResult<ConnectorChange> create(const std::string& name, const ConfigInput& config,
                                            TargetState initial_state) = 0;
  /// 404 "Connector <n> not found".
  virtual ApiResult<ConnectorInfo> info(const std::string& name) = 0;
  /// 404 "Connector <n> not found".
  virtual ApiResult<Config> config(const std::string& name) = 0;
  /// Creates or replaces. `config` has `name` in it. Equal to what is stored: nothing is written.
  /// 400 invalid.
  virtual ApiResult<ConnectorChange> put_config(const std::string& name,
                                                const ConfigInput& config) = 0;
  /// Applied to the raw config, then validated whole. 404 "Connector <n> not found"; 400 invalid.
  virtual ApiResult<ConnectorChange> patch_config(const std::string& name,
                                                  const ConfigInput& changes) = 0;
  /// 404 "Connector <n> not found". Leaves offsets and the consumer group.
  virtual ApiResult<void> remove(const std::string& name) = 0;
  /// 404 "No status found for connector <n>".
  virtual ApiResult<ConnectorStatus> status(const std::string& name) = 0;
  /// Asynchronous, idempotent; 404 "Unknown connector <n>".
  virtual ApiResult<void> pause(const std::string& name) = 0;
  virtual ApiResult<void> resume(const std::string& name) = 0;
  /// Writes an empty task set, then STOPPED; 404 "Unknown connector <n>".
  virtual ApiResult<void> stop(const std::string& name) = 0;
  /// nullopt: only the connector instance was restarted (neither flag given), answer 204. Else the
  /// plan: parts to be restarted are RESTARTING. 404 "Unknown connector: <n>".
  virtual ApiResult<std::optional<ConnectorStatus>> restart(const std::string& name,
                                                            bool include_tasks,
                                                            bool only_failed) = 0;
  /// 404 "Connector <n> not found".
  virtual ApiResult<std::vector<TaskInfo>> tasks(const std::string& name) = 0;
  /// 404 "No status found for task <n>-<i>".
  virtual ApiResult<TaskStatus> task_status(const std::string& name, int task) = 0;
  /// 404 "Unknown connector: <n>", "Unknown task: <n>-<i>"; 500 "Failed to start task: ...".
  virtual ApiResult<void> restart_task(const std::string& name, int task) = 0;
  /// Unknown connector: empty list. 403 "Topic tracking is disabled."
  virtual ApiResult<std::vector<std::string>> topics(const std::string& name) = 0;
  /// 403 "Topic tracking is disabled.", "Topic tracking reset is disabled."
  virtual ApiResult<void> reset_topics(const std::string& name) = 0;

  // --- offsets
  // -----------------------------------------------------------------------------------------------------
  /// 404 "Connector <n> not found".
  virtual ApiResult<Offsets> offsets(const std::string& name) = 0;
  /// Both return the text of the answer's `message`. Preconditions and texts: 400 unless STOPPED
  /// without tasks, 400 empty list or wrong keys, 404 unknown connector, 500 the connector's own
  /// refusal or group members.
  virtual ApiResult<std::string> alter_offsets(const std::string& name, const Offsets& offsets) = 0;
  virtual ApiResult<std::string> reset_offsets(const std::string& name) = 0;

  // --- breakers
  // ----------------------------------------------------------------------------------------------------
  /// Those that the connector's tasks use on this worker. 404 "Connector <n> not found".
  virtual ApiResult<std::vector<BreakerInfo>> breakers(const std::string& name) = 0;
  /// 404 "Breaker <b> of connector <n> not found".
  virtual ApiResult<BreakerInfo> breaker(const std::string& name, const std::string& breaker) = 0;
  /// `state` FORCED_OPEN, CLOSED or DISABLED; 400 for another word.
  virtual ApiResult<BreakerInfo> set_breaker(const std::string& name, const std::string& breaker,
                                             const std::string& state) = 0;

  // --- loggers
  // -----------------------------------------------------------------------------------------------------
  /// Asks every worker (this one too) to set a level, through the config topic. The levels of this
  /// worker alone are not the facade's: the server reads and sets spdlog's registry.
  virtual ApiResult<void> set_cluster_log_level(const std::string& logger,
                                                const std::string& level) = 0;
};

}  // namespace weir::runtime::worker
