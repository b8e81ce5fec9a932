// Cuts a stream of bytes into lines as java.io.BufferedReader does: "\n", "\r\n" and "\r" end a
// line.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <weir/arena.hpp>

namespace weir::connectors::file {

/// Fed block by block; keeps an unfinished line between blocks. One thread.
class LineSplitter {
 public:
  /// Hands the lines of `block` to emit(std::string_view line, std::int64_t position): line without
  /// its end, position the number of bytes of the stream up to and including that end. Stops early
  /// when emit returns false (after having taken that line). Returns how many bytes of the block
  /// were used; give the rest again later. Lines are views into block, or live in `arena` when they
  /// began in an earlier block.
  template <class Emit>
  std::size_t feed(std::string_view block, Arena arena, Emit&& emit);

  /// Bytes of the stream that belong to lines already emitted.
  std::int64_t position() const noexcept { return position_; }
  /// Forgets the unfinished line; the next block starts at `position` of the stream.
  void restart(std::int64_t position) {
    position_ = position;
    partial_.clear();
  }

 private:
  std::string partial_;  // an unfinished line; a "\r" at its end waits for a possible "\n"
  std::int64_t position_{0};
};

/// The text with each malformed sequence replaced by U+FFFD, as Java's decoder does; the text
/// itself when it is fine. A new text lives in arena.
std::string_view to_utf8(std::string_view text, Arena arena);

template <class Emit>
std::size_t LineSplitter::feed(std::string_view block, Arena arena, Emit&& emit) {
  const char* const begin = block.data();
  const char* const end = begin + block.size();
  const char* at = begin;
  const char* newline = nullptr;  // the next one at or after `at`; end: none
  auto used = [&] { return static_cast<std::size_t>(at - begin); };

  if (!partial_.empty() && partial_.back() == '\r' && at != end) {
    const std::size_t extra = *at == '\n' ? 1 : 0;
    at += extra;
    position_ += static_cast<std::int64_t>(partial_.size() + extra);
    partial_.pop_back();
    const std::string_view line = arena.copy(partial_);
    partial_.clear();
    if (!emit(line, position_)) {
      return used();
    }
  }
  while (at != end) {
    if (newline == nullptr || newline < at) {
      const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      newline = found == nullptr ? end : static_cast<const char*>(found);
    }
    const char* stop = newline;
    if (const void* found = std::memchr(at, '\r', static_cast<std::size_t>(newline - at))) {
      stop = static_cast<const char*>(found);
    }
    if (stop == end || (*stop == '\r' && stop + 1 == end)) {
      partial_.append(at, end);
      return block.size();
    }
    const char* next = stop + (*stop == '\r' && stop[1] == '\n' ? 2 : 1);
    std::string_view line(at, static_cast<std::size_t>(stop - at));
    position_ += next - at;
    if (!partial_.empty()) {
      position_ += static_cast<std::int64_t>(partial_.size());
      partial_.append(line);
      line = arena.copy(partial_);
      partial_.clear();
    }
    at = next;
    if (!emit(line, position_)) {
      return used();
    }
  }
  return block.size();
}

}  // namespace weir::connectors::file
