// Which librdkafka is loaded, and whether it should worry the operator.
#pragma once

#include <optional>
#include <string>

namespace weir::runtime::kafka {

/// "2.0.2" of the library loaded at run time (not of the headers). Any thread.
std::string library_version();

/// A sentence for the log at start when the library is older than 2.3.0, which has fixes that the
/// worker can only work around (watermark queries without a time limit, resume of a partition that
/// is not paused, idempotent producers that lose their sequence). Any thread.
std::optional<std::string> version_warning();

/// For tests: the same for a given `rd_kafka_version()` number.
std::optional<std::string> version_warning_for(int version, const std::string& text);

}  // namespace weir::runtime::kafka
