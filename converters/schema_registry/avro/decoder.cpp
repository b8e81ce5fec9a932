#include "decoder.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <string>
#include <unordered_map>
#include <weir/java_date.hpp>
#include <weir/java_text.hpp>
#include <weir/java_utf8.hpp>

namespace weir::converters::schema_registry::avro {
namespace {

constexpr int kMaxAnythingDepth = 300;
constexpr std::size_t kMaxDecimalBytes = 4096;    // reading the digits costs the square of it
constexpr std::uint64_t kFreeValues = 1'000'000;  // values that may take no byte of the data

class Decoder {
 public:
  Decoder(std::string_view data, Arena arena)
      : start_(data.data()),
        p_(start_),
        end_(start_ + data.size()),
        arena_(arena),
        values_left_(kFreeValues + 64 * data.size()) {}

  Result<Value> run(const ReadPlan& plan) {
    Value out;
    if (plan.op == ReadOp::binary || plan.op == ReadOp::decimal) {
      // Confluent's serializers write a schema that is nothing but bytes without Avro's length.
      const std::string_view all(p_, left());
      if (plan.op == ReadOp::binary) {
        return Value::bytes(all);
      }
      return decimal_value(all, plan.scale, arena_);
    }
    if (!value(plan, out)) {
      return bad_record("Error deserializing Avro message: " + error_ + " at byte " +
                        std::to_string(p_ - start_) + " of the data's " +
                        std::to_string(end_ - start_));
    }
    return out;
  }

 private:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - p_); }

  bool fail(std::string text) {
    error_ = std::move(text);
    return false;
  }
  bool short_data() { return fail("the data ends in the middle of a value"); }

  bool varint(std::uint64_t& out, int max_bytes) {
    std::uint64_t n = 0;
    for (int i = 0; i < max_bytes; ++i) {
      if (p_ == end_) {
        return short_data();
      }
      const auto b = static_cast<unsigned char>(*p_++);
      n |= static_cast<std::uint64_t>(b & 0x7f) << (7 * i);
      if (b < 0x80) {
        out = n;
        return true;
      }
    }
    return fail(max_bytes == 5 ? "Invalid int encoding" : "Invalid long encoding");
  }
  bool int_value(std::int32_t& out) {
    if (p_ != end_ && static_cast<unsigned char>(*p_) < 0x80) {
      const auto b = static_cast<std::uint32_t>(static_cast<unsigned char>(*p_++));
      out = static_cast<std::int32_t>((b >> 1) ^ (~(b & 1) + 1));
      return true;
    }
    std::uint64_t n = 0;
    if (!varint(n, 5)) {
      return false;
    }
    const auto low = static_cast<std::uint32_t>(n);
    out = static_cast<std::int32_t>((low >> 1) ^ (~(low & 1) + 1));
    return true;
  }
  bool long_value(std::int64_t& out) {
    if (p_ != end_ && static_cast<unsigned char>(*p_) < 0x80) {
      const auto b = static_cast<std::uint64_t>(static_cast<unsigned char>(*p_++));
      out = static_cast<std::int64_t>((b >> 1) ^ (~(b & 1) + 1));
      return true;
    }
    std::uint64_t n = 0;
    if (!varint(n, 10)) {
      return false;
    }
    out = static_cast<std::int64_t>((n >> 1) ^ (~(n & 1) + 1));
    return true;
  }
  bool take(std::uint64_t size, std::string_view& out) {
    if (size > left()) {
      return short_data();
    }
    out = std::string_view(p_, size);
    p_ += size;
    return true;
  }
  bool span(std::string_view& out) {
    std::int64_t size = 0;
    if (!long_value(size)) {
      return false;
    }
    if (size < 0) {
      return fail("Malformed data. Length is negative: " + std::to_string(size));
    }
    return take(static_cast<std::uint64_t>(size), out);
  }
  template <class Bits>
  bool bits(Bits& out) {
    if (left() < sizeof(Bits)) {
      return short_data();
    }
    out = 0;
    for (std::size_t i = 0; i < sizeof(Bits); ++i) {
      out |= static_cast<Bits>(static_cast<unsigned char>(p_[i])) << (8 * i);
    }
    p_ += sizeof(Bits);
    return true;
  }
  bool spend(std::uint64_t values) {
    if (values > values_left_) {
      return fail("it holds too many values for its size");
    }
    values_left_ -= values;
    return true;
  }

  std::string_view text(std::string_view raw) {
    const char* p = raw.data();
    const char* const end = p + raw.size();
    for (; end - p >= 8; p += 8) {
      std::uint64_t w = 0;
      std::memcpy(&w, p, 8);
      if ((w & 0x8080808080808080u) != 0) {
        return java::text_of_utf8(raw, arena_);
      }
    }
    for (; p < end; ++p) {
      if (static_cast<signed char>(*p) < 0) {
        return java::text_of_utf8(raw, arena_);
      }
    }
    return raw;
  }

