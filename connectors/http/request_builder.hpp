// Record in, request out. Pure: no network, no clock.
#pragma once

#include "config.hpp"
#include "delivery.hpp"

#include <weir/record.hpp>

#include <string>
#include <string_view>

namespace weir::connectors::http {

/// Task thread.
class RequestBuilder {
 public:
  /// settings: borrowed, must live as long as the deliveries built.
  explicit RequestBuilder(const Settings& settings) noexcept : settings_(settings) {}

  /// Builds the request of a live record in its batch's arena. Never fails: what cannot be sent has a fate instead.
  Delivery* build(weir_batch* batch, Record& record) const;

 private:
  Result<void> fill(Record& record, Arena arena, Delivery& out) const;
  Result<void> fill_headers(Record& record, Arena arena, Delivery& out) const;
  Result<std::string_view> body(Record& record, Arena arena) const;
  std::size_t lane_hash(Record& record, Arena arena) const;

  const Settings& settings_;
};

/// The body of a request for several records, or for one when the body is an array: `out` is replaced.
void join_bodies(const Config& config, const Delivery* const* records, std::size_t count, std::string& out);

/// The idempotency key of a request for several records.
std::string batch_key(const Delivery* const* records, std::size_t count);

/// Parts of a partner's answer that may stand in logs: printable, at most `limit` bytes, long digit runs and mail
/// addresses masked (they may be a customer's).
std::string excerpt(std::string_view answer, std::size_t limit = 300);

}  // namespace weir::connectors::http
