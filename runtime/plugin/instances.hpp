// One instance of a component, owned: created by create(), destroyed with the object. All calls on one instance come from
// one thread. A call returns a WEIR_ code (details went to `errors`); what a plugin throws although it must not is
// reported there as WEIR_FATAL. An operation that the plugin leaves out returns WEIR_OK.
#pragma once

#include <weir/abi.h>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/plugin/component.hpp"

namespace weir::runtime::plugin {

/// Reports the exception in flight as WEIR_FATAL; for use inside catch (...) only.
std::uint32_t report_thrown(const weir_error_sink* errors, std::string_view component) noexcept;

inline constexpr std::uint32_t kOk = WEIR_OK;

namespace detail {
Result<void*> create_instance(const Component& component, Kind kind, const ConfigMap& config, const weir_task* task);
void destroy_instance(const Component& component, void* self) noexcept;
}  // namespace detail

template <class Derived, Kind kKind>
class Instance {
 public:
  Instance(Instance&& other) noexcept
      : component_(other.component_), self_(std::exchange(other.self_, nullptr)) {}
  Instance& operator=(Instance&& other) noexcept {
    std::swap(component_, other.component_);
    std::swap(self_, other.self_);
    return *this;
  }
  ~Instance() {
    if (self_ != nullptr) {
      detail::destroy_instance(*component_, self_);
    }
  }

  /// `config` has been validated and its references resolved; `task` must outlive the instance. Errors: bad_config when
  /// the component is of another kind or refuses, fatal when it throws.
  static Result<Derived> create(const Component& component, const ConfigMap& config, const weir_task* task) {
    auto self = detail::create_instance(component, kKind, config, task);
    if (!self) {
      return self.error();
    }
    return Derived(component, *self);
  }

  const Component& component() const noexcept { return *component_; }

 protected:
  Instance(const Component& component, void* self) noexcept : component_(&component), self_(self) {}

  template <class F>
  std::uint32_t call(const weir_error_sink* errors, F&& f) const noexcept {
    try {
      return f();
    } catch (...) {
      return report_thrown(errors, component_->name());
    }
  }
  template <class F>
  void call_quietly(F&& f) const noexcept {
    try {
      f();
    } catch (...) {  // such a call has nobody to report to
    }
  }

  const Component* component_;
  void* self_;
};

class SourceInstance : public Instance<SourceInstance, Kind::source> {
 public:
  std::uint32_t start(const weir_error_sink* errors) const {
    const auto& ops = component_->source_ops();
    return ops.start == nullptr ? kOk : call(errors, [&] { return ops.start(self_, errors); });
  }
  std::uint32_t poll(weir_batch* batch, std::int64_t max_wait_ms, const weir_error_sink* errors) const {
    return call(errors, [&] { return component_->source_ops().poll(self_, batch, max_wait_ms, errors); });
  }
  void acknowledged(std::span<const weir_ack> acks) const {
    const auto& ops = component_->source_ops();
    if (ops.acknowledged != nullptr) {
      call_quietly([&] { ops.acknowledged(self_, acks.data(), acks.size()); });
    }
  }
  bool wants_acknowledgements() const { return component_->source_ops().acknowledged != nullptr; }
  void committed() const {
    const auto& ops = component_->source_ops();
    if (ops.committed != nullptr) {
      call_quietly([&] { ops.committed(self_); });
    }
  }
  void stop() const {
    const auto& ops = component_->source_ops();
    if (ops.stop != nullptr) {
      call_quietly([&] { ops.stop(self_); });
    }
  }

 private:
  using Instance::Instance;
  friend Instance;
};

class SinkInstance : public Instance<SinkInstance, Kind::sink> {
 public:
  bool settles() const { return component_->settles(); }
  std::uint32_t start(const weir_error_sink* errors) const {
    const auto& ops = component_->sink_ops();
    return ops.start == nullptr ? kOk : call(errors, [&] { return ops.start(self_, errors); });
  }
  std::uint32_t open(std::span<weir_topic_partition> partitions, const weir_error_sink* errors) const {
    const auto& ops = component_->sink_ops();
    return ops.open == nullptr ? kOk : call(errors, [&] {
      return ops.open(self_, partitions.data(), partitions.size(), errors);
    });
  }
  void close(std::span<const weir_topic_partition> partitions, bool lost) const {
    const auto& ops = component_->sink_ops();
    if (ops.close != nullptr) {
      call_quietly([&] { ops.close(self_, partitions.data(), partitions.size(), lost ? 1u : 0u); });
    }
  }
  std::uint32_t put(weir_batch* batch, const weir_error_sink* errors) const {
    return call(errors, [&] { return component_->sink_ops().put(self_, batch, errors); });
  }
  std::uint32_t flush(const weir_error_sink* errors) const {
    const auto& ops = component_->sink_ops();
    return ops.flush == nullptr ? kOk : call(errors, [&] { return ops.flush(self_, errors); });
  }
  std::uint32_t pre_commit(std::span<weir_topic_partition> offsets, const weir_error_sink* errors) const {
    const auto& ops = component_->sink_ops();
    return ops.pre_commit == nullptr ? kOk : call(errors, [&] {
      return ops.pre_commit(self_, offsets.data(), offsets.size(), errors);
    });
  }
  void stop(std::int64_t deadline_ms) const {
    const auto& ops = component_->sink_ops();
    if (ops.stop != nullptr) {
      call_quietly([&] { ops.stop(self_, deadline_ms); });
    }
  }

 private:
  using Instance::Instance;
  friend Instance;
};

class TransformInstance : public Instance<TransformInstance, Kind::transform> {
 public:
  std::uint32_t apply(weir_batch* batch, const weir_error_sink* errors) const {
    return call(errors, [&] { return component_->transform_ops().apply(self_, batch, errors); });
  }

 private:
  using Instance::Instance;
  friend Instance;
};

class PredicateInstance : public Instance<PredicateInstance, Kind::predicate> {
 public:
  /// `results` has batch->count bytes; only those of live records are written.
  std::uint32_t test(weir_batch* batch, std::uint8_t* results, const weir_error_sink* errors) const {
    return call(errors, [&] { return component_->predicate_ops().test(self_, batch, results, errors); });
  }

 private:
  using Instance::Instance;
  friend Instance;
};

class ConverterInstance : public Instance<ConverterInstance, Kind::converter> {
 public:
  std::uint32_t decode(weir_batch* batch, std::uint32_t side, const weir_error_sink* errors) const {
    return call(errors, [&] { return component_->converter_ops().decode(self_, batch, side, errors); });
  }
  std::uint32_t encode(weir_batch* batch, std::uint32_t side, const weir_error_sink* errors) const {
    return call(errors, [&] { return component_->converter_ops().encode(self_, batch, side, errors); });
  }

 private:
  using Instance::Instance;
  friend Instance;
};

class HeaderConverterInstance : public Instance<HeaderConverterInstance, Kind::header_converter> {
 public:
  std::uint32_t decode(weir_bytes topic, weir_bytes raw, weir_arena* arena, weir_header* out,
                       const weir_error_sink* errors) const {
    return call(errors,
                [&] { return component_->header_converter_ops().decode(self_, topic, raw, arena, out, errors); });
  }
  std::uint32_t encode(weir_bytes topic, const weir_header* header, weir_arena* arena, weir_bytes* out,
                       const weir_error_sink* errors) const {
    return call(errors,
                [&] { return component_->header_converter_ops().encode(self_, topic, header, arena, out, errors); });
  }

 private:
  using Instance::Instance;
  friend Instance;
};

}  // namespace weir::runtime::plugin
