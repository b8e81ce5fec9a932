// The worker's log: JSON lines on stderr, plain text when that is a terminal.
#pragma once

#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

#include <cstdint>
#include <memory>
#include <string>

namespace weir::runtime::cli {

/// {"ts","level","logger","connector","task","msg"}; a message that begins with Kafka Connect's
/// context "[c|task-0] " or
/// "[c|worker] " loses it to `connector` and `task`.
std::unique_ptr<spdlog::formatter> json_formatter();

/// Passes ten equal lines (logger, level and text) in ten seconds, then counts and says how many
/// there were.
std::shared_ptr<spdlog::sinks::sink> rate_limited(std::shared_ptr<spdlog::sinks::sink> to);

/// Makes spdlog's default logger, and sends librdkafka's lines to the logger "kafka". Once, before
/// other threads log.
void set_up_logging(bool terminal);

}  // namespace weir::runtime::cli
