#include "bench/receipts.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace weir::bench {
namespace {

constexpr std::array kNames{"Linen Shirt", "Wide Leg Pants", "Rib Tank", "Canvas Tote", "Saucepan 20cm", "Stoneware Mug", "Plush Koala", "Air Fryer 5L"};
constexpr std::array kColours{"Black", "White", "Sage", "Navy", "Rust"};

/// splitmix64: each receipt starts from its own state.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t index) : state_(seed * 0x9E3779B97F4A7C15ULL + index) {}
  std::uint64_t below(std::uint64_t n) { return next() % n; }

 private:
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  std::uint64_t state_;
};

struct Head {
  std::uint64_t store, till, operator_id, customer;
};

Head head(Random& r) { return {100 + r.below(180), 1 + r.below(8), r.below(100000), r.below(2000000)}; }

}  // namespace

void make_receipt(std::uint64_t seed, std::uint64_t index, std::string& key, std::string& document) {
  Random r(seed, index);
  const Head h = head(r);
  key = fmt::format("{:04}-{:02}-{:010}", h.store, h.till, index);
  document.clear();
  auto out = std::back_inserter(document);
  fmt::format_to(out,
                 R"({{"receipt_id":"{}","type":"SALE","store_id":{},"terminal":{},"timestamp":"2026-03-{:02}T{:02}:{:02}:{:02}.{:03}Z",)"
                 R"("channel":"store","operator":"OP{:05}","currency":"AUD","customer":{{"id":"C{:07}","wallet_id":null,"tier":"GOLD",)"
                 R"("email":"c{}@example.com"}},"items":[)",
                 key, h.store, h.till, 1 + index % 28, index / 3600 % 24, index / 60 % 60, index % 60, r.below(1000), h.operator_id, h.customer, h.customer);
  const std::uint64_t items = 5 + r.below(3);
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::uint64_t price = 1995 + 1000 * r.below(28);
    const std::uint64_t gst = (price + 5) / 11;
    total += price;
    fmt::format_to(out, R"({}{{"line":{},"sku":"SKU{:08}","description":"{} {}","qty":1,"unit_price":{}.{:02},"discount":0.00,"gst":{}.{:02},"amount":{}.{:02}}})",
                   i == 0 ? "" : ",", i + 1, r.below(100000000), kNames[r.below(kNames.size())], kColours[r.below(kColours.size())], price / 100,
                   price % 100, gst / 100, gst % 100, price / 100, price % 100);
  }
  fmt::format_to(out,
                 R"(],"tenders":[{{"type":"CARD","amount":{}.{:02},"reference":"{:016x}"}}],"totals":{{"units":{},"gross":{}.{:02},"discount":0.00,)"
                 R"("gst":{}.{:02},"total":{}.{:02}}},"source":"pos","version":3}})",
                 total / 100, total % 100, r.below(~std::uint64_t{0}), items, total / 100, total % 100, total / 11 / 100, total / 11 % 100, total / 100, total % 100);
}

void make_flat(std::uint64_t seed, std::uint64_t index, std::string& key, std::string& document) {
  Random r(seed, index);
  const Head h = head(r);
  key = fmt::format("{:04}-{:02}-{:010}", h.store, h.till, index);
  const std::uint64_t total = 1995 + r.below(50000);
  document.clear();
  document.append(R"({"schema":{"type":"struct","optional":false,"name":"receipt","fields":[)"
                  R"({"field":"receipt_id","type":"string","optional":false},{"field":"store_id","type":"int32","optional":false},)"
                  R"({"field":"terminal","type":"int32","optional":false},{"field":"sold_at","type":"string","optional":false},)"
                  R"({"field":"channel","type":"string","optional":false},{"field":"customer_id","type":"string","optional":true},)"
                  R"({"field":"units","type":"int32","optional":false},{"field":"discount","type":"double","optional":false},)"
                  R"({"field":"gst","type":"double","optional":false},{"field":"total","type":"double","optional":false}]},)");
  fmt::format_to(std::back_inserter(document),
                 R"("payload":{{"receipt_id":"{}","store_id":{},"terminal":{},"sold_at":"2026-03-{:02}T10:00:00.000Z","channel":"store",)"
                 R"("customer_id":"C{:07}","units":{},"discount":0.0,"gst":{}.{:02},"total":{}.{:02}}}}})",
                 key, h.store, h.till, 1 + index % 28, h.customer, 1 + r.below(9), total / 11 / 100, total / 11 % 100, total / 100, total % 100);
}

}  // namespace weir::bench
