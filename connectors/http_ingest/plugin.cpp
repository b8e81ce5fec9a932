#include <weir/plugin.hpp>

#include "http_ingest_source.hpp"

WEIR_PLUGIN("weir-http-ingest", "1.0.0",
            weir::component<weir::connectors::http_ingest::HttpIngestSource>())
