#include "counter_source.hpp"
#include "file_lines_sink.hpp"
#include "upper_case.hpp"

WEIR_PLUGIN("weir-example", "1.0.0", weir::component<example::CounterSource>(), weir::component<example::FileLinesSink>(),
            weir::component<example::UpperCase>())
