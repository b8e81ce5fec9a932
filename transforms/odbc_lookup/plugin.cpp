#include "odbc_lookup.hpp"

#include <weir/plugin.hpp>

WEIR_PLUGIN("weir-odbc-lookup", "1.0.0", weir::component<weir::transforms::odbc_lookup::OdbcLookup>())
