// All components that this worker can run, by every name that a config may use.
#pragma once

#include <weir/abi.h>
#include <weir/result.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/plugin/component.hpp"

namespace weir::runtime::plugin {

struct LoadFailure {
  std::string path;
  std::string reason;  ///< one sentence that names the file
};

/// Filled by one thread at start, then read by any thread. Components live as long as the registry, and the worker's
/// registry lives for ever.
///
/// Accepted names (worker-config.md 9, weir.md 2): the component's own name, its aliases, Java's class name among them, the
/// simple name of a Java class, and that cut before its last "Connector", "Converter", "HeaderConverter", "Transformation" or
/// "Predicate". A derived name that fits two components is dropped.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Registers every component of a table: all or none of them. `origin`: the file, or kBuiltIn. Of
  /// two components of one kind and name what is built in stays, else the higher version, of equal
  /// ones the first; the other is noted as a failure. Error: bad_config with one sentence that
  /// names the origin.
  Result<void> add(const weir_plugin* plugin, std::string_view origin);

  void add_failure(LoadFailure failure) { failures_.push_back(std::move(failure)); }
  const std::vector<LoadFailure>& failures() const noexcept { return failures_; }

  /// nullptr: no component of that kind answers to the name.
  const Component* find(Kind kind, std::string_view name) const;
  /// A source or a sink.
  const Component* find_connector(std::string_view name) const;

  /// In the order of GET /connector-plugins: sinks, sources, transformations, predicates, converters, header converters;
  /// by class name within a kind.
  std::vector<const Component*> list() const;
  std::vector<const Component*> list(Kind kind) const;

  /// Kafka Connect's text for an unknown connector.class (400 on POST and PUT).
  std::string unknown_connector_text(std::string_view name) const;

 private:
  struct Names {
    std::map<std::string, const Component*, std::less<>> exact;
    std::map<std::string, const Component*, std::less<>> derived;  // nullptr: ambiguous
  };
  static std::size_t group_of(Kind kind) noexcept;
  void index();

  std::vector<std::unique_ptr<Component>> components_;
  Names names_[5];  // connectors, transforms, predicates, converters, header converters
  std::vector<LoadFailure> failures_;
};

/// Orders versions as people do: numbers by value, "1.10" after "1.9". Negative, zero, positive.
int compare_versions(std::string_view a, std::string_view b) noexcept;

}  // namespace weir::runtime::plugin
