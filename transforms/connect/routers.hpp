// RegexRouter and TimestampRouter: new topic names.
#pragma once

#include "common.hpp"
#include "java_regex.hpp"

namespace weir::transforms::connect {

inline void check_regex(std::string_view pattern, std::string_view key, ConfigProblems& problems) {
  if (auto regex = JavaRegex::of(pattern); !regex) {
    problems.push_back({std::string(key), join({"Invalid value ", pattern, " for configuration ", key, ": ", regex.error().message})});
  }
}

struct RegexRouterConfig {
  std::string regex{};
  std::string replacement{};
};

class RegexRouter final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "RegexRouter";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.RegexRouter"};
  static constexpr std::string_view kDoc = "Renames the topic where a regular expression matches all of it.";

  static ConfigDef<RegexRouterConfig> describe() {
    using C = RegexRouterConfig;
    return ConfigDef<C>{}
        .field("regex", &C::regex, "Java regular expression that must match the whole topic.")
        .required()
        .importance(Importance::high)
        .field("replacement", &C::replacement, "What the first match becomes; $1 is the first group.")
        .required()
        .importance(Importance::high)
        .check([](const C& c, ConfigProblems& problems) { check_regex(c.regex, "regex", problems); });
  }

  explicit RegexRouter(RegexRouterConfig config)
      : regex_(*JavaRegex::of(config.regex)), replacement_(std::move(config.replacement)) {}

  Result<void> apply(Record& record) override {
    const std::string_view topic = record.topic();
    auto it = known_.find(topic);
    if (it == known_.end()) {
      auto renamed = regex_.replace_if_matches(topic, replacement_);
      if (!renamed) {
        return renamed.error();
      }
      if (known_.size() >= kMostTopics) {
        known_.clear();
      }
      it = known_.emplace(std::string(topic), *std::move(renamed)).first;
    }
    if (it->second != topic) {
      record.set_topic(record.arena().copy(it->second));
    }
    return {};
  }

 private:
  static constexpr std::size_t kMostTopics = 1000;
  JavaRegex regex_;
  std::string replacement_;
  std::map<std::string, std::string, std::less<>> known_;
};

struct TimestampRouterConfig {
  std::string topic_format{"${topic}-${timestamp}"};
  std::string timestamp_format{"yyyyMMdd"};
};

class TimestampRouter final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "TimestampRouter";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.TimestampRouter"};
  static constexpr std::string_view kDoc = "Names the topic after itself and the record's timestamp (UTC).";

  static ConfigDef<TimestampRouterConfig> describe() {
    using C = TimestampRouterConfig;
    return ConfigDef<C>{}
        .field("topic.format", &C::topic_format, "The new name, with ${topic} and ${timestamp}.")
        .importance(Importance::high)
        .field("timestamp.format", &C::timestamp_format, "Pattern of java.text.SimpleDateFormat.")
        .importance(Importance::high);
  }

  explicit TimestampRouter(TimestampRouterConfig config)
      : topic_format_(std::move(config.topic_format)), format_(java::SimpleDateFormat::of(config.timestamp_format)) {}

  Result<void> apply(Record& record) override {
    if (!record.timestamp()) {
      return data_error({"Timestamp missing on record: ", record.where()});
    }
    if (!format_) {  // Kafka Connect looks at the pattern with the first record
      return bad_record(format_.error().message);
    }
    const std::string named = replace_all(topic_format_, "${topic}", record.topic());
    record.set_topic(record.arena().copy(replace_all(named, "${timestamp}", format_->format(*record.timestamp()))));
    return {};
  }

 private:
  static std::string replace_all(std::string_view in, std::string_view what, std::string_view with) {
    std::string out;
    for (;;) {
      const auto at = in.find(what);
      out += in.substr(0, at);
      if (at == std::string_view::npos) {
        return out;
      }
      out += with;
      in.remove_prefix(at + what.size());
    }
  }

  std::string topic_format_;
  Result<java::SimpleDateFormat> format_;
};

}  // namespace weir::transforms::connect
