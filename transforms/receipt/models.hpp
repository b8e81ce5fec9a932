// The forms of a receipt. Each function makes one from another, in the record's arena; pure.
//
// Neutral form (what receipts.enriched holds): amounts are integer cents, signed as in the source.
//   id type channel issued tz send
//   store {number name phone street suburb state postcode} or null, number, register, order, original
//   items [{line sku ean title quantity unit discount discounts[{description amount}] net gst product}]
//   shipping gst rounding total, tenders [{label type pan amount auth_code rrn}]
//   member mobile flybuys barcode, source (the document as it came)
// `product` is null until the look-up puts the row of the product view there.
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <string>

namespace weir::transforms::receipt {

struct Merchant {
  std::string name;
  std::string abn;
  std::string brand;
};

/// A store or an online sale to the neutral form. bad_record names what is missing.
Result<Value> to_neutral(const Value& sale, Arena arena);

/// The partners' canonical models and the warehouse row. Null: not meant for that partner.
Result<Value> to_onepass(const Value& neutral, const Merchant& merchant, Arena arena);
Result<Value> to_slyp(const Value& neutral, const Merchant& merchant, Arena arena);
Result<Value> to_warehouse(const Value& neutral, Arena arena);

}  // namespace weir::transforms::receipt
