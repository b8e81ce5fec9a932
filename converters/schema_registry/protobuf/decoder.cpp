#include "decoder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <weir/java_date.hpp>
#include <weir/java_text.hpp>
#include <weir/java_utf8.hpp>

namespace weir::converters::schema_registry::protobuf {
namespace {

using Op = FieldPlan::Op;
using Shape = FieldPlan::Shape;

constexpr std::int64_t unzigzag(std::uint64_t n) noexcept {
  return static_cast<std::int64_t>((n >> 1) ^ (0 - (n & 1)));
}

Value narrow(Kind kind, std::int64_t n) noexcept {
  switch (kind) {
    case Kind::int8: return Value::int8(static_cast<std::int8_t>(n));
    case Kind::int16: return Value::int16(static_cast<std::int16_t>(n));
    case Kind::int32: return Value::int32(static_cast<std::int32_t>(n));
    default: return Value::integer(kind, n);
  }
}

// BigDecimal's rounding to a precision, HALF_UP.
void round_to(java::Decimal& d, std::size_t precision) {
  if (precision == 0 || d.digits.size() <= precision) {
    return;
  }
  const std::size_t dropped = d.digits.size() - precision;
  const bool up = d.digits[precision] >= '5';
  d.digits.resize(precision);
  d.scale -= static_cast<std::int32_t>(dropped);
  if (up) {
    std::size_t i = precision;
    while (i > 0 && d.digits[i - 1] == '9') {
      d.digits[--i] = '0';
    }
    if (i > 0) {
      ++d.digits[i - 1];
    } else {
      d.digits.insert(0, "1");
      d.digits.pop_back();
      --d.scale;
    }
  }
}

std::string_view key_bytes(const Value& key) noexcept {
  return key.is_string()
             ? key.text()
             : std::string_view(reinterpret_cast<const char*>(&key.as.i64), sizeof key.as.i64);
}

// Of entries with the same key the last one counts, at the first one's place.
std::uint32_t unique(weir_member* members, std::uint32_t count) {
  constexpr std::uint32_t kFew = 8;
  std::uint32_t kept = 0;
  if (count <= kFew) {
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t at = 0;
      while (at < kept && key_bytes(Value(members[at].key)) != key_bytes(Value(members[i].key))) {
        ++at;
      }
      members[at] = members[i];
      kept += at == kept ? 1 : 0;
    }
    return kept;
  }
  std::unordered_map<std::string, std::uint32_t> places;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto [it, fresh] =
        places.try_emplace(std::string(key_bytes(Value(members[i].key))), kept);
    members[it->second] = members[i];
    kept += fresh ? 1 : 0;
  }
  return kept;
}

}  // namespace

class Decoder::Call {
 public:
  Call(std::vector<State>& states, Arena arena) : states_(states), arena_(arena) {}

  Result<Value> message(const MessagePlan& plan, std::string_view bytes, int depth) {
    if (depth > kMaxMessageDepth) {
      return bad_record(WireReader::kTooDeep);
    }
    total_ += plan.empty.size() + 1;
    if (total_ > kMostMembers) {
      return bad_record("The message holds more than " + std::to_string(kMostMembers) +
                        " fields, set or not");
    }
    const std::size_t base = states_.size();
    states_.resize(base + plan.states);
    auto* members = arena_.array<weir_member>(plan.empty.size());
    std::copy(plan.empty.begin(), plan.empty.end(), members);
    auto done = fields(plan, bytes, members, base, depth);
    if (done) {
      done = finish(plan, members, base, depth);
    }
    states_.resize(base);
    if (!done) {
      return done.error();
    }
    return value(plan, members);
  }

 private:
  Result<void> fields(const MessagePlan& plan, std::string_view bytes, weir_member* members,
                      std::size_t base, int depth) {
    WireReader in(bytes);
    while (!in.at_end()) {
      const std::uint32_t tag = in.tag();
      const FieldPlan* field = in.failure() == nullptr ? plan.find(tag >> 3) : nullptr;
      const std::uint32_t wire = tag & 7;
      if (field != nullptr && wire == field->wire) {
        if (auto done = one(*field, in, members, base, depth); !done) {
          return done;
        }
      } else if (field != nullptr && wire == 2 && field->shape == Shape::repeated &&
                 field->wire != 2) {
        if (auto done = packed(*field, in.span(), base); !done) {
          return done;
        }
      } else if (in.failure() == nullptr) {
        in.skip(tag, depth);
      }
      if (in.failure() != nullptr) {
        return bad_record(in.failure());
      }
    }
    return {};
  }

