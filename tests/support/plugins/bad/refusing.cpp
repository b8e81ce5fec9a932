// Options whose declaration throws, so that its entry returns nothing.
#include <stdexcept>
#include <weir/plugin.hpp>

namespace {

struct Config {};

class Refusing final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "refusing";
  static weir::ConfigDef<Config> describe() { throw std::runtime_error("no options today"); }
  explicit Refusing(Config) {}
  weir::Result<void> put(weir::Batch&) override { return {}; }
};

}  // namespace

WEIR_PLUGIN("weir-test-refusing", "1.0.0", weir::component<Refusing>())