  bool decimal(std::string_view raw, std::int32_t scale, weir_value& out) {
    auto made = decimal_value(raw, scale, arena_);
    if (!made) {
      return fail(made.error().message);
    }
    out = *made;
    return true;
  }

  bool integer(Kind kind, weir_value& out) {
    std::int32_t i = 0;
    if (!int_value(i)) {
      return false;
    }
    const std::int64_t narrow = kind == Kind::int8    ? static_cast<std::int8_t>(i)
                                : kind == Kind::int16 ? static_cast<std::int16_t>(i)
                                                      : i;
    out = Value::integer(kind, narrow);
    return true;
  }

  bool value(const ReadPlan& plan, weir_value& out) {
    switch (plan.op) {
      case ReadOp::nothing: out = Value::null(); return true;
      case ReadOp::boolean:
        if (p_ == end_) {
          return short_data();
        }
        out = Value::boolean(*p_++ == 1);
        return true;
      case ReadOp::int8: return integer(Kind::int8, out);
      case ReadOp::int16: return integer(Kind::int16, out);
      case ReadOp::int32: return integer(Kind::int32, out);
      case ReadOp::int64: {
        std::int64_t i = 0;
        if (!long_value(i)) {
          return false;
        }
        out = Value::int64(i);
        return true;
      }
      case ReadOp::date:
      case ReadOp::time: {
        std::int32_t i = 0;
        if (!int_value(i)) {
          return false;
        }
        if (plan.op == ReadOp::time && (i < 0 || i > java::kDayMs)) {
          return fail(
              "Time values must use number of milliseconds greater than 0 and less than 86400000");
        }
        out = Value::timestamp(plan.op == ReadOp::date ? i * java::kDayMs : i);
        return true;
      }
      case ReadOp::timestamp: {
        std::int64_t i = 0;
        if (!long_value(i)) {
          return false;
        }
        out = Value::timestamp(i);
        return true;
      }
      case ReadOp::float32: {
        std::uint32_t raw = 0;
        if (!bits(raw)) {
          return false;
        }
        out = Value::float32(std::bit_cast<float>(raw));
        return true;
      }
      case ReadOp::float64: {
        std::uint64_t raw = 0;
        if (!bits(raw)) {
          return false;
        }
        out = Value::float64(std::bit_cast<double>(raw));
        return true;
      }
      case ReadOp::text: {
        std::string_view raw;
        if (!span(raw)) {
          return false;
        }
        out = Value::string(text(raw));
        return true;
      }
      case ReadOp::binary:
      case ReadOp::decimal: {
        std::string_view raw;
        if (!span(raw)) {
          return false;
        }
        if (plan.op == ReadOp::decimal) {
          return decimal(raw, plan.scale, out);
        }
        out = Value::bytes(raw);
        return true;
      }
      case ReadOp::fixed:
      case ReadOp::fixed_decimal: {
        std::string_view raw;
        if (!take(plan.size, raw)) {
          return false;
        }
        if (plan.op == ReadOp::fixed_decimal) {
          return decimal(raw, plan.scale, out);
        }
        out = Value::bytes(raw);
        return true;
      }
      case ReadOp::symbol: {
        std::int32_t i = 0;
        if (!int_value(i)) {
          return false;
        }
        if (i < 0 || static_cast<std::size_t>(i) >= plan.symbols.size()) {
          return fail("Enumeration out of range: max is " + std::to_string(plan.symbols.size()) +
                      " but received " + std::to_string(i));
        }
        out = Value::string(plan.symbols[static_cast<std::size_t>(i)]);
        return true;
      }
      case ReadOp::array: return array(plan, out);
      case ReadOp::map:
      case ReadOp::entries: return map(plan, out);
      case ReadOp::record: {
        const std::size_t count = plan.fields.size();
        if (!spend(count + 1)) {
          return false;
        }
        auto* members = arena_.array<weir_member>(count);
        for (std::size_t i = 0; i < count; ++i) {
          members[i].key = plan.fields[i].key;
          if (!value(*plan.fields[i].plan, members[i].value)) {
            return false;
          }
        }
        out = Value::structure(members, count);
        return true;
      }
      case ReadOp::optional: {
        std::int32_t i = 0;
        if (!int_value(i)) {
          return false;
        }
        if (i != 0 && i != 1) {
          return fail("Union index out of range: " + std::to_string(i));
        }
        if ((i == 1) == plan.null_second) {
          out = Value::null();
          return true;
        }
        return value(*plan.inner, out);
      }
      case ReadOp::single: {
        std::int32_t i = 0;
        if (!int_value(i)) {
          return false;
        }
        return i == 0 ? value(*plan.inner, out)
                      : fail("Union index out of range: " + std::to_string(i));
      }
      case ReadOp::choice: return choice(plan, out);
      case ReadOp::anything: return anything(out, 0);
    }
    return fail("broken plan");
  }