  Result<void> one(const FieldPlan& field, WireReader& in, weir_member* members, std::size_t base,
                   int depth) {
    if (field.op == Op::message) {
      const std::string_view bytes = in.span();
      if (in.failure() != nullptr) {
        return {};
      }
      if (field.shape == Shape::single) {
        keep(field, bytes, base);
        return {};
      }
      auto item = message(*field.message, bytes, depth + 1);
      if (!item) {
        return item.error();
      }
      State& state = state_of(field, base);
      if (field.shape == Shape::repeated) {
        push<weir_value>(state) = *item;
      } else {
        const auto entry = item->members();
        push<weir_member>(state) = {entry[0].item(), entry[1].item()};
      }
      return {};
    }
    Value read;
    if (auto known = scalar(field, in, read); !known) {
      return known.error();
    } else if (!*known || in.failure() != nullptr) {
      return {};
    }
    if (field.shape == Shape::repeated) {
      push<weir_value>(state_of(field, base)) = read;
    } else if (field.oneof >= 0) {
      win(field, base);
      state_of(field, base).value = read;
    } else {
      members[field.slot].value = read;
      if (field.state >= 0) {
        state_of(field, base).seen = true;
      }
    }
    return {};
  }

  Result<void> packed(const FieldPlan& field, std::string_view bytes, std::size_t base) {
    WireReader in(bytes);
    while (!in.at_end()) {
      Value read;
      auto known = scalar(field, in, read);
      if (!known) {
        return known.error();
      }
      if (in.failure() != nullptr) {
        return bad_record(in.failure());
      }
      if (*known) {
        push<weir_value>(state_of(field, base)) = read;
      }
    }
    return {};
  }

  // A single message: what comes several times is merged, which is what reading the bytes one after
  // the other does.
  void keep(const FieldPlan& field, std::string_view bytes, std::size_t base) {
    if (field.oneof >= 0) {
      win(field, base);
    }
    State& state = state_of(field, base);
    state.seen = true;
    if (state.message.empty()) {
      state.message = bytes;
    } else if (!bytes.empty()) {
      const std::size_t size = state.message.size() + bytes.size();
      if (size > state.capacity) {
        state.capacity = static_cast<std::uint32_t>(std::max<std::size_t>(64, size * 2));
        state.list = arena_.allocate(state.capacity);
        std::memcpy(state.list, state.message.data(), state.message.size());
      }
      auto* both = static_cast<char*>(state.list);
      std::memcpy(both + state.message.size(), bytes.data(), bytes.size());
      state.message = {both, size};
    }
  }

  // Setting one member of a oneof clears the others.
  void win(const FieldPlan& field, std::size_t base) {
    State& holder = states_[base + static_cast<std::size_t>(field.oneof)];
    const auto mine = static_cast<std::uint32_t>(field.state);
    if (holder.seen && holder.count != mine) {
      states_[base + holder.count] = State{};
    }
    holder.seen = true;
    holder.count = mine;
    states_[base + mine].seen = true;
  }

  // false: an enum's number that counts as an unknown field.
  Result<bool> scalar(const FieldPlan& field, WireReader& in, Value& to) {
    switch (field.op) {
      case Op::int32: to = narrow(field.kind, static_cast<std::int32_t>(in.varint())); break;
      case Op::uint32: to = narrow(field.kind, static_cast<std::uint32_t>(in.varint())); break;
      case Op::int64:
      case Op::uint64: to = narrow(field.kind, static_cast<std::int64_t>(in.varint())); break;
      case Op::sint32:
        to = narrow(field.kind,
                    static_cast<std::int32_t>(unzigzag(static_cast<std::uint32_t>(in.varint()))));
        break;
      case Op::sint64: to = narrow(field.kind, unzigzag(in.varint())); break;
      case Op::boolean: to = Value::boolean(in.varint() != 0); break;
      case Op::fixed32: to = narrow(field.kind, in.fixed32()); break;
      case Op::sfixed32: to = narrow(field.kind, static_cast<std::int32_t>(in.fixed32())); break;
      case Op::fixed64:
      case Op::sfixed64: to = narrow(field.kind, static_cast<std::int64_t>(in.fixed64())); break;
      case Op::float32:
        to = Value::real(field.kind, static_cast<double>(std::bit_cast<float>(in.fixed32())));
        break;
      case Op::float64: to = Value::real(field.kind, std::bit_cast<double>(in.fixed64())); break;
      case Op::bytes: to = Value::bytes(in.span()); break;
      case Op::string: {
        std::string_view text = in.span();
        const char* const end = text.data() + text.size();
        if (java::detail::first_malformed(text.data(), end) != end) {
          if (field.check_utf8) {
            return bad_record("Protocol message had invalid UTF-8.");
          }
          text = java::text_of_utf8(text, arena_);
        }
        to = Value::string(text);
        break;
      }
      case Op::enumeration:
        return symbol(*field.symbols, static_cast<std::int32_t>(in.varint()), to);
      case Op::message: break;
    }
    return true;
  }

