#include <algorithm>

#include "fields.hpp"
#include "instant.hpp"
#include "models.hpp"
#include "product.hpp"

namespace weir::transforms::receipt {
namespace {

constexpr std::string_view kMaskedId = "************";

Value copy(Arena arena, const std::string& text) { return Value::string(arena.copy(text)); }

/// What both partners' models need of a neutral receipt.
struct Receipt {
  Receipt(const Value& neutral, Arena a, std::string& problem) : fields(neutral, "", problem), arena(a) {}

  bool for_partner(std::string_view consumer) const {
    const Value who = fields.raw(consumer);
    return fields.boolean("send") && !who.is_null() && !(who.is_string() && who.text().empty());
  }
  Instant issued(std::string& problem) const {
    const auto at = parse_instant(fields.text("issued"));
    if (!at && problem.empty()) {
      problem = "/issued is not a time";
    }
    return at.value_or(Instant{});
  }
  std::int64_t return_days() const {
    std::int64_t days = 0;
    for (const Value& v : fields.list("items")) {
      if (v.is_object()) {
        const Value* row = v.find("product");
        const Product product(row == nullptr ? Value::null() : *row);
        days = std::max(days, product ? product.integer("return_days") : 0);
      }
    }
    return days;
  }
  Value policy(std::int64_t days) const {
    return days == 0 ? Value::null() : copy(arena, std::string(kPolicyStart) + std::to_string(days) + std::string(kPolicyEnd));
  }
  std::string masked_loyalty() const {
    const std::string_view id = fields.text("flybuys");
    return std::string(kMaskedId) + std::string(id.substr(id.size() < 4 ? 0 : id.size() - 4));
  }
  std::int64_t discount() const {
    std::int64_t sum = 0;
    std::size_t i = 0;
    for (const Value& v : fields.list("items")) {
      sum += fields.item("items", v, i++).integer("discount");
    }
    return sum;
  }

