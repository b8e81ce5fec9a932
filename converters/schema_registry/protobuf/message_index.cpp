#include "message_index.hpp"

#include "proto_schema.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

// Kafka's zig-zag varint of 32 bits; false: cut off, or too long.
bool read(std::string_view bytes, std::size_t& at, std::int32_t& out) {
  std::uint32_t n = 0;
  for (std::uint32_t shift = 0; shift <= 28 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    n |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      out = static_cast<std::int32_t>((n >> 1) ^ (0 - (n & 1)));
      return true;
    }
  }
  return false;
}

void write(std::string& out, std::int32_t value) {
  auto n = static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
  for (; n >= 0x80; n >>= 7) {
    out += static_cast<char>((n & 0x7f) | 0x80);
  }
  out += static_cast<char>(n);
}

}  // namespace

Result<IndexedMessage> split_index(std::string_view payload) {
  IndexedMessage out;
  std::size_t at = 0;
  std::int32_t count = 0;
  if (!read(payload, at, count) || count < 0 || count > kMaxProtoDepth) {
    return bad_record(
        "The message's index path cannot be read: after the schema id comes no valid count");
  }
  for (std::int32_t i = 0; i < count; ++i) {
    std::int32_t index = 0;
    if (!read(payload, at, index)) {
      return bad_record("The message's index path is cut off");
    }
    out.path.push_back(index);
  }
  if (count == 0) {
    out.path.push_back(0);
  }
  out.index = payload.substr(0, at);
  out.message = payload.substr(at);
  return out;
}

std::string index_bytes(const std::vector<std::int32_t>& path) {
  if (path.size() == 1 && path[0] == 0) {
    return std::string(1, '\0');
  }
  std::string out;
  write(out, static_cast<std::int32_t>(path.size()));
  for (const std::int32_t i : path) {
    write(out, i);
  }
  return out;
}

}  // namespace weir::converters::schema_registry::protobuf
