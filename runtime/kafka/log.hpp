// Where librdkafka's own log lines go.
#pragma once

#include <string_view>

namespace weir::runtime::kafka {

/// One line of the library. `level` is syslog's (3 error, 4 warning, 5 notice, 6 info, 7 debug),
/// `client` its client.id. The views live for the call only. Called by any of the library's
/// threads; what it throws is swallowed.
using LogHandler = void (*)(int level, std::string_view client, std::string_view facility,
                            std::string_view text);

/// Process-wide, set once before the first client is created; nullptr (the default) writes plain
/// lines to stderr.
void set_log_handler(LogHandler handler) noexcept;

}  // namespace weir::runtime::kafka
