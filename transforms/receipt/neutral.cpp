#include <initializer_list>

#include "fields.hpp"
#include "instant.hpp"
#include "models.hpp"

namespace weir::transforms::receipt {
namespace {

Value make_text(Arena arena, std::initializer_list<std::string_view> parts) {
  std::string out;
  for (std::string_view part : parts) {
    out.append(part);
  }
  return Value::string(arena.copy(out));
}

Value issued(const Fields& sale, std::string_view name, Arena arena, std::string& problem) {
  const std::string_view text = sale.text(name);
  const auto instant = parse_instant(text);
  if (!instant) {
    if (problem.empty()) {
      problem = "/" + std::string(name) + " is not a time with an offset: " + std::string(text);
    }
    return Value::null();
  }
  return Value::string(arena.copy(iso_text(*instant)));
}

struct Line {
  std::int64_t number;
  Value sku, ean, title;
  std::int64_t quantity, unit;
  ArrayBuilder discounts;
  std::int64_t discount;
  std::int64_t net, gst;
};

Value item(const Line& line, Arena arena) {
  return ObjectBuilder(arena, 11)
      .add("line", Value::int64(line.number))
      .add("sku", line.sku)
      .add("ean", line.ean)
      .add("title", line.title)
      .add("quantity", Value::int64(line.quantity))
      .add("unit", Value::int64(line.unit))
      .add("discount", Value::int64(line.discount))
      .add("discounts", line.discounts.array())
      .add("net", Value::int64(line.net))
      .add("gst", Value::int64(line.gst))
      .add("product", Value::null())
      .map();
}

Value discount(Value description, std::int64_t amount, Arena arena) {
  return ObjectBuilder(arena, 2).add("description", description).add("amount", Value::int64(amount)).map();
}

Value tender(Value label, Value type, Value pan, std::int64_t amount, Value auth_code, Value rrn, Arena arena) {
  return ObjectBuilder(arena, 6)
      .add("label", label)
      .add("type", type)
      .add("pan", pan)
      .add("amount", Value::int64(amount))
      .add("auth_code", auth_code)
      .add("rrn", rrn)
      .map();
}

Value from_store(const Value& document, Arena arena, std::string& problem) {
  const Fields sale(document, "", problem);
  ArrayBuilder items(arena);
  Value original = Value::null();
  std::size_t index = 0;
  for (const Value& v : sale.list("items")) {
    const Fields x = sale.item("items", v, index++);
    Line line{x.integer("ln"), Value::string(x.text("sku")), x.optional_text("ean"), x.optional_text("posDesc"), x.integer("qty"),
              x.integer("unitCents"), ArrayBuilder(arena, 2), 0, x.integer("netCents"), x.integer("gstCents")};
    if (line.title.is_null() || line.title.text().empty()) {
      line.title = line.sku;
    }
    std::size_t n = 0;
    for (const Value& d : x.list("discs")) {
      const Fields disc = x.item("discs", d, n++);
      line.discount += disc.integer("cents");
      line.discounts.add(discount(Value::string(disc.text("desc")), disc.integer("cents"), arena));
    }
    items.add(item(line, arena));
    if (original.is_null() && x.has("orig")) {
      const Fields o = x.child("orig");
      original = make_text(arena, {"S-", o.text("storeNo"), "-", o.text("regNo"), "-", o.text("bizDate"), "-", o.text("txnNo")});
    }
  }
  ArrayBuilder tenders(arena, 4);
  index = 0;
  for (const Value& v : sale.list("tenders")) {
    const Fields x = sale.item("tenders", v, index++);
    const std::string_view type = x.text("type");
    const std::string_view label = type == "GIFT" ? "Gift card" : type == "CASH" ? "Cash" : type;
    tenders.add(tender(Value::string(label), Value::string(type), x.optional_text("panTail"), x.integer("cents") - x.integer("changeCents"),
                       x.optional_text("authCode"), x.optional_text("rrn"), arena));
  }
  const Fields address = sale.child("storeAddr");
  const Fields customer = sale.child("cust", false);
  const std::string_view type = sale.text("txnType");
  const bool send = (type == "SALE" || type == "RETURN" || type == "EXCHANGE") && !sale.boolean("training");
  const Value store = ObjectBuilder(arena, 7)
                          .add("number", Value::string(sale.text("storeNo")))
                          .add("name", Value::string(sale.text("storeName")))
                          .add("phone", sale.optional_text("storePhone"))
                          .add("street", Value::string(address.text("line1")))
                          .add("suburb", Value::string(address.text("suburb")))
                          .add("state", Value::string(address.text("state")))
                          .add("postcode", Value::string(address.text("postcode")))
                          .map();
  return ObjectBuilder(arena, 24)
      .add("id", make_text(arena, {"S-", sale.text("storeNo"), "-", sale.text("regNo"), "-", sale.text("bizDate"), "-", sale.text("txnNo")}))
      .add("type", Value::string(type))
      .add("channel", Value::string("IN_STORE"))
      .add("issued", issued(sale, "txnTs", arena, problem))
      .add("tz", sale.optional_text("tz"))
      .add("send", Value::boolean(send))
      .add("store", store)
      .add("number", Value::string(sale.text("txnNo")))
      .add("register", Value::string(sale.text("regNo")))
      .add("order", Value::null())
      .add("original", original)
      .add("items", items.array())
      .add("shipping", Value::int64(0))
      .add("gst", Value::int64(sale.integer("gstCents")))
      .add("rounding", Value::int64(sale.integer("roundCents")))
      .add("total", Value::int64(sale.integer("totCents")))
      .add("tenders", tenders.array())
      .add("member", customer.optional_text("onePassId"))
      .add("mobile", customer.optional_text("mobile"))
      .add("flybuys", customer.optional_text("flybuys"))
      .add("barcode", sale.optional_text("receiptBarcode"))
      .add("source", document)
      .map();
}

std::int64_t line_number(const Fields& line, std::string& problem) {
  const std::string_view text = line.text("lineId");
  std::int64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || n > 100'000'000) {
      if (problem.empty()) {
        problem = "lineId is not a number: " + std::string(text);
      }
      return 0;
    }
    n = n * 10 + (c - '0');
  }
  return n;
}

