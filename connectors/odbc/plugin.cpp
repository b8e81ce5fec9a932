#include "odbc_sink.hpp"
#include "odbc_source.hpp"

#include <weir/plugin.hpp>

WEIR_PLUGIN("weir-odbc", "1.0.0", weir::component<weir::connectors::odbc::OdbcSink>(),
            weir::component<weir::connectors::odbc::OdbcSource>())
