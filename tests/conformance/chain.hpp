// Converters, predicates and transforms of a connector config, run without a worker: for conformance tests.
#pragma once

#include <weir/abi.h>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <runtime/data/record_lines.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::conformance {

/// One instance of a component.
class Instance {
 public:
  /// Errc::bad_config: no such component, or its options are refused.
  static Result<Instance> create(std::uint32_t kind, std::string_view name, const ConfigMap& config);
  Instance(Instance&& other) noexcept;
  Instance& operator=(Instance&&) = delete;
  ~Instance();

  template <class Ops>
  const Ops& ops() const {
    return *static_cast<const Ops*>(component_->ops);
  }
  void* self() const { return self_; }

 private:
  Instance(const weir_component* component, void* self) : component_(component), self_(self) {}
  const weir_component* component_;
  void* self_;
};

class Chain {
 public:
  /// config: a connector's keys.
  static Result<Chain> create(const ConfigMap& config);
  /// One output line for one record.
  std::string run(const runtime::data::RecordLine& line);

 private:
  struct Step {
    Instance transform;
    std::optional<Instance> predicate;
    bool negate{false};
  };
  Chain(Instance key, Instance value, Instance header)
      : key_(std::move(key)), value_(std::move(value)), header_(std::move(header)) {}

  Instance key_;
  Instance value_;
  Instance header_;
  std::vector<Step> steps_;
};

/// A JSON object's members as config: texts as they are, other scalars as their text.
Result<ConfigMap> read_config(std::string_view json);

}  // namespace weir::conformance
