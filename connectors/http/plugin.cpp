#include "http_sink.hpp"

#include <weir/plugin.hpp>

WEIR_PLUGIN("weir-http", "1.0.0", weir::component<weir::connectors::http::HttpSink>(),
            weir::component<weir::connectors::http::OnePassSink>(),
            weir::component<weir::connectors::http::SlypSink>())
