// Every metric of the worker: counters, gauges and histograms by name and labels, as Prometheus
// text.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace weir::runtime::metrics {

using Labels = std::map<std::string, std::string>;

// The handles share their series with the registry: cheap to copy, usable from any thread, and
// still valid (though no longer shown) after the series has been removed. A default-constructed
// handle does nothing. None of them throws.

class Counter {
 public:
  Counter() = default;
  explicit Counter(std::shared_ptr<prometheus::Counter> series) : series_(std::move(series)) {}
  void add(double n = 1) const noexcept;  ///< n < 0 is ignored
  double value() const noexcept;

 private:
  std::shared_ptr<prometheus::Counter> series_;
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(std::shared_ptr<prometheus::Gauge> series) : series_(std::move(series)) {}
  void set(double value) const noexcept;
  void add(double n) const noexcept;
  double value() const noexcept;

 private:
  std::shared_ptr<prometheus::Gauge> series_;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(std::shared_ptr<prometheus::Histogram> series) : series_(std::move(series)) {}
  void observe(double value) const noexcept;

 private:
  std::shared_ptr<prometheus::Histogram> series_;
};

/// A text attribute (status, class, version): a gauge of value 1 whose label `attribute` carries
/// the text.
class Text {
 public:
  struct Series {
    std::mutex mutex;
    std::string value;  // guarded by mutex
  };
  Text() = default;
  explicit Text(std::shared_ptr<Series> series) : series_(std::move(series)) {}
  void set(std::string_view value) const noexcept;

 private:
  std::shared_ptr<Series> series_;
};

/// Seconds: 1 ms to 60 s.
const std::vector<double>& default_buckets();

/// Kafka Connect's MBean attribute as Prometheus has it: ("sink-task-metrics",
/// "put-batch-avg-time-ms") gives kafka_connect_sink_task_metrics_put_batch_avg_time_ms.
std::string kafka_connect_name(std::string_view type, std::string_view attribute);

/// Thread-safe; looking a series up takes a lock, so keep the handle. A name or label that
/// Prometheus does not allow, or a name that is in use for another kind, gives a handle that counts
/// but is not shown.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The series of that name and those labels; equal ones share it. The first help text stays.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                      const std::vector<double>& buckets = default_buckets());
  /// `attribute`: the label that carries the text ("status"). Shown once it has been set.
  Text text(const std::string& name, const std::string& help, const std::string& attribute,
            const Labels& labels = {});

  /// Removes every series that has all of these labels with these values ({{"connector", "x"}}).
  /// Empty: nothing.
  void remove(const Labels& labels);

  /// For series whose user may still be there when its successor begins (a task that is restarted):
  /// what has these labels is removed when the last claim is released. Each claim is released once.
  void claim(const Labels& labels);
  void release(const Labels& labels);

  /// Removes the callback when it goes. The callback does not run any more once the destructor has
  /// returned.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();

   private:
    friend class Registry;
    Subscription(Registry* registry, std::uint64_t id) : registry_(registry), id_(id) {}
    Registry* registry_{nullptr};
    std::uint64_t id_{0};
  };
  /// Calls `update` before each text(), on the thread that asks: it sets gauges that are read, not
  /// counted (lag, rates, memory). It must be quick and must not subscribe, unsubscribe or call
  /// text(); what it throws is swallowed. The registry must outlive the subscription.
  [[nodiscard]] Subscription on_collect(std::function<void()> update);

  /// Everything in the Prometheus text format, families by name.
  std::string text();

 private:
  using Series =
      std::variant<std::shared_ptr<prometheus::Counter>, std::shared_ptr<prometheus::Gauge>,
                   std::shared_ptr<prometheus::Histogram>, std::shared_ptr<Text::Series>>;
  struct Family {
    std::string help;
    std::size_t kind{0};    // index into Series
    std::string attribute;  // of Text
    std::map<Labels, Series> series;
  };

  template <class T, class Make>
  std::shared_ptr<T> find_or_add(const std::string& name, const std::string& help,
                                 const std::string& attribute, const Labels& labels, Make make);
  void unsubscribe(std::uint64_t id) noexcept;

  void remove_locked(const Labels& labels);  // needs mutex_

  std::mutex mutex_;  // guards families_, claims_
  std::map<std::string, Family> families_;
  std::map<Labels, int> claims_;
  std::mutex callbacks_mutex_;  // guards the rest; held while callbacks run; taken before mutex_
  std::map<std::uint64_t, std::function<void()>> callbacks_;
  std::uint64_t next_callback_{1};
};

/// Kafka's sampled statistics: values of the last `samples` windows (metrics.num.samples ×
/// metrics.sample.window.ms). Thread-safe.
class Sampled {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Sampled(std::chrono::milliseconds window = std::chrono::seconds(30), int samples = 2,
                   std::function<Clock::time_point()> now = &Clock::now);

  void record(double value, double count = 1) noexcept;
  double average() noexcept;  ///< NaN when nothing was recorded
  double maximum() noexcept;  ///< NaN when nothing was recorded
  double minimum() noexcept;  ///< NaN when nothing was recorded
  double rate() noexcept;     ///< sum of the values a second

 private:
  struct Sample {
    Clock::time_point start{};
    double sum{0};
    double count{0};
    double maximum{0};
    double minimum{0};
    bool used{false};
  };
  struct Total {
    double sum{0};
    double count{0};
    double maximum{0};
    double minimum{0};
    bool any{false};
  };
  Total total(Clock::time_point now) noexcept;  // needs mutex_

  const std::chrono::milliseconds window_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;  // guards what follows
  Clock::time_point start_;
  std::vector<Sample> samples_;
  std::size_t current_{0};
};

/// weir_process_* (resident bytes, threads, open descriptors), weir_worker_uptime_seconds and
/// weir_build_info; read at each text() while the subscription lives.
[[nodiscard]] Registry::Subscription add_process_metrics(Registry& registry,
                                                         const std::string& version,
                                                         const std::string& commit);

}  // namespace weir::runtime::metrics
