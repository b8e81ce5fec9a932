// Declares a plugin: the C tables of abi.h are made here from plain C++ classes.
//
//   class BlackholeSink final : public weir::Sink {
//    public:
//     static constexpr std::string_view kType = "blackhole";
//     weir::Result<void> put(weir::Batch& batch) override { return {}; }
//   };
//   WEIR_PLUGIN("weir-blackhole", "1.0.0", weir::component<BlackholeSink>())
//
// A component class has
//   static constexpr std::string_view kType        the name that connector.class or type uses
//   static weir::ConfigDef<Config> describe()      its options (none: leave it out)
// and may have
//   static constexpr std::string_view kDoc, kVersion
//   static constexpr std::array<std::string_view, N> kAliases         further names, Java's class name for one
//   static weir::Result<std::vector<weir::ConfigMap>> task_configs(const weir::ConfigMap&, std::uint32_t max_tasks)
#pragma once

#include <weir/abi.h>
#include <weir/component.hpp>

#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
inline namespace v1 {
namespace detail {

template <class T>
concept HasDescribe = requires { T::describe(); };
template <class T>
concept HasTaskConfigs = requires(const ConfigMap& c) { T::task_configs(c, 1u); };

template <class T>
struct config_of {
  using type = NoConfig;
};
template <HasDescribe T>
struct config_of<T> {
  using type = typename decltype(T::describe())::Config;
};

template <class T>
const auto& definition() {
  if constexpr (HasDescribe<T>) {
    static const auto* def = new auto(T::describe());  // lives for ever: the host keeps pointers into it
    return *def;
  } else {
    static const auto* def = new ConfigDef<NoConfig>();
    return *def;
  }
}

inline ConfigMap to_map(const weir_pair* pairs, std::size_t count) {
  ConfigMap map;
  for (std::size_t i = 0; i < count; ++i) {
    map.emplace(std::string(text_of(pairs[i].key)), std::string(text_of(pairs[i].value)));
  }
  return map;
}

inline void report(const weir_error_sink* errors, Errc code, std::string_view message) noexcept {
  errors->fail(errors->ctx, -1, static_cast<std::uint32_t>(code), bytes_of(message));
}

/// Runs f, which returns Result<void>; turns errors and exceptions into a code and a text.
template <class F>
std::uint32_t guard(const weir_error_sink* errors, F&& f) noexcept {
  try {
    const Result<void> done = f();
    if (done) {
      return WEIR_OK;
    }
    report(errors, done.error().code, done.error().message);
    return static_cast<std::uint32_t>(done.error().code);
  } catch (const std::bad_alloc&) {
    report(errors, Errc::fatal, "out of memory");
  } catch (const std::exception& e) {
    report(errors, Errc::fatal, e.what());
  } catch (...) {
    report(errors, Errc::fatal, "the plugin threw something that is not a std::exception");
  }
  return WEIR_FATAL;
}

template <class F>
void guard_quiet(F&& f) noexcept {
  try {
    f();
  } catch (...) {  // nothing can be done about it here; the runtime sees what was not acknowledged
  }
}

template <class T>
void* create(const weir_pair* pairs, std::size_t count, const weir_task* task,
             const weir_error_sink* errors) noexcept {
  using Config = typename config_of<T>::type;
  T* made = nullptr;
  (void)guard(errors, [&]() -> Result<void> {
    ConfigProblems problems;
    Config config = definition<T>().parse(to_map(pairs, count), problems);
    if (!problems.empty()) {
      std::string text;
      for (const auto& p : problems) {
        text.append(text.empty() ? "" : "\n").append(p.message);
      }
      return bad_config(text);
    }
    static_assert(
        std::is_abstract_v<T> || std::is_constructible_v<T, Config, Task> ||
            std::is_constructible_v<T, Config> || std::is_constructible_v<T, Task> ||
            std::is_default_constructible_v<T>,
        "the constructor takes the struct of describe(), a weir::Task, both in this order, "
        "or nothing");
    static_assert(!std::is_abstract_v<T>, "a function of its base class is not there yet");
    if constexpr (std::is_constructible_v<T, Config, Task>) {
      made = new T(std::move(config), Task(task));
    } else if constexpr (std::is_constructible_v<T, Config>) {
      made = new T(std::move(config));
    } else if constexpr (std::is_constructible_v<T, Task>) {
      made = new T(Task(task));
    } else {
      made = new T();
    }
    return {};
  });
  return made;
}

template <class T>
void destroy(void* self) noexcept {
  guard_quiet([&] { delete static_cast<T*>(self); });
}

template <class T>
void validate(const weir_pair* pairs, std::size_t count, const weir_config_errors* errors) noexcept {
  try {
    ConfigProblems problems;
    (void)definition<T>().parse(to_map(pairs, count), problems);
    for (const auto& p : problems) {
      errors->add(errors->ctx, bytes_of(p.key), bytes_of(p.message));
    }
  } catch (const std::exception& e) {
    errors->add(errors->ctx, bytes_of(""), bytes_of(e.what()));
  } catch (...) {
    errors->add(errors->ctx, bytes_of(""), bytes_of("validation failed"));
  }
}

template <class T>
std::uint32_t task_configs(const weir_pair* pairs, std::size_t count, std::uint32_t max_tasks,
                           const weir_task_config_sink* out, const weir_error_sink* errors) noexcept {
  return guard(errors, [&]() -> Result<void> {
    auto configs = T::task_configs(to_map(pairs, count), max_tasks);
    if (!configs) {
      return configs.error();
    }
    for (const ConfigMap& config : *configs) {
      std::vector<weir_pair> list;
      for (const auto& [key, value] : config) {
        list.push_back({bytes_of(key), bytes_of(value)});
      }
      out->add(out->ctx, list.data(), list.size());
    }
    return {};
  });
}

template <class T>
const weir_source_ops& source_ops() {
  static const weir_source_ops ops{
      sizeof(weir_source_ops), 0, &create<T>, &destroy<T>,
      [](void* self, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] { return static_cast<T*>(self)->start(); });
      },
      [](void* self, weir_batch* batch, std::int64_t wait, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          Batch view(batch, errors);
          return static_cast<T*>(self)->poll(view, std::chrono::milliseconds(wait));
        });
      },
      [](void* self, const weir_ack* acks, std::size_t count) {
        guard_quiet([&] {
          static_cast<T*>(self)->acknowledged(std::span(static_cast<const Ack*>(acks), count));
        });
      },
      [](void* self) { guard_quiet([&] { static_cast<T*>(self)->committed(); }); },
      [](void* self) { guard_quiet([&] { static_cast<T*>(self)->stop(); }); }};
  return ops;
}

