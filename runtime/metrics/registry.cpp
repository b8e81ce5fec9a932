#include "runtime/metrics/registry.hpp"

#include <prometheus/check_names.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <type_traits>
#include <utility>

namespace weir::runtime::metrics {
namespace {

constexpr std::size_t kText = 3;

bool valid(const std::string& name, const std::string& attribute, const Labels& labels) {
  if (!prometheus::CheckMetricName(name) ||
      (!attribute.empty() && !prometheus::CheckLabelName(attribute))) {
    return false;
  }
  return std::all_of(labels.begin(), labels.end(), [](const auto& label) {
    return prometheus::CheckLabelName(label.first);
  });
}

}  // namespace

void Counter::add(double n) const noexcept {
  if (series_) {
    series_->Increment(n);
  }
}

double Counter::value() const noexcept { return series_ ? series_->Value() : 0; }

void Gauge::set(double value) const noexcept {
  if (series_) {
    series_->Set(value);
  }
}

void Gauge::add(double n) const noexcept {
  if (series_) {
    series_->Increment(n);
  }
}

double Gauge::value() const noexcept { return series_ ? series_->Value() : 0; }

void Histogram::observe(double value) const noexcept {
  if (series_) {
    series_->Observe(value);
  }
}

void Text::set(std::string_view value) const noexcept {
  if (series_) {
    const std::lock_guard lock(series_->mutex);
    try {
      series_->value = value;
    } catch (...) {  // out of memory: the old text stays
    }
  }
}

const std::vector<double>& default_buckets() {
  static const std::vector<double> kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                            0.5,   1,      2.5,   5,    10,    30,   60};
  return kBuckets;
}

std::string kafka_connect_name(std::string_view type, std::string_view attribute) {
  std::string out = "kafka_connect_";
  out.append(type).append("_").append(attribute);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

Registry::Registry() = default;
Registry::~Registry() = default;

template <class T, class Make>
std::shared_ptr<T> Registry::find_or_add(const std::string& name, const std::string& help,
                                         const std::string& attribute, const Labels& labels,
                                         Make make) {
  using Pointer = std::shared_ptr<T>;
  constexpr std::size_t kKind = std::is_same_v<T, prometheus::Counter>     ? 0
                                : std::is_same_v<T, prometheus::Gauge>     ? 1
                                : std::is_same_v<T, prometheus::Histogram> ? 2
                                                                           : kText;
  if (!valid(name, attribute, labels)) {
    return make();
  }
  const std::lock_guard lock(mutex_);
  auto [family, is_new] = families_.try_emplace(name);
  if (is_new) {
    family->second.help = help;
    family->second.kind = kKind;
    family->second.attribute = attribute;
  } else if (family->second.kind != kKind || family->second.attribute != attribute) {
    return make();
  }
  auto& all = family->second.series;
  if (const auto found = all.find(labels); found != all.end()) {
    return std::get<Pointer>(found->second);
  }
  Pointer created = make();
  all.emplace(labels, created);
  return created;
}

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(find_or_add<prometheus::Counter>(
      name, help, "", labels, [] { return std::make_shared<prometheus::Counter>(); }));
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(find_or_add<prometheus::Gauge>(
      name, help, "", labels, [] { return std::make_shared<prometheus::Gauge>(); }));
}

Histogram Registry::histogram(const std::string& name, const std::string& help,
                              const Labels& labels, const std::vector<double>& buckets) {
  return Histogram(find_or_add<prometheus::Histogram>(
      name, help, "", labels, [&] { return std::make_shared<prometheus::Histogram>(buckets); }));
}

Text Registry::text(const std::string& name, const std::string& help, const std::string& attribute,
                    const Labels& labels) {
  return Text(find_or_add<Text::Series>(name, help, attribute, labels,
                                        [] { return std::make_shared<Text::Series>(); }));
}

void Registry::remove(const Labels& labels) {
  const std::lock_guard lock(mutex_);
  remove_locked(labels);
}

void Registry::claim(const Labels& labels) {
  const std::lock_guard lock(mutex_);
  ++claims_[labels];
}

void Registry::release(const Labels& labels) {
  const std::lock_guard lock(mutex_);
  const auto claim = claims_.find(labels);
  if (claim != claims_.end() && --claim->second == 0) {
    claims_.erase(claim);
    remove_locked(labels);
  }
}

void Registry::remove_locked(const Labels& labels) {
  if (labels.empty()) {
    return;
  }
  for (auto family = families_.begin(); family != families_.end();) {
    auto& all = family->second.series;
    for (auto it = all.begin(); it != all.end();) {
      const bool matches = std::all_of(labels.begin(), labels.end(), [&](const auto& wanted) {
        const auto found = it->first.find(wanted.first);
        return found != it->first.end() && found->second == wanted.second;
      });
      it = matches ? all.erase(it) : std::next(it);
    }
    family = all.empty() ? families_.erase(family) : std::next(family);
  }
}

Registry::Subscription::Subscription(Subscription&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}

Registry::Subscription& Registry::Subscription::operator=(Subscription&& other) noexcept {
  std::swap(registry_, other.registry_);
  std::swap(id_, other.id_);
  return *this;
}

Registry::Subscription::~Subscription() {
  if (registry_ != nullptr) {
    registry_->unsubscribe(id_);
  }
}

Registry::Subscription Registry::on_collect(std::function<void()> update) {
  const std::lock_guard lock(callbacks_mutex_);
  const std::uint64_t id = next_callback_++;
  callbacks_.emplace(id, std::move(update));
  return {this, id};
}

void Registry::unsubscribe(std::uint64_t id) noexcept {
  const std::lock_guard lock(callbacks_mutex_);
  callbacks_.erase(id);
}

std::string Registry::text() {
  {
    const std::lock_guard lock(callbacks_mutex_);
    for (const auto& [id, update] : callbacks_) {
      try {
        update();
      } catch (...) {  // a figure less is no reason to show none
      }
    }
  }
  std::vector<prometheus::MetricFamily> out;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) {
      prometheus::MetricFamily shown;
      shown.name = name;
      shown.help = family.help;
      shown.type = family.kind == 0   ? prometheus::MetricType::Counter
                   : family.kind == 2 ? prometheus::MetricType::Histogram
                                      : prometheus::MetricType::Gauge;
      for (const auto& [labels, series] : family.series) {
        prometheus::ClientMetric metric;
        if (family.kind == kText) {
          const auto& text = std::get<kText>(series);
          const std::lock_guard text_lock(text->mutex);
          if (text->value.empty()) {
            continue;
          }
          metric.gauge.value = 1;
          metric.label.push_back({family.attribute, text->value});
        } else {
          std::visit(
              [&](const auto& s) {
                if constexpr (requires { s->Collect(); }) {
                  metric = s->Collect();
                }
              },
              series);
        }
        for (const auto& [key, value] : labels) {
          metric.label.push_back({key, value});
        }
        std::sort(metric.label.begin(), metric.label.end());
        shown.metric.push_back(std::move(metric));
      }
      if (!shown.metric.empty()) {
        out.push_back(std::move(shown));
      }
    }
  }
  std::ostringstream stream;
  prometheus::TextSerializer().Serialize(stream, out);
  return std::move(stream).str();
}

}  // namespace weir::runtime::metrics
