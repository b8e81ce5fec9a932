// Protobuf's wire format, read piece by piece. Errors are protobuf-java's words.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <weir/result.hpp>

namespace weir::converters::schema_registry::protobuf {

/// Messages and groups in each other, as protobuf-java allows by default.
inline constexpr int kMaxMessageDepth = 100;

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept
      : p_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool at_end() const noexcept { return p_ == end_; }
  /// nullptr while all is well; else why reading failed, for good.
  const char* failure() const noexcept { return failure_; }

  /// 0 after a failure.
  std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (p_ == end_) {
        return fail(kTruncated);
      }
      const auto byte = static_cast<unsigned char>(*p_++);
      value |= shift < 63 ? static_cast<std::uint64_t>(byte & 0x7f) << shift
                          : static_cast<std::uint64_t>(byte & 1) << 63;
      if (byte < 0x80) {
        return value;
      }
    }
    return fail("CodedInputStream encountered a malformed varint.");
  }

  /// A field's number and wire type; 0 after a failure.
  std::uint32_t tag() noexcept {
    const auto tag = static_cast<std::uint32_t>(varint());
    if (tag >> 3 == 0 && failure_ == nullptr) {
      fail("Protocol message contained an invalid tag (zero).");
      return 0;
    }
    return tag;
  }

  std::uint32_t fixed32() noexcept {
    std::uint32_t value = 0;
    return take(&value, sizeof value) ? value : 0;
  }
  std::uint64_t fixed64() noexcept {
    std::uint64_t value = 0;
    return take(&value, sizeof value) ? value : 0;
  }

  /// Borrowed; empty after a failure.
  std::string_view span() noexcept {
    const auto size = static_cast<std::int32_t>(varint());
    if (failure_ != nullptr) {
      return {};
    }
    if (size < 0) {
      fail(
          "CodedInputStream encountered an embedded string or message which claimed to have "
          "negative size.");
      return {};
    }
    if (end_ - p_ < size) {
      fail(kTruncated);
      return {};
    }
    const std::string_view out(p_, static_cast<std::size_t>(size));
    p_ += size;
    return out;
  }

  /// Passes over a field's value.
  void skip(std::uint32_t tag, int depth) noexcept {
    switch (tag & 7) {
      case 0: varint(); return;
      case 1: fixed64(); return;
      case 2: span(); return;
      case 3:
        if (depth >= kMaxMessageDepth) {
          fail(kTooDeep);
          return;
        }
        while (failure_ == nullptr) {
          const std::uint32_t inner = this->tag();
          if ((inner & 7) == 4) {
            if (inner >> 3 != tag >> 3) {
              fail(kWrongEnd);
            }
            return;
          }
          skip(inner, depth + 1);
        }
        return;
      case 4: fail(kWrongEnd); return;
      case 5: fixed32(); return;
      default: fail("Protocol message tag had invalid wire type."); return;
    }
  }

  static constexpr const char* kTooDeep =
      "Protocol message had too many levels of nesting.  May be malicious.  Use "
      "setRecursionLimit() to increase the "
      "recursion depth limit.";

 private:
  static constexpr const char* kTruncated =
      "While parsing a protocol message, the input ended unexpectedly in the middle of a field.  "
      "This could mean "
      "either that the input has been truncated or that an embedded message misreported its own "
      "length.";
  static constexpr const char* kWrongEnd =
      "Protocol message end-group tag did not match expected tag.";

  std::uint64_t fail(const char* why) noexcept {
    failure_ = failure_ == nullptr ? why : failure_;
    p_ = end_;
    return 0;
  }

  bool take(void* to, std::size_t size) noexcept {
    static_assert(std::endian::native == std::endian::little);
    if (static_cast<std::size_t>(end_ - p_) < size) {
      fail(kTruncated);
      return false;
    }
    std::memcpy(to, p_, size);
    p_ += size;
    return true;
  }

  const char* p_;
  const char* end_;
  const char* failure_{nullptr};
};

}  // namespace weir::converters::schema_registry::protobuf
