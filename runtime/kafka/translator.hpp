// Internal: from Java's and librdkafka's property names to librdkafka's alone. See
// Config::translate().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/kafka/client_config.hpp"

namespace weir::runtime::kafka {

class Translator {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  Translator(const Values& in, ClientRole role) : in_(in), role_(role) {}
  Translation run();

 private:
  void one(const std::string& key, const std::string& value);
  void special(const std::string& key, const std::string& value);
  void jaas(const std::string& value);
  void tls();
  void assignment_strategy(const std::string& value);
  void defaults();
  void consumer_defaults();
  void producer_defaults();
  void idempotence();

  bool has(std::string_view key) const { return in_.find(key) != in_.end(); }
  std::string value_of(std::string_view key) const;
  void put(std::string_view key, std::string value) {
    out_.properties.insert_or_assign(std::string(key), std::move(value));
  }
  void put_default(std::string_view key, std::string value) {
    out_.properties.try_emplace(std::string(key), std::move(value));
  }
  void warn(std::string text) { out_.warnings.push_back(std::move(text)); }
  void refuse(std::string_view key, std::string text) {
    out_.errors.push_back({std::string(key), std::move(text)});
  }
  /// Refuses the key when the text is not a whole number.
  std::optional<std::int64_t> number(const std::string& key, const std::string& value);

  const Values& in_;
  ClientRole role_;
  Translation out_;
};

}  // namespace weir::runtime::kafka
