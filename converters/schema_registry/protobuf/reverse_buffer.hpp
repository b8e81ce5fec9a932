// A buffer that grows at its front: a length is known when it is written, without counting first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace weir::converters::schema_registry::protobuf {

/// Everything is written before what is there already. Keeps its memory; one thread at a time.
class ReverseBuffer {
 public:
  void clear() noexcept { start_ = capacity_; }
  std::size_t size() const noexcept { return capacity_ - start_; }
  std::string_view view() const noexcept { return {data_.get() + start_, size()}; }

  void bytes(std::string_view text) {
    if (!text.empty()) {
      std::memcpy(room(text.size()), text.data(), text.size());
    }
  }
  void byte(char c) { *room(1) = c; }
  void varint(std::uint64_t n) {
    char text[10];
    std::size_t size = 0;
    for (; n >= 0x80; n >>= 7) {
      text[size++] = static_cast<char>((n & 0x7f) | 0x80);
    }
    text[size++] = static_cast<char>(n);
    bytes({text, size});
  }
  void fixed32(std::uint32_t n) { std::memcpy(room(sizeof n), &n, sizeof n); }
  void fixed64(std::uint64_t n) { std::memcpy(room(sizeof n), &n, sizeof n); }

 private:
  char* room(std::size_t size) {
    if (start_ < size) {
      const std::size_t used = this->size();
      const std::size_t bigger = (used + size) * 2 + 1024;
      std::unique_ptr<char[]> data(new char[bigger]);
      if (used > 0) {
        std::memcpy(data.get() + bigger - used, data_.get() + start_, used);
      }
      data_ = std::move(data);
      capacity_ = bigger;
      start_ = bigger - used;
    }
    start_ -= size;
    return data_.get() + start_;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_{0};
  std::size_t start_{0};
};

}  // namespace weir::converters::schema_registry::protobuf
