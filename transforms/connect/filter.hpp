// Filter, and the predicates that decide what it (or any transform) is applied to.
#pragma once

#include "common.hpp"
#include "java_regex.hpp"
#include "routers.hpp"

namespace weir::transforms::connect {

class Filter final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "Filter";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.Filter"};
  static constexpr std::string_view kDoc = "Drops every record; meant to be used with a predicate.";

  Result<void> apply(Record& record) override {
    record.drop();
    return {};
  }
};

struct HasHeaderKeyConfig {
  std::string name{};
};

class HasHeaderKey final : public Predicate {
 public:
  static constexpr std::string_view kType = "HasHeaderKey";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.predicates.HasHeaderKey"};
  static constexpr std::string_view kDoc = "True for records with a header of that name.";

  static ConfigDef<HasHeaderKeyConfig> describe() {
    return ConfigDef<HasHeaderKeyConfig>{}
        .field("name", &HasHeaderKeyConfig::name, "Name of the header.")
        .required()
        .non_empty();
  }
  explicit HasHeaderKey(HasHeaderKeyConfig config) : name_(std::move(config.name)) {}

  Result<bool> test(Record& record) override { return record.header(name_) != nullptr; }

 private:
  std::string name_;
};

class RecordIsTombstone final : public Predicate {
 public:
  static constexpr std::string_view kType = "RecordIsTombstone";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.predicates.RecordIsTombstone"};
  static constexpr std::string_view kDoc = "True for records whose value is null.";

  Result<bool> test(Record& record) override { return record.value().is_null(); }
};

struct TopicNameMatchesConfig {
  std::string pattern{};
};

class TopicNameMatches final : public Predicate {
 public:
  static constexpr std::string_view kType = "TopicNameMatches";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.predicates.TopicNameMatches"};
  static constexpr std::string_view kDoc = "True where a regular expression matches all of the topic's name.";

  static ConfigDef<TopicNameMatchesConfig> describe() {
    using C = TopicNameMatchesConfig;
    return ConfigDef<C>{}
        .field("pattern", &C::pattern, "Java regular expression.")
        .required()
        .non_empty()
        .check([](const C& c, ConfigProblems& problems) { check_regex(c.pattern, "pattern", problems); });
  }
  explicit TopicNameMatches(const TopicNameMatchesConfig& config) : regex_(*JavaRegex::of(config.pattern)) {}

  Result<bool> test(Record& record) override {
    const std::string_view topic = record.topic();
    auto it = known_.find(topic);
    if (it == known_.end()) {
      auto yes = regex_.matches(topic);
      if (!yes) {
        return yes;
      }
      if (known_.size() >= kMostTopics) {
        known_.clear();
      }
      it = known_.emplace(std::string(topic), *yes).first;
    }
    return it->second;
  }

 private:
  static constexpr std::size_t kMostTopics = 1000;
  JavaRegex regex_;
  std::map<std::string, bool, std::less<>> known_;
};

}  // namespace weir::transforms::connect
