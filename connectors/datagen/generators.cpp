#include "generators.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>
#include <vector>

namespace weir::connectors::datagen {
namespace {

// 2026-03-01T00:00:00Z; records are spread over the 27 days after it.
constexpr std::int64_t kFirstSecond = 1772323200;
constexpr std::int64_t kDay = 86400;

struct Store {
  std::string_view number, name, line1, suburb, state, postcode, phone, zone;
  int utc_hours;
};
// Invented shops; the phone numbers are among those reserved for fiction.
constexpr std::array kStores{
    Store{"2001", "Sample Store Carlton", "12 Lygon St", "Carlton", "VIC", "3053", "+61370102001",
          "Australia/Melbourne", 11},
    Store{"2002", "Sample Store Newtown", "88 King St", "Newtown", "NSW", "2042", "+61255502002",
          "Australia/Sydney", 11},
    Store{"2003", "Sample Store Toowong", "9 High St", "Toowong", "QLD", "4066", "+61755502003",
          "Australia/Brisbane", 10},
    Store{"2004", "Sample Store Fremantle", "31 Market St", "Fremantle", "WA", "6160",
          "+61855502004", "Australia/Perth", 8},
};

struct Product {
  std::string_view sku, ean, name;
  std::int64_t cents;
  bool taxable;
};
constexpr std::array kProducts{
    Product{"44000012", "9300000440001", "LINEN SHIRT SAGE", 2900, true},
    Product{"44000135", "9300000440018", "KIDS TEE BLUE", 600, true},
    Product{"44000271", "9300000440025", "SAUCEPAN 20CM", 2000, true},
    Product{"44000314", "9300000440032", "CAFÉ STOOL WHITE", 4900, true},
    Product{"44000488", "9300000440049", "PUZZLE 1000PC", 1200, true},
    Product{"44000552", "9300000440056", "FULL CREAM MILK 2L", 350, false},
    Product{"44000639", "9300000440063", "PLAIN FLOUR 1KG", 200, false},
    Product{"44000777", "9300000440070", "SUNSCREEN SPF50 1L", 1500, false},
    Product{"44000801", "9300000440087", "AIR FRYER 5L", 8900, true},
    Product{"44000950", "9300000440094", "PLUSH KOALA", 799, true},
};
constexpr std::array<std::string_view, 4> kCards{"VISA", "MASTERCARD", "EFTPOS", "AMEX"};
constexpr std::array<std::string_view, 6> kMobiles{"+61491570156", "+61491570157", "+61491570158",
                                                   "+61491570159", "+61491570110", "+61491571266"};

template <class Array>
const auto& pick(Random& random, const Array& from) {
  return from[random.below(from.size())];
}

template <class... T>
void add(std::string& to, fmt::format_string<T...> format, T&&... values) {
  fmt::format_to(std::back_inserter(to), format, std::forward<T>(values)...);
}

/// One eleventh of a tax-inclusive amount, half away from zero.
std::int64_t gst(std::int64_t cents) { return (cents * 2 + (cents < 0 ? -11 : 11)) / 22; }

struct Civil {
  std::int64_t year;
  unsigned month, day, hour, minute, second;
};
/// Days to year, month, day: Howard Hinnant's civil_from_days.
Civil civil(std::int64_t seconds) {
  const std::int64_t days = seconds / kDay + 719468;  // after 1970 only
  const auto rest = static_cast<unsigned>(seconds % kDay);
  const std::int64_t era = days / 146097;
  const auto doe = static_cast<unsigned>(days - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<std::int64_t>(yoe) + era * 400 + (month <= 2 ? 1 : 0),
          month,
          doy - (153 * mp + 2) / 5 + 1,
          rest / 3600,
          rest / 60 % 60,
          rest % 60};
}

std::string uuid(Random& random) {
  const std::uint64_t a = random.next();
  const std::uint64_t b = random.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xFFFF, a & 0xFFF,
                     0x8000 | ((b >> 48) & 0x3FFF), b & 0xFFFFFFFFFFFFU);
}

/// A store's sale: integer cents, one tender, sometimes a member, a mobile number, or a return.
void sale(Place place, Random& random, Generated& out) {
  const Store& store = pick(random, kStores);
  const std::int64_t at = kFirstSecond + random.between(0, 27 * kDay - 1);
  const Civil local = civil(at + store.utc_hours * 3600);
  const bool returned = random.one_in(25);
  const std::int64_t sign = returned ? -1 : 1;
  // The register tells the tasks apart: ids are unique for a million sales a task.
  const auto number = place.iteration % 1'000'000;
  const auto reg = (place.iteration / 1'000'000 + place.task) % 100;
  const std::string date = fmt::format("{:04}{:02}{:02}", local.year, local.month, local.day);

  out.key = fmt::format("S-{}-{:02}-{}-{:06}", store.number, reg, date, number);
  std::string& v = out.value;
  add(v, R"({{"msgId":"{}","ver":"1.3","channel":"STORE","storeNo":"{}","storeName":"{}",)",
      uuid(random), store.number, store.name);
  add(v, R"("storeAddr":{{"line1":"{}","suburb":"{}","state":"{}","postcode":"{}"}},)", store.line1,
      store.suburb, store.state, store.postcode);
  add(v, R"("storePhone":"{}","tz":"{}","regNo":"{:02}","txnNo":"{:06}","operId":"{}",)",
      store.phone, store.zone, reg, number, random.between(10000, 99999));
  add(v, R"("bizDate":"{}","txnTs":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+{:02}:00",)", date,
      local.year, local.month, local.day, local.hour, local.minute, local.second, store.utc_hours);
  add(v, R"("txnType":"{}","training":false,"ccy":"AUD","items":[)", returned ? "RETURN" : "SALE");

