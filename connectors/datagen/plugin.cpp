#include <weir/plugin.hpp>

#include "datagen_source.hpp"

WEIR_PLUGIN("weir-datagen", "1.0.0", weir::component<weir::connectors::datagen::DatagenSource>())
