// The place of a message in its schema, as it stands between frame and message: a count and as many
// indexes, zig-zag varints; the usual [0] is the single byte 0. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include <weir/result.hpp>

namespace weir::converters::schema_registry::protobuf {

struct IndexedMessage {
  std::vector<std::int32_t> path;
  std::string_view index;    ///< the path's bytes
  std::string_view message;  ///< what follows; both borrowed
};

/// bad_record: cut off, or longer than any schema is deep.
Result<IndexedMessage> split_index(std::string_view payload);

std::string index_bytes(const std::vector<std::int32_t>& path);

}  // namespace weir::converters::schema_registry::protobuf
