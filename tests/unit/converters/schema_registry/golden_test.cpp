// Every line of golden/converters.jsonl (see its README): what Confluent's converters make of it,
// beside a registry.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <runtime/data/json_codec.hpp>
#include <string>

#include "avro/avro_converter.hpp"
#include "converter_rig.hpp"
#include "json_schema/json_schema_converter.hpp"
#include "protobuf/proto_schema.hpp"
#include "protobuf/protobuf_converter.hpp"

namespace weir::converters::schema_registry {
namespace {

namespace bj = boost::json;

/// Any of the three, as the lines name them.
class AnyRig {
 public:
  virtual ~AnyRig() = default;
  virtual std::string write(const weir_schema* schema, const Value& value,
                            const std::string& topic) = 0;
  virtual std::string read(const std::string& raw, const std::string& topic) = 0;
  virtual Record record() = 0;
};

template <class Converter>
class RigOf final : public AnyRig {
 public:
  RigOf(const test::SchemaRegistry& registry, const ConfigMap& options) : rig_(registry, options) {}
  std::string write(const weir_schema* schema, const Value& value,
                    const std::string& topic) override {
    return rig_.write(schema, value, topic);
  }
  std::string read(const std::string& raw, const std::string& topic) override {
    return rig_.read(raw, topic);
  }
  Record record() override { return rig_.record(); }

 private:
  ConverterRig<Converter> rig_;
};

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out.append({kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]});
  }
  return out;
}

/// Entries of maps, symbols of enums in one order: Java's maps and sets have one of their own. 1
/// is 1.0.
void sort_entries(bj::value& v) {
  if (auto* object = v.if_object()) {
    for (auto& [key, item] : *object) {
      sort_entries(item);
      if (key == "enum" && item.is_array()) {
        std::sort(item.get_array().begin(), item.get_array().end(),
                  [](const bj::value& a, const bj::value& b) {
                    return bj::serialize(a) < bj::serialize(b);
                  });
      }
    }
  } else if (const double* real = v.if_double();
             real != nullptr && *real == std::floor(*real) && std::fabs(*real) < 1e15) {
    v = static_cast<std::int64_t>(*real);
  } else if (auto* list = v.if_array()) {
    for (bj::value& item : *list) {
      sort_entries(item);
    }
    const bool entries = std::all_of(list->begin(), list->end(), [](const bj::value& i) {
      return i.is_array() && i.get_array().size() == 2;
    });
    if (entries) {
      std::sort(list->begin(), list->end(), [](const bj::value& a, const bj::value& b) {
        return bj::serialize(a) < bj::serialize(b);
      });
    }
  }
}

/// Members in any order.
bj::value normal(std::string_view text) {
  bj::parse_options options;
  options.max_depth = 500;
  boost::json::error_code ec;
  bj::value out = bj::parse(bj::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) {
    return bj::value("not JSON: " + std::string(text));
  }
  sort_entries(out);
  return out;
}

/// What a .proto says, whatever its layout.
std::string meaning(const std::string& proto) {
  const auto compiled = protobuf::ProtoSchema::compile(proto, {});
  if (!compiled) {
    return "error: " + compiled.error().message;
  }
  return (*compiled)->file().DebugString();
}

class ConvertersGolden : public ::testing::Test {
 protected:
  void check(const bj::object& line) {
    format_ = std::string(line.at("format").as_string());
    topic_ = "t" + std::to_string(++count_);
    AnyRig& rig = rig_of(line);
    if (line.at("mode").as_string() == "from") {
      check_written(line, rig);
    } else {
      const std::string ours = read(rig, line);
      const auto* wanted = line.if_contains("connect");
      if (line.contains("error")) {
        EXPECT_EQ(ours.substr(0, 6), "error:") << bj::serialize(line);
      } else {
        expect_same(wanted->is_null() ? "null" : std::string(wanted->as_string()), ours, line);
      }
    }
  }

 private:
  AnyRig& rig_of(const bj::object& line) {
    ConfigMap options;
    if (const auto* list = line.if_contains("options")) {
      for (const auto& [key, value] : list->as_object()) {
        options[key] = std::string(value.as_string());
      }
    }
    std::string key = format_;
    for (const auto& [name, value] : options) {
      key += " " + name + "=" + value;
    }
    auto& rig = rigs_[key];
    if (rig == nullptr ||
        (format_ == "avro" &&
         options.contains("generalized.sum.type.support"))) {  // that one numbers its unions
      if (format_ == "avro") {
        rig = std::make_unique<RigOf<avro::AvroConverter>>(registry_, options);
      } else if (format_ == "protobuf") {
        rig = std::make_unique<RigOf<protobuf::ProtobufConverter>>(registry_, options);
      } else {
        rig = std::make_unique<RigOf<json_schema::JsonSchemaConverter>>(registry_, options);
      }
    }
    return *rig;
  }

