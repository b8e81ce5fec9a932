#include "runtime/plugin/instances.hpp"

#include <fmt/format.h>

#include <exception>
#include <string>

namespace weir::runtime::plugin {

std::uint32_t report_thrown(const weir_error_sink* errors, std::string_view component) noexcept {
  try {
    std::string text;
    try {
      throw;
    } catch (const std::exception& e) {
      text = fmt::format("{} threw: {}", component, e.what());
    } catch (...) {
      text = fmt::format("{} threw something that is not a std::exception", component);
    }
    errors->fail(errors->ctx, -1, WEIR_FATAL, {text.data(), text.size()});
  } catch (...) {  // out of memory while reporting; the code says enough
  }
  return WEIR_FATAL;
}

namespace detail {
namespace {

using Create = void* (*)(const weir_pair*, std::size_t, const weir_task*, const weir_error_sink*);
using Destroy = void (*)(void*);

std::pair<Create, Destroy> life(const Component& component) {
  switch (component.kind()) {
    case Kind::source: return {component.source_ops().create, component.source_ops().destroy};
    case Kind::sink: return {component.sink_ops().create, component.sink_ops().destroy};
    case Kind::transform: return {component.transform_ops().create, component.transform_ops().destroy};
    case Kind::predicate: return {component.predicate_ops().create, component.predicate_ops().destroy};
    case Kind::converter: return {component.converter_ops().create, component.converter_ops().destroy};
    case Kind::header_converter:
      return {component.header_converter_ops().create, component.header_converter_ops().destroy};
  }
  return {nullptr, nullptr};
}

}  // namespace

Result<void*> create_instance(const Component& component, Kind kind, const ConfigMap& config, const weir_task* task) {
  if (component.kind() != kind) {
    return bad_config(
        fmt::format("{} is a {}, not a {}", component.name(), to_string(component.kind()), to_string(kind)));
  }
  const Pairs pairs(config);
  ErrorCollector errors;
  void* self = nullptr;
  try {
    self = life(component).first(pairs.data(), pairs.size(), task, errors.c());
  } catch (...) {
    report_thrown(errors.c(), component.name());
  }
  if (self == nullptr) {
    return errors.error(WEIR_OK, fmt::format("{} could not be created and gave no reason", component.name()));
  }
  return self;
}

void destroy_instance(const Component& component, void* self) noexcept {
  try {
    life(component).second(self);
  } catch (...) {  // nothing is left to be told
  }
}

}  // namespace detail
}  // namespace weir::runtime::plugin
