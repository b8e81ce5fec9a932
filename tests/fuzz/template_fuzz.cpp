// Parses any text as a template and expands it over a small record.
#include <weir/template.hpp>
#include <weir/testing/fake_host.hpp>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto parsed = weir::Template::parse(text);
  if (!parsed) {
    return 0;
  }
  weir::testing::TestBatch batch;
  auto& r = batch.add("topic", 1, 2);
  r.key = weir::Value::string("k");
  r.value = weir::ObjectBuilder(batch.arena(), 2).add("a", weir::Value::int64(1)).add("b", weir::Value::lazy("{\"c\":[1,\"x\"]}")).map();
  weir::Record record = batch[0];
  (void)parsed->expand(record, batch.arena());
  return 0;
}
