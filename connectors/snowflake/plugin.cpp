#include "snowflake_sink.hpp"

#include <weir/plugin.hpp>

WEIR_PLUGIN("weir-snowflake", "1.0.0", weir::component<weir::connectors::snowflake::SnowflakeSink>())