  bool choice(const ReadPlan& plan, weir_value& out) {
    std::int32_t i = 0;
    if (!int_value(i)) {
      return false;
    }
    if (i < 0 || static_cast<std::size_t>(i) >= plan.branches.size()) {
      return fail("Union index out of range: " + std::to_string(i));
    }
    const int at = plan.branches[static_cast<std::size_t>(i)];
    if (at < 0) {
      out = Value::null();
      return true;
    }
    const std::size_t count = plan.fields.size();
    if (!spend(count + 1)) {
      return false;
    }
    auto* members = arena_.array<weir_member>(count);
    for (std::size_t f = 0; f < count; ++f) {
      members[f] = {plan.fields[f].key, Value::null()};
    }
    if (!value(*plan.fields[static_cast<std::size_t>(at)].plan, members[at].value)) {
      return false;
    }
    out = Value::structure(members, count);
    return true;
  }

  /// The number of items of the next block; 0: the end.
  bool block(std::uint32_t min_bytes, std::uint64_t& count) {
    std::int64_t n = 0;
    if (!long_value(n)) {
      return false;
    }
    if (n < 0) {
      std::int64_t bytes = 0;  // for those who skip the block
      if (n == INT64_MIN || !long_value(bytes)) {
        return error_.empty() ? fail("Malformed data. A block of " + std::to_string(n) + " items")
                              : false;
      }
      n = -n;
    }
    count = static_cast<std::uint64_t>(n);
    if (min_bytes > 0 && count > left() / min_bytes) {
      return fail("a block of " + std::to_string(count) + " items cannot be in the " +
                  std::to_string(left()) + " bytes that are left");
    }
    return spend(count);
  }

  bool array(const ReadPlan& plan, weir_value& out) {
    weir_value* items = nullptr;
    std::size_t size = 0;
    for (;;) {
      std::uint64_t count = 0;
      if (!block(plan.inner->min_bytes, count)) {
        return false;
      }
      if (count == 0) {
        break;
      }
      auto* longer = arena_.array<weir_value>(size + count);
      if (size > 0) {
        std::memcpy(static_cast<void*>(longer), items, size * sizeof(weir_value));
        if (!spend(size)) {  // many small blocks would cost the square of their number
          return false;
        }
      }
      items = longer;
      for (const std::size_t to = size + count; size < to; ++size) {
        if (!value(*plan.inner, items[size])) {
          return false;
        }
      }
    }
    out = Value::array(items == nullptr ? arena_.array<weir_value>(1) : items, size);
    return true;
  }

  bool map(const ReadPlan& plan, weir_value& out) {
    const bool entries = plan.op == ReadOp::entries;
    const std::uint32_t least =
        entries ? plan.key->min_bytes + plan.inner->min_bytes : 1 + plan.inner->min_bytes;
    weir_member* members = nullptr;
    std::size_t size = 0;
    for (;;) {
      std::uint64_t count = 0;
      if (!block(least, count)) {
        return false;
      }
      if (count == 0) {
        break;
      }
      auto* longer = arena_.array<weir_member>(size + count);
      if (size > 0) {
        std::memcpy(static_cast<void*>(longer), members, size * sizeof(weir_member));
        if (!spend(size)) {
          return false;
        }
      }
      members = longer;
      for (const std::size_t to = size + count; size < to; ++size) {
        weir_member& m = members[size];
        if (entries) {
          const bool fine = plan.value_first
                                ? value(*plan.inner, m.value) && value(*plan.key, m.key)
                                : value(*plan.key, m.key) && value(*plan.inner, m.value);
          if (!fine) {
            return false;
          }
        } else {
          std::string_view raw;
          if (!span(raw)) {
            return false;
          }
          m.key = Value::string(text(raw));
          if (!value(*plan.inner, m.value)) {
            return false;
          }
        }
      }
    }
    if (!entries) {
      size = without_duplicates(members, size);
    }
    out = Value::map(members == nullptr ? arena_.array<weir_member>(1) : members, size);
    return true;
  }

