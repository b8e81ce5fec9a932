// The transform `receipt`: sales to the neutral form, and from there to the partners' models and the warehouse row.
#include <weir/json.hpp>
#include <weir/plugin.hpp>

#include "models.hpp"

namespace weir::transforms::receipt {
namespace {

enum class Target { neutral, onepass, slyp, warehouse };

struct Config {
  Target to{Target::neutral};
  std::string merchant_name{"Example Variety Stores"};
  std::string merchant_abn{"12345678901"};
  std::string merchant_brand{"EXVAR"};
};

class Receipt final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "receipt";
  static constexpr std::string_view kVersion = "1.0.0";
  static constexpr std::string_view kDoc =
      "Makes a store or online sale neutral, and a neutral receipt OnePass's or Slyp's canonical model or a warehouse row. A receipt that is "
      "not meant for the partner is dropped.";

  explicit Receipt(Config config)
      : config_(std::move(config)), merchant_{config_.merchant_name, config_.merchant_abn, config_.merchant_brand} {}

  static ConfigDef<Config> describe() {
    return ConfigDef<Config>{}
        .choice("to", &Config::to,
                {{"neutral", Target::neutral}, {"onepass", Target::onepass}, {"slyp", Target::slyp}, {"warehouse", Target::warehouse}},
                "What to make: `neutral` from a sale; `onepass`, `slyp`, `warehouse` from the neutral form.")
        .importance(Importance::high)
        .require("to")
        .field("merchant.name", &Config::merchant_name, "The merchant's trading name on receipts.")
        .field("merchant.abn", &Config::merchant_abn, "The merchant's Australian Business Number.")
        .field("merchant.brand", &Config::merchant_brand, "The brand's code at the partners.");
  }

  using RecordTransform::apply;
  Result<void> apply(Record& record) override {
    if (record.value().is_null()) {
      return {};  // a tombstone passes
    }
    if (auto done = json::expand_all(record.value(), record.arena()); !done) {
      return done;
    }
    auto made = make(record.value(), record.arena());
    if (!made) {
      return Error{made.error().code, record.where() + ": " + made.error().message};
    }
    if (made->is_null()) {
      record.drop();
    } else {
      record.set_value(*made);
    }
    return {};
  }

 private:
  Result<Value> make(const Value& value, Arena arena) const {
    switch (config_.to) {
      case Target::neutral: return to_neutral(value, arena);
      case Target::onepass: return to_onepass(value, merchant_, arena);
      case Target::slyp: return to_slyp(value, merchant_, arena);
      case Target::warehouse: return to_warehouse(value, arena);
    }
    return fatal("unknown target");
  }

  Config config_;
  Merchant merchant_;
};

}  // namespace
}  // namespace weir::transforms::receipt

WEIR_PLUGIN("weir-receipt", "1.0.0", weir::component<weir::transforms::receipt::Receipt>())
