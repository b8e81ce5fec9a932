// The frame around every message: a zero byte and the schema's id, big-endian. What follows belongs
// to the format. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <weir/result.hpp>

namespace weir::converters::schema_registry {

inline constexpr char kMagic = 0;
inline constexpr std::size_t kFrameBytes = 5;

struct Framed {
  std::int32_t id{0};
  std::string_view payload;  ///< borrowed from the message
};

/// bad_record ("Unknown magic byte!", as Confluent's deserializers say, with what to look at) when
/// it is no such message.
Result<Framed> unframe(std::string_view message);

/// Writes kFrameBytes bytes.
void write_frame(char* to, std::int32_t id) noexcept;

}  // namespace weir::converters::schema_registry
