// A V2 path over a map and over a struct; the first byte chooses which transform goes along it.
#include <cast.hpp>
#include <extract_field.hpp>
#include <mask_field.hpp>
#include <replace_field.hpp>

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <cstdint>
#include <string>

namespace {

using namespace weir;
using namespace weir::transforms::connect;

template <class T, class C>
void run(const C& config) {
  static const char kValue[] = R"({"a":{"b":{"c":"5","d`e":7},"x.y":1},"n":null,"s":"t","":{"":1},"l":[1]})";
  ConfigProblems problems;
  T transform(config);
  testing::TestBatch batch;
  auto value = json::read(kValue, batch.arena(), {.lazy = true});
  batch.add("t", 0, 0).value = *value;
  Record record = batch[0];
  (void)static_cast<RecordTransform&>(transform).apply(record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto path = FieldPath::nested(text);
  if (!path || path->steps().empty()) {
    return 0;
  }
  switch (data[0] % 4) {
    case 0:
      run<ExtractField<Side::value>>(ExtractFieldConfig{text, FieldSyntax::v2, true});
      break;
    case 1:
      run<MaskField<Side::value>>(MaskFieldConfig{{text}, std::nullopt, FieldSyntax::v2, true});
      break;
    case 2:
      run<ReplaceField<Side::value>>(ReplaceFieldConfig{{text}, {}, {}, FieldSyntax::v2, true});
      break;
    default:
      run<ReplaceField<Side::value>>(ReplaceFieldConfig{{}, {text}, {}, FieldSyntax::v2, true});
  }
  return 0;
}