template <class T>
const weir_sink_ops& sink_ops() {
  static const weir_sink_ops ops{
      sizeof(weir_sink_ops), std::is_base_of_v<SettlingSink, T> ? WEIR_SINK_SETTLES : 0u, &create<T>,
      &destroy<T>,
      [](void* self, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] { return static_cast<T*>(self)->start(); });
      },
      [](void* self, weir_topic_partition* list, std::size_t n, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          return static_cast<T*>(self)->open(std::span(static_cast<TopicPartition*>(list), n));
        });
      },
      [](void* self, const weir_topic_partition* list, std::size_t n, std::uint32_t lost) {
        guard_quiet([&] {
          static_cast<T*>(self)->close(std::span(static_cast<const TopicPartition*>(list), n), lost != 0);
        });
      },
      [](void* self, weir_batch* batch, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          Batch view(batch, errors);
          return static_cast<T*>(self)->put(view);
        });
      },
      [](void* self, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] { return static_cast<T*>(self)->flush(); });
      },
      [](void* self, weir_topic_partition* list, std::size_t n, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          return static_cast<T*>(self)->pre_commit(std::span(static_cast<TopicPartition*>(list), n));
        });
      },
      [](void* self, std::int64_t deadline) {
        guard_quiet([&] { static_cast<T*>(self)->stop(std::chrono::milliseconds(deadline)); });
      }};
  return ops;
}

template <class T>
const weir_transform_ops& transform_ops() {
  static const weir_transform_ops ops{
      sizeof(weir_transform_ops), 0, &create<T>, &destroy<T>,
      [](void* self, weir_batch* batch, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          Batch view(batch, errors);
          return static_cast<Transform*>(static_cast<T*>(self))->apply(view);
        });
      }};
  return ops;
}

template <class T>
const weir_predicate_ops& predicate_ops() {
  static const weir_predicate_ops ops{
      sizeof(weir_predicate_ops), 0, &create<T>, &destroy<T>,
      [](void* self, weir_batch* batch, std::uint8_t* results, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&]() -> Result<void> {
          Batch view(batch, errors);
          for (Record record : view) {
            auto answer = static_cast<T*>(self)->test(record);
            if (!answer) {
              view.fail(record, answer.error());
            } else {
              results[record.index()] = *answer ? 1 : 0;
            }
          }
          return {};
        });
      }};
  return ops;
}

template <class T>
const weir_converter_ops& converter_ops() {
  static const weir_converter_ops ops{
      sizeof(weir_converter_ops), 0, &create<T>, &destroy<T>,
      [](void* self, weir_batch* batch, std::uint32_t side, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          Batch view(batch, errors);
          return static_cast<T*>(self)->decode(view, static_cast<Side>(side));
        });
      },
      [](void* self, weir_batch* batch, std::uint32_t side, const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          Batch view(batch, errors);
          return static_cast<T*>(self)->encode(view, static_cast<Side>(side));
        });
      }};
  return ops;
}

