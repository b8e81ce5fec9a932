// The names a client configuration may hold: librdkafka's own and Java's. Tables only, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::kafka {

enum class Scope : std::uint8_t { both, consumer, producer };

struct NativeProperty {
  std::string_view name;
  Scope scope;
  bool newer{
      false};  // came after 2.0.2: left out with a warning when the loaded library does not know it
};

/// How a name of the Java clients that librdkafka does not share is treated.
enum class JavaTreatment : std::uint8_t {
  rename,         // same meaning under `target`
  translate,      // the value needs work: client_config.cpp knows it
  no_counterpart  // ignored with a warning
};

struct JavaProperty {
  std::string_view name;
  JavaTreatment treatment;
  std::string_view target{};
  Scope scope{Scope::both};
};

/// nullptr: not a property of librdkafka.
const NativeProperty* find_native_property(std::string_view key) noexcept;

/// nullptr: not a name of the Java clients, or one that librdkafka shares with the same meaning.
const JavaProperty* find_java_property(std::string_view key) noexcept;

/// One of the two above, also `*.class` names of Java. For "unknown key" warnings.
bool is_client_property(std::string_view key) noexcept;

/// The names of all of them, for suggestions.
std::vector<std::string> client_property_names();

/// True for every key whose value must not be shown: passwords, keys, JAAS and OAuth settings, and
/// unknown names.
bool is_secret_property(std::string_view key) noexcept;

}  // namespace weir::runtime::kafka