  Fields fields;
  Arena arena;
};

// ---- OnePass ------------------------------------------------------------------------------------------------

Value amount(std::int64_t cents, Arena arena) {
  return ObjectBuilder(arena, 2).add("amount", copy(arena, money_text(cents))).add("currency", Value::string("AUD")).map();
}

Value onepass_item(const Fields& item, Arena arena) {
  const Product product(item.raw("product"));
  ArrayBuilder discounts(arena, 2);
  std::size_t i = 0;
  for (const Value& v : item.list("discounts")) {
    const Fields d = item.item("discounts", v, i++);
    discounts.add(ObjectBuilder(arena, 2).add("description", Value::string(d.text("description"))).add("amount", amount(d.integer("amount"), arena)).map());
  }
  ObjectBuilder out(arena, 20);
  out.add("lineNumber", Value::int64(item.integer("line")))
      .add("sku", Value::string(item.text("sku")))
      .add("ean", product ? product.text_or_null("ean") : item.optional_text("ean"))
      .add("name", Value::string(product ? product.text("name") : item.text("title")))
      .add("quantity", Value::int64(item.integer("quantity")))
      .add("unitPrice", amount(item.integer("unit"), arena))
      .add("lineTotal", amount(item.integer("net"), arena))
      .add("gst", amount(item.integer("gst"), arena))
      .add("discounts", discounts.array())
      .add("enriched", Value::boolean(static_cast<bool>(product)));
  if (product) {
    out.add("description", Value::string(product.text("description")))
        .add("brand", Value::string(product.text("brand")))
        .add("category", copy(arena, std::string(product.text("department")) + " > " + std::string(product.text("category"))))
        .add("colour", product.text_or_null("colour"))
        .add("size", product.text_or_null("size"))
        .add("imageUrl", Value::string(product.text("image_url")))
        .add("gstFree", Value::boolean(product.text("gst_code") == "F"))
        .add("ageRestricted", Value::boolean(product.integer("min_age") > 0))
        .add("returnable", Value::boolean(product.text("returnable") == "Y"));
  }
  return out.map();
}

Value onepass_store(const Fields& receipt, Arena arena) {
  if (!receipt.has("store")) {
    return Value::null();
  }
  const Fields s = receipt.child("store");
  ObjectBuilder out(arena, 4);
  out.add("number", Value::string(s.text("number"))).add("name", Value::string(s.text("name")));
  if (s.has("phone")) {
    out.add("phone", Value::string(s.text("phone")));
  }
  return out
      .add("address", ObjectBuilder(arena, 5)
                          .add("street", Value::string(s.text("street")))
                          .add("suburb", Value::string(s.text("suburb")))
                          .add("state", Value::string(s.text("state")))
                          .add("postcode", Value::string(s.text("postcode")))
                          .add("country", Value::string("AU"))
                          .map())
      .map();
}

// ---- Slyp -----------------------------------------------------------------------------------------------------

// The shortest text of this double is the amount to the cent. A decimal would not do: without a schema JsonConverter refuses it.
Value number(std::int64_t cents) { return Value::float64(static_cast<double>(cents) / 100.0); }

Value slyp_item(const Fields& item, Arena arena) {
  const Product product(item.raw("product"));
  ArrayBuilder properties(arena, 4);
  const auto property = [&](std::string_view title, std::string_view value) {
    if (!value.empty()) {
      properties.add(ObjectBuilder(arena, 1).add("title", copy(arena, std::string(title) + ": " + std::string(value))).map());
    }
  };
  property("SKU", item.text("sku"));
  const Value ean = product ? product.text_or_null("ean") : item.optional_text("ean");
  property("APN", ean.is_string() ? ean.text() : std::string_view());
  if (product) {
    property("Colour", product.text("colour"));
    property("Size", product.text("size"));
  }
  const std::int64_t quantity = item.integer("quantity");
  const auto absolute = [](std::int64_t n) { return n < 0 ? -n : n; };
  return ObjectBuilder(arena, 2)
      .add("product", ObjectBuilder(arena, 5)
                          .add("name", Value::string(product ? product.text("name") : item.text("title")))
                          .add("quantity_purchased", Value::int64(absolute(quantity)))
                          .add("image_url", product ? product.text_or_null("image_url") : Value::null())
                          .add("pricing", ObjectBuilder(arena, 5)
                                              .add("price", number(item.integer("unit")))
                                              .add("discount", number(absolute(item.integer("discount"))))
                                              .add("tax", number(absolute(item.integer("gst"))))
                                              .add("total", number(absolute(item.integer("net"))))
                                              .add("currency_code", Value::string("AUD"))
                                              .map())
                          .add("item_properties", properties.array())
                          .map())
      .add("is_refund", Value::boolean(quantity < 0))
      .map();
}

Value slyp_store(const Fields& receipt, Arena arena) {
  if (!receipt.has("store")) {
    return Value::null();
  }
  const Fields s = receipt.child("store");
  ObjectBuilder out(arena, 4);
  out.add("external_id", Value::string(s.text("number"))).add("name", Value::string(s.text("name")));
  if (s.has("phone")) {
    out.add("phone_number", Value::string(s.text("phone")));
  }
  return out
      .add("address", ObjectBuilder(arena, 5)
                          .add("street", Value::string(s.text("street")))
                          .add("suburb", Value::string(s.text("suburb")))
                          .add("state", Value::string(s.text("state")))
                          .add("postcode", Value::string(s.text("postcode")))
                          .add("country_code", Value::string("AU"))
                          .map())
      .map();
}

}  // namespace

Result<Value> to_onepass(const Value& neutral, const Merchant& merchant, Arena arena) {
  std::string problem;
  const Receipt receipt(neutral, arena, problem);
  const Fields& r = receipt.fields;
  if (!receipt.for_partner("member")) {
    return problem.empty() ? Result<Value>(Value::null()) : Result<Value>(bad_record(problem));
  }
  ArrayBuilder items(arena);
  std::size_t i = 0;
  for (const Value& v : r.list("items")) {
    items.add(onepass_item(r.item("items", v, i++), arena));
  }
  ArrayBuilder tenders(arena, 4);
  std::size_t n = 0;
  for (const Value& v : r.list("tenders")) {
    const Fields t = r.item("tenders", v, n++);
    tenders.add(ObjectBuilder(arena, 4)
                    .add("type", Value::string(t.text("type")))
                    .add("label", Value::string(t.text("label")))
                    .add("maskedPan", t.has("pan") ? copy(arena, "**** " + std::string(t.text("pan"))) : Value::null())
                    .add("amount", amount(t.integer("amount"), arena))
                    .map());
  }
  ArrayBuilder loyalty(arena, 1);
  if (r.has("flybuys")) {
    loyalty.add(ObjectBuilder(arena, 2).add("program", Value::string("flybuys")).add("maskedId", copy(arena, receipt.masked_loyalty())).map());
  }
  const std::string_view type = r.text("type");
  const std::int64_t days = receipt.return_days();
  ObjectBuilder out(arena, 16);
  out.add("schemaVersion", Value::string("1.0"))
      .add("receiptId", Value::string(r.text("id")))
      .add("eventType", Value::string(type == "RETURN" ? "RECEIPT_REFUNDED" : "RECEIPT_ISSUED"))
      .add("channel", Value::string(r.text("channel")))
      .add("issuedAt", copy(arena, iso_text(receipt.issued(problem))));
  if (r.has("tz")) {
    out.add("timeZone", Value::string(r.text("tz")));
  }
  out.add("member", ObjectBuilder(arena, 2).add("memberId", Value::string(r.text("member"))).add("loyalty", loyalty.array()).map())
      .add("merchant", ObjectBuilder(arena, 3)
                           .add("name", copy(arena, merchant.name))
                           .add("abn", copy(arena, merchant.abn))
                           .add("brand", copy(arena, merchant.brand))
                           .map())
      .add("store", onepass_store(r, arena))
      .add("transaction", ObjectBuilder(arena, 5)
                              .add("type", Value::string(type))
                              .add("number", Value::string(r.text("number")))
                              .add("register", r.optional_text("register"))
                              .add("orderId", r.optional_text("order"))
                              .add("originalReceiptId", r.optional_text("original"))
                              .map())
      .add("items", items.array())
      .add("totals", ObjectBuilder(arena, 6)
                         .add("itemCount", Value::int64(static_cast<std::int64_t>(i)))
                         .add("discount", amount(receipt.discount(), arena))
                         .add("shipping", amount(r.integer("shipping"), arena))
                         .add("gst", amount(r.integer("gst"), arena))
                         .add("rounding", amount(r.integer("rounding"), arena))
                         .add("total", amount(r.integer("total"), arena))
                         .map())
      .add("tenders", tenders.array())
      .add("returns", ObjectBuilder(arena, 3)
                          .add("barcode", r.has("barcode") ? ObjectBuilder(arena, 2)
                                                                 .add("value", Value::string(r.text("barcode")))
                                                                 .add("symbology", Value::string("CODE128"))
                                                                 .map()
                                                           : Value::null())
                          .add("days", Value::int64(days))
                          .add("policyText", receipt.policy(days))
                          .map())
      .add("isTaxInvoice", Value::boolean(true));
  if (!problem.empty()) {
    return bad_record(problem);
  }
  return out.map();
}

Result<Value> to_slyp(const Value& neutral, const Merchant& merchant, Arena arena) {
  std::string problem;
  const Receipt receipt(neutral, arena, problem);
  const Fields& r = receipt.fields;
  if (!receipt.for_partner("mobile")) {
    return problem.empty() ? Result<Value>(Value::null()) : Result<Value>(bad_record(problem));
  }
  ArrayBuilder items(arena);
  std::size_t i = 0;
  for (const Value& v : r.list("items")) {
    items.add(slyp_item(r.item("items", v, i++), arena));
  }
  ArrayBuilder payments(arena, 4);
  std::size_t n = 0;
  for (const Value& v : r.list("tenders")) {
    const Fields t = r.item("tenders", v, n++);
    const std::string pan = t.has("pan") ? " (**** " + std::string(t.text("pan")) + ")" : std::string();
    payments.add(ObjectBuilder(arena, 6)
                     .add("name", copy(arena, std::string(t.text("label")) + pan))
                     .add("payment_method_type", Value::string(t.text("type")))
                     .add("pan_suffix", t.optional_text("pan"))
                     .add("amount", number(t.integer("amount")))
                     .add("auth_code", t.optional_text("auth_code"))
                     .add("rrn", t.optional_text("rrn"))
                     .map());
  }
  ArrayBuilder loyalty(arena, 1);
  if (r.has("flybuys")) {
    loyalty.add(ObjectBuilder(arena, 2)
                    .add("title", Value::string("flybuys"))
                    .add("description", copy(arena, "Loyalty ID: " + receipt.masked_loyalty()))
                    .map());
  }
  const std::string_view type = r.text("type");
  const Instant issued = receipt.issued(problem);
  const std::int64_t days = receipt.return_days();
  const std::int64_t discount = receipt.discount();
  const bool has_order = r.has("order");
  ObjectBuilder out(arena, 25);
  out.add("external_id", Value::string(r.text("id")))
      .add("receipt_type", Value::string("smart"))
      .add("is_tax_invoice", Value::boolean(true))
      .add("issued_at", Value::int64(issued.utc_seconds))
      .add("issued_at_iso", copy(arena, iso_text(issued)));
  if (r.has("tz")) {
    out.add("issued_at_timezone", Value::string(r.text("tz")));
  }
  out.add("currency_code", Value::string("AUD"))
      .add("transaction_type", Value::string(type == "RETURN" ? "refund" : type == "EXCHANGE" ? "exchange" : "purchase"))
      .add("original_external_id", r.optional_text("original"))
      .add("issuing_merchant", ObjectBuilder(arena, 3)
                                   .add("trading_name", copy(arena, merchant.name))
                                   .add("abn", copy(arena, merchant.abn))
                                   .add("external_id", copy(arena, merchant.brand))
                                   .map())
      .add("store", slyp_store(r, arena))
      .add("order_number_detail", ObjectBuilder(arena, 2)
                                      .add("title", Value::string(has_order ? "Order" : "Sale number"))
                                      .add("value", Value::string(has_order ? r.text("order") : r.text("number")))
                                      .map())
      .add("consumer", ObjectBuilder(arena, 1).add("mobile_number", Value::string(r.text("mobile"))).map())
      .add("basket_items", items.array())
      .add("item_count", Value::int64(static_cast<std::int64_t>(i)))
      .add("total_price", number(r.integer("total")))
      .add("total_discount", number(discount < 0 ? -discount : discount))
      .add("total_tax", number(r.integer("gst")))
      .add("total_shipping", number(r.integer("shipping")))
      .add("rounding", number(r.integer("rounding")))
      .add("tax_details", ArrayBuilder(arena, 1)
                              .add(ObjectBuilder(arena, 3)
                                       .add("title", Value::string("GST included"))
                                       .add("tax_type", Value::string("GST"))
                                       .add("amount", number(r.integer("gst")))
                                       .map())
                              .array())
      .add("payments", payments.array())
      .add("loyalty", loyalty.array())
      .add("returns", ObjectBuilder(arena, 3)
                          .add("return_barcode", r.optional_text("barcode"))
                          .add("return_period", Value::int64(days))
                          .add("return_policy_text", receipt.policy(days))
                          .map());
  if (!problem.empty()) {
    return bad_record(problem);
  }
  return out.map();
}

Result<Value> to_warehouse(const Value& neutral, Arena arena) {
  std::string problem;
  const Receipt receipt(neutral, arena, problem);
  const Fields& r = receipt.fields;
  const Value out = ObjectBuilder(arena, 11)
                        .add("RECEIPT_ID", Value::string(r.text("id")))
                        .add("CHANNEL", Value::string(r.text("channel")))
                        .add("TXN_TYPE", Value::string(r.text("type")))
                        .add("ISSUED_AT", copy(arena, utc_text(receipt.issued(problem))))
                        .add("STORE_NO", r.has("store") ? r.child("store").optional_text("number") : Value::null())
                        .add("ITEM_COUNT", Value::int64(static_cast<std::int64_t>(r.list("items").size())))
                        .add("TOTAL", copy(arena, money_text(r.integer("total"))))
                        .add("GST", copy(arena, money_text(r.integer("gst"))))
                        .add("TO_ONEPASS", Value::boolean(receipt.for_partner("member")))
                        .add("TO_SLYP", Value::boolean(receipt.for_partner("mobile")))
                        .add("PAYLOAD", r.raw("source"))
                        .map();
  if (!problem.empty()) {
    return bad_record(problem);
  }
  return out;
}

}  // namespace weir::transforms::receipt
