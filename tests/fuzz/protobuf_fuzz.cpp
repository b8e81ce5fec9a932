// Any bytes as messages of several .proto files (the first byte chooses file and options), or as a .proto's text and a
// message of its first type, with a zero byte between them. What is read is written again with a .proto made from its Connect
// schema, and that has to be read back by the same code and by libprotobuf.
#include <google/protobuf/dynamic_message.h>

#include <converters/schema_registry/protobuf/connect_schema.hpp>
#include <converters/schema_registry/protobuf/decode_plan.hpp>
#include <converters/schema_registry/protobuf/decoder.hpp>
#include <converters/schema_registry/protobuf/encoder.hpp>
#include <converters/schema_registry/protobuf/message_index.hpp>
#include <converters/schema_registry/protobuf/proto_generator.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace weir;
using namespace weir::converters::schema_registry::protobuf;

const std::array<std::string, 5> kProtos{
    R"(syntax = "proto3"; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
import "confluent/type/decimal.proto"; import "google/type/date.proto"; import "google/type/timeofday.proto";
message Sale { enum Kind { A = 0; B = 5; } message Line { string sku = 1; sint32 n = 2; repeated string tags = 3; Line part = 4; }
 int32 a = 1; uint32 b = 2; sint64 c = 3; fixed32 d = 4; sfixed64 e = 5; float f = 6; double g = 7; bool h = 8; string i = 9;
 bytes j = 10; Kind k = 11; repeated int32 l = 12; repeated Kind m = 13; map<string, int64> n = 14; map<int32, Line> o = 15;
 Line p = 16; oneof q { string r = 17; Line s = 18; int64 t = 19; } google.protobuf.Timestamp u = 20;
 google.protobuf.StringValue v = 21; confluent.type.Decimal w = 22; google.type.Date x = 23; google.type.TimeOfDay y = 24;
 optional int32 z = 25; repeated Line aa = 26; google.protobuf.UInt32Value bb = 27; repeated double cc = 28; })",
    R"(message Old { required int32 a = 1; optional string s = 2 [default = "d"]; optional E e = 3 [default = B];
 repeated fixed32 p = 4 [packed = true]; enum E { A = 1; B = 2; } optional Old o = 5; })",
    R"(syntax = "proto3"; import "google/protobuf/struct.proto"; message S { google.protobuf.Struct s = 1; google.protobuf.Value v = 2; })",
    R"(syntax = "proto3"; package google.protobuf; message BytesValue { bytes value = 1; })",
    R"(syntax = "proto3"; message M { repeated TagsEntry tags = 1; message TagsEntry { bool key = 1; N value = 2; } message N { oneof x { bool b = 1; } oneof y { N n = 2; } } })"};

void check(bool fine, const char* what, const std::string& detail) {
  if (!fine) {
    std::fprintf(stderr, "%s: %s\n", what, detail.c_str());
    std::abort();
  }
}

DataOptions options_of(std::uint8_t bits) {
  DataOptions o;
  o.enhanced = (bits & 1) != 0;
  o.wrapper_for_nullables = (bits & 2) != 0;
  o.optional_for_nullables = !o.wrapper_for_nullables && (bits & 4) != 0;
  o.flatten_unions = (bits & 8) != 0;
  o.generalized_sum_types = (bits & 16) != 0;
  o.generate_index_for_unions = (bits & 32) == 0;
  o.scrub_invalid_names = true;
  return o;
}

struct Read {
  const weir_schema* schema{nullptr};
  Value value;
};

bool read(const ProtoSchema& proto, const pb::Descriptor& type, std::string_view bytes, const DataOptions& options,
          Arena arena, Read& out) {
  const auto schema = connect_schema(proto, type, options, 1, arena);
  if (!schema) {
    return false;
  }
  const auto plan = DecodePlan::make(proto, type, *schema, options, arena);
  if (!plan) {
    return false;
  }
  Decoder decoder;
  const auto value = decoder.decode((*plan)->root(), bytes, arena);
  if (!value) {
    return false;
  }
  out = {*schema, *value};
  return true;
}

void through(const ProtoSchema& proto, std::string_view bytes, const DataOptions& options) {
  const auto type = proto.message_at({0});
  if (!type) {
    return;
  }
  OwnedArena arena;
  Read first;
  if (!read(proto, **type, bytes, options, arena.view(), first)) {
    return;
  }
  const auto made = generate_proto(*first.schema, options);
  if (!made) {
    return;
  }
  const auto own = ProtoSchema::compile(proto_text(made->file), {});
  const auto direct = ProtoSchema::build(made->file);
  if (!own || !direct) {
    // Names of a hostile .proto that cannot stand side by side in one message; both ways have to agree on that.
    check(own.has_value() == direct.has_value(), "the text does not mean the same",
          proto_text(made->file) + (own ? direct.error().message : own.error().message));
    return;
  }
  const pb::Descriptor* message = (*own)->file().pool()->FindMessageTypeByName(made->message);
  check(message != nullptr, "the message is missing", proto_text(made->file));
  const auto plan = EncodePlan::make(**own, *message, first.schema, options);
  if (!plan) {
    return;
  }
  ReverseBuffer once;
  if (!Encoder::encode(**plan, first.value, options, arena.view(), once)) {
    return;
  }
  pb::DynamicMessageFactory factory;
  const std::unique_ptr<pb::Message> parsed(factory.GetPrototype(message)->New());
  check(parsed->ParsePartialFromArray(once.view().data(), static_cast<int>(once.size())), "libprotobuf cannot read it", proto_text(made->file));
  Read second;
  if (!read(**own, *message, once.view(), options, arena.view(), second)) {
    return;  // dates that Calendar reads and LocalDate does not, and the like
  }
  const auto again = EncodePlan::make(**own, *message, second.schema, options);
  if (!again) {
    return;
  }
  ReverseBuffer twice;
  const auto done = Encoder::encode(**again, second.value, options, arena.view(), twice);
  check(done.has_value(), "what was written cannot be written again", done ? "" : done.error().message);
  check(twice.view() == once.view(), "not the same bytes again", proto_text(made->file));
}

void through(const std::string& text, std::string_view bytes, const DataOptions& options) {
  auto compiled = ProtoSchema::compile(text, {});
  if (compiled) {
    through(**compiled, bytes, options);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::uint8_t which = data[0] % (kProtos.size() + 1);
  const DataOptions options = options_of(data[1]);
  const std::string_view rest(reinterpret_cast<const char*>(data + 2), size - 2);
  (void)split_index(rest);
  if (which < kProtos.size()) {
    static std::array<std::unique_ptr<const ProtoSchema>, 5> compiled;
    if (compiled[which] == nullptr) {
      auto proto = ProtoSchema::compile(kProtos[which], {});
      check(proto.has_value(), "a .proto of this file", proto ? "" : proto.error().message);
      compiled[which] = *std::move(proto);
    }
    through(*compiled[which], rest, options);
    return 0;
  }
  const std::size_t zero = rest.find('\0');
  through(std::string(rest.substr(0, zero)), zero == std::string_view::npos ? std::string_view() : rest.substr(zero + 1), options);
  return 0;
}