  bool symbol(const EnumPlan& plan, std::int32_t number, Value& to) {
    const auto it = plan.symbols.find(number);
    if (it == plan.symbols.end() && !plan.open) {
      return false;
    }
    if (plan.as_int) {
      to = Value::int32(number);
    } else {
      to = Value::string(it != plan.symbols.end() ? it->second
                                                  : arena_.copy("UNKNOWN_ENUM_VALUE_" + plan.name +
                                                                "_" + std::to_string(number)));
    }
    return true;
  }

  // Nested messages, lists, oneofs and what is missing.
  Result<void> finish(const MessagePlan& plan, weir_member* members, std::size_t base, int depth) {
    std::string missing;
    for (const FieldPlan& field : plan.fields) {
      if (field.state < 0) {
        continue;
      }
      if (field.required && !state_of(field, base).seen) {
        missing += (missing.empty() ? "" : ", ") + std::string(field.name);
        continue;
      }
      if (field.shape != Shape::single) {
        State& state = state_of(field, base);
        if (state.count > 0) {
          members[field.slot].value =
              field.shape == Shape::repeated
                  ? Value::array(static_cast<weir_value*>(state.list), state.count)
                  : Value::map(static_cast<weir_member*>(state.list),
                               unique(static_cast<weir_member*>(state.list), state.count));
        }
        continue;
      }
      if (!state_of(field, base).seen && !field.default_message) {
        continue;
      }
      Value item = state_of(field, base).value;
      if (field.op == Op::message) {
        const std::string_view bytes = state_of(field, base).message;
        auto made = message(*field.message, bytes, depth + 1);
        if (!made) {
          return made.error();
        }
        item = *made;
      } else if (field.oneof < 0) {
        continue;  // stands in its place already
      }
      if (field.member < 0) {
        members[field.slot].value = item;
      } else {
        const auto& empty = plan.unions[static_cast<std::size_t>(field.oneof)];
        auto* one = arena_.array<weir_member>(empty.size());
        std::copy(empty.begin(), empty.end(), one);
        one[field.member].value = item;
        members[field.slot].value = Value::structure(one, empty.size());
      }
    }
    if (!missing.empty()) {
      return bad_record("Message missing required fields: " + missing);
    }
    return {};
  }

  Result<Value> value(const MessagePlan& plan, weir_member* members) {
    using Form = MessagePlan::Form;
    switch (plan.form) {
      case Form::structure:
      case Form::entry: break;
      case Form::wrapper: return Value(members[0].value);
      case Form::decimal: return decimal(plan, members);
      case Form::date: return date(plan, members);
      case Form::time: return time(plan, members);
      case Form::timestamp: return timestamp(plan, members);
    }
    return Value::structure(members, plan.empty.size());
  }

  // A field of a message that has a meaning of its own, by its name.
  static const Value* named(const MessagePlan& plan, weir_member* members, std::string_view name) {
    for (std::size_t i = 0; i < plan.fields.size(); ++i) {
      if (plan.fields[i].name == name) {
        return static_cast<const Value*>(&members[i].value);
      }
    }
    return nullptr;
  }
  static std::int64_t integer(const MessagePlan& plan, weir_member* members,
                              std::string_view name) {
    const Value* found = named(plan, members, name);
    return found != nullptr && found->is_integer() ? found->as.i64 : 0;
  }

