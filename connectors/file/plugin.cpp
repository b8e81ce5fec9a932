#include <weir/plugin.hpp>

#include "file_sink.hpp"
#include "file_source.hpp"

WEIR_PLUGIN("weir-file", "1.0.0", weir::component<weir::connectors::file::FileSource>(),
            weir::component<weir::connectors::file::FileSink>())