Value from_online(const Value& document, Arena arena, std::string& problem) {
  const Fields order(document, "", problem);
  ArrayBuilder items(arena);
  std::size_t index = 0;
  for (const Value& v : order.list("lines")) {
    const Fields x = order.item("lines", v, index++);
    Line line{line_number(x, problem), Value::string(x.text("productCode")), Value::null(), x.optional_text("title"), x.integer("quantity"),
              x.money("unitPrice"), ArrayBuilder(arena, 2), 0, x.money("lineTotal"), x.money("taxIncluded")};
    if (line.title.is_null() || line.title.text().empty()) {
      line.title = line.sku;
    }
    std::size_t n = 0;
    for (const Value& d : x.list("discounts", false)) {
      const Fields disc = x.item("discounts", d, n++);
      line.discount += disc.money("amount");
      line.discounts.add(discount(Value::string(disc.text("name")), disc.money("amount"), arena));
    }
    items.add(item(line, arena));
  }
  ArrayBuilder tenders(arena, 4);
  index = 0;
  for (const Value& v : order.list("payments")) {
    const Fields x = order.item("payments", v, index++);
    const std::string_view method = x.text("method");
    const Value brand = x.has("brand") ? Value::string(x.text("brand")) : Value::string(method);
    const Value label = method == "GIFT_CARD" ? Value::string("Gift card") : method == "AFTERPAY" ? Value::string("Afterpay") : brand;
    tenders.add(tender(label, brand, x.optional_text("last4"), x.money("amount"), Value::null(), Value::null(), arena));
  }
  const Fields customer = order.child("customer");
  const Fields one_pass = customer.child("onePass", false);
  const Fields totals = order.child("totals");
  const bool linked = one_pass.has("linked") && one_pass.boolean("linked");
  const bool refund = order.text("event") == "order.refunded";
  const bool own_id = order.has("refundId") && !order.text("refundId").empty();
  return ObjectBuilder(arena, 24)
      .add("id", make_text(arena, {"O-", own_id ? order.text("refundId") : order.text("invoiceId")}))
      .add("type", Value::string(refund ? "RETURN" : "SALE"))
      .add("channel", Value::string("ONLINE"))
      .add("issued", issued(order, "eventTime", arena, problem))
      .add("tz", Value::string("UTC"))
      .add("send", Value::boolean(true))
      .add("store", Value::null())
      .add("number", Value::string(order.text("invoiceId")))
      .add("register", Value::null())
      .add("order", Value::string(order.text("orderId")))
      .add("original", order.has("refundOf") ? make_text(arena, {"O-", order.text("refundOf")}) : Value::null())
      .add("items", items.array())
      .add("shipping", Value::int64(totals.money("shipping")))
      .add("gst", Value::int64(totals.money("tax")))
      .add("rounding", Value::int64(0))
      .add("total", Value::int64(totals.money("grandTotal")))
      .add("tenders", tenders.array())
      .add("member", linked ? one_pass.optional_text("memberId") : Value::null())
      .add("mobile", customer.optional_text("phone"))
      .add("flybuys", Value::null())
      .add("barcode", Value::null())
      .add("source", document)
      .map();
}

}  // namespace

Result<Value> to_neutral(const Value& sale, Arena arena) {
  std::string problem;
  Value out;
  if (sale.is_object() && sale.find("storeNo") != nullptr) {
    out = from_store(sale, arena, problem);
  } else if (sale.is_object() && sale.find("invoiceId") != nullptr) {
    out = from_online(sale, arena, problem);
  } else {
    return bad_record("neither a store sale (storeNo) nor an online order (invoiceId)");
  }
  if (!problem.empty()) {
    return bad_record(problem);
  }
  return out;
}

}  // namespace weir::transforms::receipt