  const std::int64_t lines = returned ? random.between(1, 2) : random.between(1, 6);
  std::int64_t total = 0;
  std::int64_t taxable = 0;
  std::int64_t saving = 0;
  for (std::int64_t i = 1; i <= lines; ++i) {
    const Product& product = pick(random, kProducts);
    const std::int64_t quantity = sign * (random.one_in(4) ? random.between(2, 3) : 1);
    const std::int64_t extended = quantity * product.cents;
    const std::int64_t discount = !returned && random.one_in(6) ? extended / 5 : 0;
    const std::int64_t net = extended - discount;
    total += net;
    taxable += product.taxable ? net : 0;
    saving += discount;
    add(v,
        R"({}{{"ln":{},"type":"{}","sku":"{}","ean":"{}","posDesc":"{}","qty":{},"unitCents":{},)",
        i == 1 ? "" : ",", i, returned ? "R" : "S", product.sku, product.ean, product.name,
        quantity, product.cents);
    add(v, R"("extCents":{},"discs":[)", extended);
    if (discount != 0) {
      add(v, R"({{"code":"PROMO20","desc":"20% off","cents":{}}})", -discount);
    }
    add(v, R"(],"netCents":{},"gstCents":{})", net, product.taxable ? gst(net) : 0);
    if (returned) {
      add(v, R"(,"orig":{{"storeNo":"{}","regNo":"03","txnNo":"{:06}","bizDate":"20260220"}})",
          store.number, random.below(1'000'000));
    }
    v += '}';
  }
  add(v,
      R"(],"subCents":{},"gstCents":{},"roundCents":0,"totCents":{},"savingCents":{},"tenders":[)",
      total, gst(taxable), total, saving);
  const std::string_view card = pick(random, kCards);
  add(v, R"({{"type":"{}","cents":{},"changeCents":0,"panTail":"{:04}","authCode":"{:06}",)", card,
      total, random.below(10000), random.below(1'000'000));
  add(v, R"("rrn":"{:012}","terminalId":"T{:07}","acct":"{}","entry":"{}","seq":1}}])",
      random.below(1'000'000'000'000), random.below(10'000'000), card == "EFTPOS" ? "SAV" : "CR",
      random.one_in(3) ? "CHIP" : "CTLS");
  const auto who = random.below(4);  // nobody, a member, a mobile number, both
  if (who == 0) {
    v += R"(,"cust":null)";
  } else {
    v += R"(,"cust":{)";
    if ((who & 1) != 0) {
      add(v, R"("onePassId":"OP{:010}")", random.below(10'000'000'000));
    }
    if ((who & 2) != 0) {
      add(v, R"({}"mobile":"{}")", who == 3 ? "," : "", pick(random, kMobiles));
    }
    v += '}';
  }
  add(v, R"(,"receiptBarcode":"{}{:02}{:06}{}"}})", store.number, reg, number, date);
}

void order(Place place, Random& random, Generated& out) {
  const std::int64_t id = place.iteration;
  out.key = std::to_string(id);
  add(out.value, R"({{"ordertime":{},"orderid":{},"itemid":"Item_{}","orderunits":{:.4f},)",
      (kFirstSecond + random.between(0, 27 * kDay)) * 1000, id, random.below(1000),
      random.unit() * 10);
  add(out.value, R"("address":{{"city":"City_{}","state":"State_{}","zipcode":{}}}}})",
      random.below(100), random.below(100), random.between(10000, 99999));
}

void user(Random& random, Generated& out) {
  constexpr std::array<std::string_view, 3> kGenders{"MALE", "FEMALE", "OTHER"};
  out.key = fmt::format("User_{}", random.between(1, 9));
  add(out.value, R"({{"registertime":{},"userid":"{}","regionid":"Region_{}","gender":"{}"}})",
      (kFirstSecond - random.between(0, 365 * kDay)) * 1000, out.key, random.between(1, 9),
      pick(random, kGenders));
}

}  // namespace

void generate(Template kind, Place place, std::uint64_t seed, Generated& out) {
  out.key.clear();
  out.value.clear();
  Random random(seed, place.task, static_cast<std::uint64_t>(place.iteration));
  switch (kind) {
    case Template::sales: sale(place, random, out); return;
    case Template::orders: order(place, random, out); return;
    case Template::users: user(random, out); return;
    case Template::sequence:
      out.key = std::to_string(place.iteration);
      add(out.value, R"({{"task":{},"sequence":{}}})", place.task, place.iteration);
      return;
  }
}

}  // namespace weir::connectors::datagen
