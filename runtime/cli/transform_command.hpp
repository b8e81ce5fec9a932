// weir transform: records through a connector's converters and transforms, without a worker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/cli/console.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::cli {

struct TransformArguments {
  std::string config_file;  ///< the connector's
  std::string worker_file;  ///< empty: none
  std::string input_file;   ///< empty or "-": standard input
  std::string topic;        ///< empty: no topic
  std::string bootstrap;    ///< empty: the worker's, or consumer.override.bootstrap.servers
  std::optional<std::int32_t> partition;
  std::string from;  ///< empty: beginning; see TopicQuery
  std::optional<std::size_t> count;
  bool explain{false};
};

/// Writes one line a record, or with explain a paragraph (-o json: a line). Records that fail are
/// lines of their own; a config that is refused or input that is no record ends it with kFailed and
/// a message on console.err.
int transform(const Console& console, const plugin::Registry& registry,
              const TransformArguments& arguments);

/// For --help: what it does, with examples.
extern const char* const kTransformHelp;

}  // namespace weir::runtime::cli
