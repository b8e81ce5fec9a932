// One record on its way, and what its request is made of. Lives in the batch's arena: built by the task's thread, then
// only read by the I/O thread; gone with the batch once the batch's last record is settled.
#pragma once

#include <weir/abi.h>
#include <weir/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace weir::connectors::http {

struct Delivery;

/// Records that must go one after another.
struct Lane {
  Delivery* head{nullptr};
  Delivery* tail{nullptr};
  Lane* next{nullptr};  // in the list of lanes that are ready
  bool listed{false};   // is in that list
  bool busy{false};     // some of its records are in a shipment
};

struct Delivery {
  // ---- request, all of it in the arena
  const char* url{nullptr};        ///< NUL-terminated; nullptr: the same for all records
  std::string_view body;
  const char* key_line{nullptr};   ///< "Idempotency-Key: k", NUL-terminated; nullptr: none is sent
  std::string_view key;            ///< inside key_line
  const char* headers{nullptr};    ///< further "Name: value", each NUL-terminated
  std::uint32_t header_count{0};
  std::uint32_t header_bytes{0};
  std::string_view group;          ///< batch.key.pattern
  bool remove{false};              ///< DELETE, without a body
  // ---- what becomes of it without a request
  Errc fate{Errc::ok};             ///< of a record that is not to be sent
  bool send{false};
  std::string_view message;
  // ---- where it comes from
  weir_batch* batch{nullptr};
  std::size_t index{0};
  std::string_view topic;          ///< consumed from
  std::int32_t partition{0};
  std::int64_t offset{0};
  // ---- where it waits
  std::size_t lane_hash{0};
  std::chrono::steady_clock::time_point arrived{};
  Delivery* next{nullptr};
  Lane* lane{nullptr};
  Lane own;                        ///< ordering.mode=none
};
static_assert(std::is_trivially_destructible_v<Delivery>);

}  // namespace weir::connectors::http