  /// Of members with the same key the last value stays, at the place of the first.
  static std::size_t without_duplicates(weir_member* members, std::size_t size) {
    constexpr std::size_t kScanned = 16;
    auto key = [&](std::size_t i) {
      return std::string_view(members[i].key.as.text, members[i].key.count);
    };
    std::size_t kept = 0;
    if (size <= kScanned) {
      for (std::size_t i = 0; i < size; ++i) {
        std::size_t at = 0;
        while (at < kept && key(at) != key(i)) {
          ++at;
        }
        members[at] = members[i];
        kept += at == kept ? 1 : 0;
      }
      return kept;
    }
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < size; ++i) {
      const auto [it, fresh] = seen.emplace(key(i), kept);
      members[it->second] = members[i];
      kept += fresh ? 1 : 0;
    }
    return kept;
  }

  /// A value without schema: the record io.confluent.connect.avro.Anything, of whose nine optional
  /// fields one is set.
  bool anything(weir_value& out, int depth) {
    if (depth > kMaxAnythingDepth) {
      return fail("nested deeper than " + std::to_string(kMaxAnythingDepth));
    }
    if (!spend(1)) {
      return false;
    }
    bool set = false;
    out = Value::null();
    for (int field = 0; field < 9; ++field) {
      std::int32_t branch = 0;
      if (!int_value(branch)) {
        return false;
      }
      if (branch == 0) {
        continue;
      }
      if (branch != 1) {
        return fail("Union index out of range: " + std::to_string(branch));
      }
      weir_value v{};
      if (!anything_field(field, v, depth)) {
        return false;
      }
      if (!set) {  // the first one counts
        out = v;
        set = true;
      }
    }
    return true;
  }

  bool anything_field(int field, weir_value& out, int depth) {
    static const auto plans = [] {
      std::array<ReadPlan, 7> all;
      constexpr ReadOp kOps[] = {ReadOp::boolean, ReadOp::binary, ReadOp::float64, ReadOp::float32,
                                 ReadOp::int32,   ReadOp::int64,  ReadOp::text};
      for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].op = kOps[i];
      }
      return all;
    }();
    if (field < 7) {
      return value(plans[static_cast<std::size_t>(field)], out);
    }
    const bool map = field == 8;
    ArrayBuilder items(arena_, 4);
    ObjectBuilder members(arena_, 4);
    for (;;) {
      std::uint64_t count = 0;
      if (!block(map ? 18 : 9, count)) {
        return false;
      }
      if (count == 0) {
        break;
      }
      for (; count > 0; --count) {
        weir_value first{};
        weir_value second{};
        if (!anything(first, depth + 1) || (map && !anything(second, depth + 1))) {
          return false;
        }
        if (map) {
          members.add_member(first, second);
        } else {
          items.add(first);
        }
      }
    }
    out = map ? members.map() : items.array();
    return true;
  }

  const char* start_;
  const char* p_;
  const char* end_;
  Arena arena_;
  std::uint64_t values_left_;
  std::string error_;
};

}  // namespace

Result<Value> decimal_value(std::string_view unscaled, std::int32_t scale, Arena arena) {
  if (unscaled.size() > kMaxDecimalBytes) {
    return bad_record("a decimal of " + std::to_string(unscaled.size()) + " bytes; at most " +
                      std::to_string(kMaxDecimalBytes) + " are read");
  }
  if (unscaled.empty()) {
    return bad_record("a decimal without a byte");
  }
  if (unscaled.size() <= 8 && scale >= 0 && scale <= 6) {
    std::int64_t n = static_cast<signed char>(unscaled[0]);
    for (std::size_t i = 1; i < unscaled.size(); ++i) {
      n = static_cast<std::int64_t>(static_cast<std::uint64_t>(n) << 8 |
                                    static_cast<unsigned char>(unscaled[i]));
    }
    char digits[24];
    const std::uint64_t magnitude =
        n < 0 ? ~static_cast<std::uint64_t>(n) + 1 : static_cast<std::uint64_t>(n);
    const auto count = static_cast<std::size_t>(
        std::to_chars(digits, digits + sizeof digits, magnitude).ptr - digits);
    const auto point = static_cast<std::size_t>(scale);
    const std::size_t zeros = count <= point ? point - count + 1 : 0;
    char* to = arena.array<char>(count + zeros + 2);
    char* at = to;
    if (n < 0) {
      *at++ = '-';
    }
    char* const number = at;
    std::memset(at, '0', zeros);
    std::memcpy(at + zeros, digits, count);
    at += zeros + count;
    if (point > 0) {
      const std::size_t whole = zeros + count - point;
      std::memmove(number + whole + 1, number + whole, point);
      number[whole] = '.';
      ++at;
    }
    return Value::decimal({to, static_cast<std::size_t>(at - to)});
  }
  return Value::decimal(arena.copy(java::to_string(java::decimal_from_bytes(unscaled, scale))));
}

Result<Value> decode(const ReadPlan& plan, std::string_view data, Arena arena) {
  return Decoder(data, arena).run(plan);
}

}  // namespace weir::converters::schema_registry::avro
