// A converter beside a registry of its own: records in, records out.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <support/schema_registry.hpp>
#include <utility>
#include <weir/connect_text.hpp>
#include <weir/testing/fake_host.hpp>

namespace weir::converters::schema_registry {

template <class Converter>
class ConverterRig {
 public:
  explicit ConverterRig(const test::SchemaRegistry& registry, ConfigMap more = {}) {
    more.emplace("schema.registry.url", registry.url());
    more.emplace("retries.wait.ms", "1");
    ConfigProblems problems;
    auto config = Converter::describe().parse(more, problems);
    EXPECT_TRUE(problems.empty()) << problems[0].message;
    converter_ = std::make_unique<Converter>(std::move(config), host_.task());
  }

  /// The record's bytes, "null", or "error: ...".
  std::string write(const weir_schema* schema, const Value& value, const std::string& topic = "t",
                    Side side = Side::value) {
    weir::testing::TestBatch batch;
    weir_record& r = batch.add(topic);
    (side == Side::key ? r.key : r.value) = value;
    (side == Side::key ? r.key_schema : r.value_schema) = schema;
    auto view = batch.view();
    EXPECT_TRUE(converter_->encode(view, side));
    if (!batch.failures().empty()) {
      code_ = batch.failures().begin()->second.code;
      return "error: " + batch.failures().begin()->second.message;
    }
    const auto raw = batch[0].raw(side);
    return raw ? std::string(*raw) : "null";
  }

  /// Kafka Connect's text of the value, or "error: ...".
  std::string read(std::optional<std::string> raw, const std::string& topic = "t", Side side = Side::value) {
    batch_ = std::make_unique<weir::testing::TestBatch>();
    weir_record& r = batch_->add(topic);
    (side == Side::key ? r.raw_key : r.raw_value) = raw ? bytes_of(batch_->arena().copy(*raw)) : kAbsent;
    auto view = batch_->view();
    EXPECT_TRUE(converter_->decode(view, side));
    if (!batch_->failures().empty()) {
      code_ = batch_->failures().begin()->second.code;
      return "error: " + batch_->failures().begin()->second.message;
    }
    std::string out;
    connect::append_java_string(out, record().part(side));
    return out;
  }
  /// What was read last.
  Record record() { return (*batch_)[0]; }
  Errc code() const { return code_; }

 private:
  weir::testing::FakeTask host_{"c"};
  std::unique_ptr<Converter> converter_;
  std::unique_ptr<weir::testing::TestBatch> batch_;
  Errc code_{Errc::ok};
};

inline std::string framed(std::int32_t id, const std::string& payload) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(id >> shift);
  }
  return out + payload;
}

struct Sale {
  explicit Sale(bool stable = true) {
    schema = SchemaBuilder(memory.view(), Kind::structure, stable)
                 .name("shop.Sale")
                 .field("id", schemas::int64())
                 .field("note", schemas::string(true))
                 .build();
  }
  Value value(std::int64_t id, std::string_view note) {
    members[0] = {Value::string("id"), Value::int64(id)};
    members[1] = {Value::string("note"), Value::string(note)};
    return Value::structure(members, 2);
  }
  OwnedArena memory;
  const weir_schema* schema;
  weir_member members[2]{};
};

}  // namespace weir::converters::schema_registry
