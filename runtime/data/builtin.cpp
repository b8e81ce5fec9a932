#include <runtime/data/builtin.hpp>

#include <runtime/data/codec.hpp>
#include <runtime/data/json_codec.hpp>
#include <runtime/data/plain_codecs.hpp>

#include <vector>

namespace weir::runtime::data {
namespace {

template <class Codec>
void add(std::vector<weir_component>& list) {
  list.push_back(component<ConverterOf<Codec>>());
  list.push_back(component<HeaderConverterOf<Codec>>());
}

}  // namespace

const weir_plugin* builtin_converters() {
  static const weir_plugin* plugin = [] {
    std::vector<weir_component> list;
    add<JsonCodec>(list);
    add<StringCodec>(list);
    add<ByteArrayCodec>(list);
    add<NumberCodec<ShortTraits>>(list);
    add<NumberCodec<IntegerTraits>>(list);
    add<NumberCodec<LongTraits>>(list);
    add<NumberCodec<FloatTraits>>(list);
    add<NumberCodec<DoubleTraits>>(list);
    add<NumberCodec<BooleanTraits>>(list);
    list.push_back(component<HeaderConverterOf<SimpleHeaderCodec>>());
    return make_plugin("weir-converters", "1.0.0", std::move(list));
  }();
  return plugin;
}

}  // namespace weir::runtime::data
