#include <weir/connect_text.hpp>
#include <weir/json.hpp>

#include <gtest/gtest.h>

namespace weir::connect {
namespace {

std::string read(std::string_view text) {
  OwnedArena memory;
  const SchemaAndValue r = parse(text, memory.view());
  std::string out = r.schema == nullptr ? "-" : std::string(type_name(r.schema->type));
  out += ' ';
  append_text(out, r.value, r.schema);
  return out;
}

TEST(ConnectText, GuessesTypes) {
  const std::pair<const char*, const char*> cases[] = {{"", "STRING "},
                                                       {"null", "- null"},
                                                       {"true", "BOOLEAN true"},
                                                       {"TRUE", "STRING TRUE"},
                                                       {"007", "INT8 7"},
                                                       {"1.0", "INT8 1"},
                                                       {"128", "INT16 128"},
                                                       {"2147483648", "INT64 2147483648"},
                                                       {"9223372036854775808", "BYTES 9223372036854775808"},
                                                       {"0.1", "FLOAT32 0.1"},
                                                       {"1e40", "FLOAT64 1.0E40"},
                                                       {"1e400", "BYTES 1E+400"},
                                                       {"2020-13-45", "INT32 2021-02-14"},
                                                       {"03:04:05.678Z", "INT32 03:04:05.678Z"},
                                                       {"[1, 2.5]", "ARRAY [1.0,2.5]"},
                                                       {"[1,null]", "STRING [1,null]"},
                                                       {"{\"a\":1}", "MAP {\"a\":1}"},
                                                       {"{1:2}", "MAP {1:2}"},
                                                       {"[a]", "STRING [a]"},
                                                       {"\"abc\"", "STRING \"abc\""},
                                                       {"12abc", "STRING 12abc"}};
  for (const auto& [text, want] : cases) {
    EXPECT_EQ(want, read(text)) << text;
  }
}

TEST(ConnectText, DeepBracketsAreAString) {
  const std::string deep(100'000, '[');
  EXPECT_EQ("STRING " + deep, read(deep));
}

TEST(ConnectText, JavaToString) {
  OwnedArena memory;
  auto v = json::read(R"({"a":1,"b":[1.5,"x",null],"c":{}})", memory.view());
  std::string out;
  append_java_string(out, *v);
  EXPECT_EQ("{a=1, b=[1.5, x, null], c={}}", out);
  ObjectBuilder o(memory.view());
  o.add("a", Value::int32(1)).add("gone", Value()).add("s", Value::string("x"));
  out.clear();
  append_java_string(out, o.structure());
  EXPECT_EQ("Struct{a=1,s=x}", out);
}

}  // namespace
}  // namespace weir::connect
