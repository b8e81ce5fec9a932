// The headers of a record to be produced.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "runtime/kafka/handles.hpp"

namespace weir::runtime::kafka {

/// An ordered list that copies names and values; duplicates are kept. Move-only, one thread.
/// produce() takes it over when it succeeds and leaves it alone when it does not, so that the same
/// call can be made again.
class Headers {
 public:
  Headers() = default;  // allocates nothing
  explicit Headers(std::size_t expected) : raw_(rd_kafka_headers_new(expected)) {}

  void add(std::string_view name, std::optional<std::string_view> value) {
    if (!raw_) {
      raw_.reset(rd_kafka_headers_new(8));
    }
    // A null pointer means "null header", an empty one needs an address.
    const char* data = !value ? nullptr : value->data() != nullptr ? value->data() : "";
    rd_kafka_header_add(raw_.get(), name.data() != nullptr ? name.data() : "",
                        static_cast<std::ptrdiff_t>(name.size()), data,
                        value ? static_cast<std::ptrdiff_t>(value->size()) : 0);
  }

  std::size_t size() const noexcept { return raw_ ? rd_kafka_header_cnt(raw_.get()) : 0; }
  bool empty() const noexcept { return size() == 0; }
  rd_kafka_headers_t* raw() const noexcept { return raw_.get(); }
  rd_kafka_headers_t* release() noexcept { return raw_.release(); }

 private:
  std::unique_ptr<rd_kafka_headers_t, HandleDeleter<rd_kafka_headers_destroy>> raw_;
};

}  // namespace weir::runtime::kafka
