#include "components.hpp"

#include "cast.hpp"
#include "extract_field.hpp"
#include "filter.hpp"
#include "flatten.hpp"
#include "headers.hpp"
#include "hoist_field.hpp"
#include "insert_field.hpp"
#include "mask_field.hpp"
#include "replace_field.hpp"
#include "routers.hpp"
#include "set_schema_metadata.hpp"
#include "timestamp_converter.hpp"
#include "value_to_key.hpp"

namespace weir::transforms::connect {
namespace {

template <template <Side> class T>
void add_both(std::vector<weir_component>& list) {
  list.push_back(component<T<Side::key>>());
  list.push_back(component<T<Side::value>>());
}

}  // namespace

const weir_plugin* components() {
  static const weir_plugin* plugin = [] {
    std::vector<weir_component> list;
    add_both<Cast>(list);
    list.push_back(component<DropHeaders>());
    add_both<ExtractField>(list);
    list.push_back(component<Filter>());
    add_both<Flatten>(list);
    add_both<HeaderFrom>(list);
    add_both<HoistField>(list);
    add_both<InsertField>(list);
    list.push_back(component<InsertHeader>());
    add_both<MaskField>(list);
    list.push_back(component<RegexRouter>());
    add_both<ReplaceField>(list);
    add_both<SetSchemaMetadata>(list);
    add_both<TimestampConverter>(list);
    list.push_back(component<TimestampRouter>());
    list.push_back(component<ValueToKey>());
    list.push_back(component<HasHeaderKey>());
    list.push_back(component<RecordIsTombstone>());
    list.push_back(component<TopicNameMatches>());
    return make_plugin("weir-connect-transforms", "1.0.0", std::move(list));
  }();
  return plugin;
}

}  // namespace weir::transforms::connect
