// Memory of one batch: bump allocation, nothing freed one by one.
#pragma once

#include <weir/abi.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir {
inline namespace v1 {

/// View of the host's arena; copying it copies a pointer. Used by the thread that holds the batch.
class Arena {
 public:
  explicit Arena(weir_arena* arena) noexcept : arena_(arena) {}

  /// size bytes aligned to 16; lives as long as the batch. Throws std::bad_alloc when memory is out.
  void* allocate(std::size_t size) {
    const std::size_t rounded = (size + 15) & ~std::size_t{15};
    if (static_cast<std::size_t>(arena_->end - arena_->cursor) >= rounded) {
      void* at = arena_->cursor;
      arena_->cursor += rounded;
      return at;
    }
    void* at = arena_->grow(arena_, rounded);
    if (at == nullptr) {
      throw std::bad_alloc();
    }
    return at;
  }

  /// count uninitialised objects of a trivial type.
  template <class T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 16);
    return static_cast<T*>(allocate(count * sizeof(T)));
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) {
      return {"", 0};
    }
    auto* to = static_cast<char*>(allocate(text.size()));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  weir_arena* c() const noexcept { return arena_; }

 private:
  weir_arena* arena_;
};

/// An arena that owns its chunks. reset() keeps the first chunks, so a reused arena allocates nothing.
/// One thread at a time.
class OwnedArena {
 public:
  explicit OwnedArena(std::size_t chunk_bytes = 64 * 1024) noexcept : chunk_bytes_(chunk_bytes) {
    table_.base.cursor = nullptr;
    table_.base.end = nullptr;
    table_.base.grow = &OwnedArena::grow;
    table_.owner = this;
  }
  OwnedArena(const OwnedArena&) = delete;
  OwnedArena& operator=(const OwnedArena&) = delete;
  ~OwnedArena() {
    for (const Chunk& chunk : chunks_) {
      std::free(chunk.data);
    }
  }

  weir_arena* c() noexcept { return &table_.base; }
  Arena view() noexcept { return Arena(&table_.base); }

  /// Everything allocated so far is gone; at most keep_bytes of memory are kept for the next use.
  void reset(std::size_t keep_bytes = 4 * 1024 * 1024) noexcept {
    std::size_t kept = 0;
    std::size_t n = 0;
    for (const Chunk& chunk : chunks_) {
      if (kept + chunk.size > keep_bytes) {
        std::free(chunk.data);
      } else {
        kept += chunk.size;
        chunks_[n++] = chunk;
      }
    }
    chunks_.resize(n);
    used_ = 0;
    table_.base.cursor = table_.base.end = nullptr;
    bytes_ = kept;
  }

  /// Memory held, in bytes.
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Chunk {
    char* data;
    std::size_t size;
  };
  struct Table {
    weir_arena base;
    OwnedArena* owner;
  };

  static void* grow(weir_arena* self, std::size_t size) {
    return reinterpret_cast<Table*>(self)->owner->next_chunk(size);
  }

  void* next_chunk(std::size_t size) {
    while (used_ < chunks_.size() && chunks_[used_].size < size) {
      ++used_;
    }
    if (used_ == chunks_.size()) {
      const std::size_t bytes = size > chunk_bytes_ ? size : chunk_bytes_;
      auto* data = static_cast<char*>(std::aligned_alloc(16, (bytes + 15) & ~std::size_t{15}));
      if (data == nullptr) {
        return nullptr;
      }
      chunks_.push_back({data, bytes});
      bytes_ += bytes;
    }
    const Chunk& chunk = chunks_[used_++];
    table_.base.cursor = chunk.data + size;
    table_.base.end = chunk.data + chunk.size;
    return chunk.data;
  }

  Table table_;
  std::size_t chunk_bytes_;
  std::vector<Chunk> chunks_;
  std::size_t used_{0};
  std::size_t bytes_{0};
};

}  // namespace v1
}  // namespace weir
