// Sends each record (or a batch of them) as one HTTP request. The task's thread builds requests, an I/O thread sends
// them; see Engine.
#pragma once

#include "config.hpp"
#include "engine.hpp"
#include "request_builder.hpp"

#include <weir/component.hpp>

#include <memory>
#include <string_view>

namespace weir::connectors::http {

class HttpSink : public SettlingSink {
 public:
  static constexpr std::string_view kType = "http";
  static constexpr std::string_view kDoc =
      "Posts records to an HTTP endpoint: at least once, with an idempotency key, in order per key.";
  static ConfigDef<Config> describe() { return describe_http(); }

  HttpSink(Config config, Task task);

  Result<void> start() override;
  void close(std::span<const TopicPartition> partitions, bool lost) override;
  Result<void> put(Batch& batch) override;
  Result<void> flush() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  Task task_;
  ConfigProblems problems_;
  Settings settings_;
  RequestBuilder builder_;
  std::unique_ptr<Engine> engine_;
};

/// Receipts to OnePass.
class OnePassSink final : public HttpSink {
 public:
  static constexpr std::string_view kType = "onepass";
  static constexpr std::string_view kDoc = "Posts receipts to OnePass: the http sink with its defaults.";
  static ConfigDef<Config> describe();
  using HttpSink::HttpSink;
};

/// Receipts to Slyp, where 303 means "had it before".
class SlypSink final : public HttpSink {
 public:
  static constexpr std::string_view kType = "slyp";
  static constexpr std::string_view kDoc = "Posts receipts to Slyp: the http sink with its defaults.";
  static ConfigDef<Config> describe();
  using HttpSink::HttpSink;
};

}  // namespace weir::connectors::http