  Result<Value> decimal(const MessagePlan& plan, weir_member* members) {
    const Value* bytes = named(plan, members, "value");
    if (bytes == nullptr || !bytes->is_bytes() || bytes->count == 0) {
      return bad_record("Zero length BigInteger (the value of a confluent.type.Decimal is empty)");
    }
    // BigInteger's digits take time that grows with the square of their number.
    constexpr std::uint32_t kMostBytes = 4096;
    if (bytes->count > kMostBytes) {
      return bad_record("A decimal of " + std::to_string(bytes->count) + " bytes; at most " +
                        std::to_string(kMostBytes) + " are read");
    }
    java::Decimal d = java::decimal_from_bytes(
        bytes->text(), static_cast<std::int32_t>(integer(plan, members, "scale")));
    const std::int64_t precision = integer(plan, members, "precision");
    if (precision > INT32_MAX) {
      return bad_record("Digits < 0 (the precision of a confluent.type.Decimal)");
    }
    if (static_cast<std::int64_t>(d.scale) - static_cast<std::int64_t>(d.digits.size()) <
        INT32_MIN) {
      return bad_record("Underflow (the scale of a confluent.type.Decimal)");
    }
    round_to(d, static_cast<std::size_t>(precision));
    return Value::decimal(arena_.copy(java::to_string(d)));
  }

  static Result<Value> date(const MessagePlan& plan, weir_member* members) {
    const std::int64_t year = integer(plan, members, "year");
    const std::int64_t month = integer(plan, members, "month");
    const std::int64_t day = integer(plan, members, "day");
    const std::string text = std::to_string(year) + "-" + std::to_string(month) + "-" +
                             std::to_string(day) + " (google.type.Date)";
    if (year < 1) {
      return bad_record("YEAR: no date " + text);
    }
    if (month < 1 || month > 12) {
      return bad_record("MONTH: no date " + text);
    }
    const std::int64_t days = java::detail::days_of(year, month - 1, day);
    const java::detail::CivilDay back = java::detail::civil_of(days);
    if (day < 1 || day > 31 || back.year != year || back.month != month || back.day != day) {
      return bad_record("DAY_OF_MONTH: no date " + text);
    }
    return Value::timestamp(days * java::kDayMs);
  }

  static Result<Value> time(const MessagePlan& plan, weir_member* members) {
    struct Part {
      std::string_view name;
      std::string_view java;
      std::int64_t most;
    };
    constexpr Part kParts[] = {{"hours", "HourOfDay", 23},
                               {"minutes", "MinuteOfHour", 59},
                               {"seconds", "SecondOfMinute", 59},
                               {"nanos", "NanoOfSecond", 999'999'999}};
    std::int64_t values[4];
    for (int i = 0; i < 4; ++i) {
      values[i] = integer(plan, members, kParts[i].name);
      if (values[i] < 0 || values[i] > kParts[i].most) {
        return bad_record("Invalid value for " + std::string(kParts[i].java) +
                          " (valid values 0 - " + std::to_string(kParts[i].most) +
                          "): " + std::to_string(values[i]));
      }
    }
    return Value::timestamp(((values[0] * 60 + values[1]) * 60 + values[2]) * 1000 +
                            values[3] / 1'000'000);
  }

  static Result<Value> timestamp(const MessagePlan& plan, weir_member* members) {
    const std::int64_t seconds = integer(plan, members, "seconds");
    const std::int64_t nanos = integer(plan, members, "nanos");
    if (seconds < -62'135'596'800 || seconds > 253'402'300'799 || nanos < 0 ||
        nanos > 999'999'999) {
      return bad_record("Timestamp is not valid. See proto definition for valid values. Seconds (" +
                        std::to_string(seconds) +
                        ") must be in range [-62,135,596,800, +253,402,300,799]. Nanos (" +
                        std::to_string(nanos) + ") must be in range [0, +999,999,999].");
    }
    return Value::timestamp(seconds * 1000 + nanos / 1'000'000);
  }

  State& state_of(const FieldPlan& field, std::size_t base) {
    return states_[base + static_cast<std::size_t>(field.state)];
  }

  template <class T>
  T& push(State& state) {
    if (state.count == state.capacity) {
      const std::uint32_t capacity = state.capacity == 0 ? 8 : state.capacity * 2;
      auto* bigger = arena_.array<T>(capacity);
      if (state.count > 0) {
        std::memcpy(static_cast<void*>(bigger), state.list, state.count * sizeof(T));
      }
      state.list = bigger;
      state.capacity = capacity;
    }
    return static_cast<T*>(state.list)[state.count++];
  }

  static constexpr std::size_t kMostMembers = 10'000'000;

  std::vector<State>& states_;
  Arena arena_;
  std::size_t total_{0};
};

Result<Value> Decoder::decode(const MessagePlan& plan, std::string_view message, Arena arena) {
  states_.clear();
  return Call(states_, arena).message(plan, message, 0);
}

}  // namespace weir::converters::schema_registry::protobuf
