#include "wire_format.hpp"

#include <string>

namespace weir::converters::schema_registry {

Result<Framed> unframe(std::string_view message) {
  if (message.empty() || message[0] != kMagic) {
    std::string text =
        "Unknown magic byte! The message does not start with the byte 0 and a schema id";
    if (!message.empty() && (message[0] == '{' || message[0] == '[')) {
      text += "; it looks like plain JSON, which org.apache.kafka.connect.json.JsonConverter reads";
    } else if (!message.empty() && message[0] == 1) {
      text += "; byte 1 announces a schema GUID, which is not supported";
    }
    return bad_record(std::move(text));
  }
  if (message.size() < kFrameBytes) {
    return bad_record(
        "The message is too short for a schema id: " + std::to_string(message.size()) + " of " +
        std::to_string(kFrameBytes) + " bytes");
  }
  std::uint32_t id = 0;
  for (std::size_t i = 1; i < kFrameBytes; ++i) {
    id = id << 8 | static_cast<unsigned char>(message[i]);
  }
  return Framed{static_cast<std::int32_t>(id), message.substr(kFrameBytes)};
}

void write_frame(char* to, std::int32_t id) noexcept {
  const auto bits = static_cast<std::uint32_t>(id);
  to[0] = kMagic;
  to[1] = static_cast<char>(bits >> 24);
  to[2] = static_cast<char>(bits >> 16);
  to[3] = static_cast<char>(bits >> 8);
  to[4] = static_cast<char>(bits);
}

}  // namespace weir::converters::schema_registry