template <class T>
const weir_header_converter_ops& header_converter_ops() {
  static const weir_header_converter_ops ops{
      sizeof(weir_header_converter_ops), 0, &create<T>, &destroy<T>,
      [](void* self, weir_bytes topic, weir_bytes raw, weir_arena* arena, weir_header* out,
         const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&] {
          return static_cast<T*>(self)->decode(
              text_of(topic), raw.data == nullptr ? std::nullopt : std::optional(text_of(raw)),
              Arena(arena), *static_cast<Header*>(out));
        });
      },
      [](void* self, weir_bytes topic, const weir_header* header, weir_arena* arena, weir_bytes* out,
         const weir_error_sink* errors) -> std::uint32_t {
        return guard(errors, [&]() -> Result<void> {
          auto text = static_cast<T*>(self)->encode(text_of(topic),
                                                    *static_cast<const Header*>(header), Arena(arena));
          if (!text) {
            return text.error();
          }
          *out = *text ? bytes_of(**text) : kAbsent;
          return {};
        });
      }};
  return ops;
}

}  // namespace detail

/// The table of one component class (see the head of this file). The kind follows from its base class.
template <class T>
weir_component component() {
  static_assert(
      requires { std::string_view(T::kType); },
      "a component has a name: static constexpr std::string_view kType");
  static const auto* keys = new ConfigKeys(detail::definition<T>().keys());
  static const auto* aliases = [] {
    auto* list = new std::vector<weir_bytes>();
    if constexpr (requires { T::kAliases; }) {
      for (std::string_view name : T::kAliases) {
        list->push_back(bytes_of(name));
      }
    }
    return list;
  }();
  weir_component c{};
  c.struct_size = sizeof c;
  c.name = bytes_of(T::kType);
  if constexpr (requires { T::kVersion; }) {
    c.version = bytes_of(T::kVersion);
  }
  if constexpr (requires { T::kDoc; }) {
    c.documentation = bytes_of(T::kDoc);
  }
  c.aliases = aliases->data();
  c.alias_count = aliases->size();
  c.keys = keys->data();
  c.key_count = keys->size();
  c.key_stride = sizeof(weir_config_key);
  c.validate = &detail::validate<T>;
  if constexpr (detail::HasTaskConfigs<T>) {
    c.task_configs = &detail::task_configs<T>;
  }
  if constexpr (std::is_base_of_v<Source, T>) {
    c.kind = WEIR_COMPONENT_SOURCE;
    c.ops = &detail::source_ops<T>();
  } else if constexpr (std::is_base_of_v<Sink, T>) {
    c.kind = WEIR_COMPONENT_SINK;
    c.ops = &detail::sink_ops<T>();
  } else if constexpr (std::is_base_of_v<Transform, T>) {
    c.kind = WEIR_COMPONENT_TRANSFORM;
    c.ops = &detail::transform_ops<T>();
  } else if constexpr (std::is_base_of_v<Predicate, T>) {
    c.kind = WEIR_COMPONENT_PREDICATE;
    c.ops = &detail::predicate_ops<T>();
  } else if constexpr (std::is_base_of_v<Converter, T>) {
    c.kind = WEIR_COMPONENT_CONVERTER;
    c.ops = &detail::converter_ops<T>();
  } else {
    static_assert(std::is_base_of_v<HeaderConverter, T>, "derive from a class of component.hpp");
    c.kind = WEIR_COMPONENT_HEADER_CONVERTER;
    c.ops = &detail::header_converter_ops<T>();
  }
  return c;
}

/// The table of a plugin made of these components; lives for ever. WEIR_PLUGIN uses it, and so does the worker for the
/// components it has built in.
inline const weir_plugin* make_plugin(std::string_view name, std::string_view version,
                                      std::vector<weir_component> list) {
  auto* components = new std::vector<weir_component>(std::move(list));
  auto* plugin = new weir_plugin{};
  plugin->struct_size = sizeof *plugin;
  plugin->abi_major = WEIR_ABI_MAJOR;
  plugin->abi_minor = WEIR_ABI_MINOR;
  plugin->name = bytes_of(name);
  plugin->version = bytes_of(version);
  plugin->components = components->data();
  plugin->component_count = components->size();
  plugin->component_stride = sizeof(weir_component);
  return plugin;
}

namespace detail {
/// The contract has no way for an entry to give a reason.
inline void say_why_not(std::string_view plugin, const char* why) noexcept {
  (void)std::fprintf(stderr, "%.*s cannot be loaded: %s\n", static_cast<int>(plugin.size()),
                     plugin.data(), why);
}
}  // namespace detail

}  // namespace v1
}  // namespace weir

/// The plugin's one export. Arguments: name, version, then weir::component<T>() for each component.
#define WEIR_PLUGIN(name, version, ...)                                                     \
  extern "C" __attribute__((visibility("default"))) const weir_plugin* WEIR_PLUGIN_ENTRY(   \
      const weir_host* host) noexcept {                                                     \
    (void)host;                                                                             \
    try {                                                                                   \
      static const weir_plugin* plugin = ::weir::make_plugin(name, version, {__VA_ARGS__}); \
      return plugin;                                                                        \
    } catch (const std::exception& e) {                                                     \
      ::weir::detail::say_why_not(name, e.what());                                          \
      return nullptr;                                                                       \
    } catch (...) {                                                                         \
      ::weir::detail::say_why_not(name, "something that is no std::exception was thrown");  \
      return nullptr;                                                                       \
    }                                                                                       \
  }