  static void expect_same(const std::string& wanted, const std::string& ours,
                          const bj::object& line) {
    EXPECT_EQ(normal(wanted), normal(ours)) << bj::serialize(line) << "\nours: " << ours;
  }

  /// The envelope of a message of the line's schema.
  std::string read(AnyRig& rig, const bj::object& line) {
    return read(rig, std::string(line.at("schema").as_string()),
                unhex(line.at("data").as_string()));
  }
  std::string read(AnyRig& rig, const std::string& schema, const std::string& data) {
    static const std::map<std::string, std::string> kTypes{
        {"avro", "AVRO"}, {"protobuf", "PROTOBUF"}, {"json", "JSON"}};
    const std::string topic = topic_ + "r" + std::to_string(++count_);
    const auto id = registry_.add(topic + "-value", schema, kTypes.at(format_));
    if (std::string text = rig.read(framed(id, data), topic); text.starts_with("error:")) {
      return text;
    }
    OwnedArena memory;
    const auto json =
        codec_.encode(rig.record().value(), rig.record().value_schema(), memory.view());
    return !json ? "error: " + json.error().message : *json ? std::string(**json) : "null";
  }

  void check_written(const bj::object& line, AnyRig& rig) {
    OwnedArena memory;
    Value value;
    const weir_schema* schema = nullptr;
    ASSERT_TRUE(codec_.decode(std::string_view(line.at("connect").as_string()), memory.view(),
                              value, schema));
    const std::string ours = rig.write(schema, value, topic_);
    if (line.contains("error")) {
      EXPECT_EQ(ours.substr(0, 6), "error:")
          << bj::serialize(line) << "\nours: " << registry_.latest(topic_ + "-value");
      return;
    }
    if (line.at("data").is_null()) {
      EXPECT_EQ(ours, "null") << bj::serialize(line);
      return;
    }
    ASSERT_NE(ours.substr(0, 6), "error:") << ours << "\n" << bj::serialize(line);
    const std::string their_schema(line.at("schema").as_string());
    const std::string our_schema = registry_.latest(topic_ + "-value");
    if (format_ == "protobuf") {
      EXPECT_EQ(meaning(their_schema), meaning(our_schema))
          << bj::serialize(line) << "\nours: " << our_schema;
    } else {
      expect_same(their_schema, our_schema, line);
    }
    const std::string data = unhex(line.at("data").as_string());
    const std::string our_data = ours.substr(5);
    const auto* back = line.if_contains("back");
    if (format_ == "json") {
      expect_same(data, our_data, line);
    } else if (data != our_data) {
      // Java's maps have an order of their own: then the two say the same.
      EXPECT_NE(line.at("connect").as_string().find(R"("map")"), std::string::npos)
          << bj::serialize(line) << "\nours: " << hex(our_data);
      if (back != nullptr) {
        expect_same(std::string(back->as_string()), read(rig, our_schema, our_data), line);
      }
    }
    if (back != nullptr) {
      expect_same(std::string(back->as_string()), read(rig, their_schema, data), line);
    } else {
      EXPECT_EQ(read(rig, their_schema, data).substr(0, 6), "error:") << bj::serialize(line);
    }
  }

  test::SchemaRegistry registry_;
  runtime::data::JsonCodec codec_{
      runtime::data::JsonConfig{.schemas_cache_size = 0, .replace_null_with_default = false}};
  std::map<std::string, std::unique_ptr<AnyRig>> rigs_;
  std::string format_;
  std::string topic_;
  std::size_t count_{0};
};

TEST_F(ConvertersGolden, AsConfluents) {
  const char* other = std::getenv("WEIR_CONVERTER_CASES");
  std::ifstream in(other != nullptr ? other : WEIR_GOLDEN "/converters.jsonl");
  ASSERT_TRUE(in);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    check(bj::parse(line).as_object());
  }
  EXPECT_GT(count, 100u);
}

}  // namespace
}  // namespace weir::converters::schema_registry
