#include <weir/json_schema/rfc3339.hpp>

#include <cstddef>

namespace weir::json_schema {
namespace {

/// Reads exactly `digits` digits at the start and removes them; -1 when they are not there.
int take(std::string_view& text, std::size_t digits) noexcept {
  if (text.size() < digits) {
    return -1;
  }
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// Days since the epoch; -1 << 40 when the date does not exist.
constexpr std::int64_t kNoDate = -(std::int64_t{1} << 40);
std::int64_t take_date(std::string_view& text) noexcept {
  const int year = take(text, 4);
  if (year < 0 || !take_char(text, '-')) {
    return kNoDate;
  }
  const int month = take(text, 2);
  if (month < 1 || month > 12 || !take_char(text, '-')) {
    return kNoDate;
  }
  const int day = take(text, 2);
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day < 1 || day > kDays[month - 1] + (month == 2 && leap ? 1 : 0)) {
    return kNoDate;
  }
  // Howard Hinnant's days_from_civil.
  const int y = year - (month <= 2 ? 1 : 0);
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return std::int64_t{era} * 146097 + doe - 719468;
}

/// Milliseconds since midnight UTC of the date before it; the rest of the text must be gone.
std::optional<std::int64_t> take_time(std::string_view text) noexcept {
  const int hour = take(text, 2);
  if (hour < 0 || hour > 23 || !take_char(text, ':')) {
    return std::nullopt;
  }
  const int minute = take(text, 2);
  if (minute < 0 || minute > 59 || !take_char(text, ':')) {
    return std::nullopt;
  }
  const int second = take(text, 2);
  if (second < 0 || second > 60) {
    return std::nullopt;
  }
  std::int64_t ms = ((std::int64_t{hour} * 60 + minute) * 60 + second) * 1000;
  if (take_char(text, '.')) {
    std::size_t digits = 0;
    std::int64_t fraction = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      if (digits < 3) {
        fraction = fraction * 10 + (text.front() - '0');
      }
      ++digits;
      text.remove_prefix(1);
    }
    if (digits == 0) {
      return std::nullopt;
    }
    for (; digits < 3; ++digits) {
      fraction *= 10;
    }
    ms += fraction;
  }
  if (text == "Z" || text == "z") {
    return ms;
  }
  const bool behind = take_char(text, '-');
  if (!behind && !take_char(text, '+')) {
    return std::nullopt;
  }
  const int hours = take(text, 2);
  if (hours < 0 || hours > 23 || !take_char(text, ':')) {
    return std::nullopt;
  }
  const int minutes = take(text, 2);
  if (minutes < 0 || minutes > 59 || !text.empty()) {
    return std::nullopt;
  }
  const std::int64_t offset = (std::int64_t{hours} * 60 + minutes) * 60'000;
  return behind ? ms + offset : ms - offset;
}

}  // namespace

bool is_full_date(std::string_view text) noexcept {
  return take_date(text) != kNoDate && text.empty();
}

bool is_full_time(std::string_view text) noexcept { return take_time(text).has_value(); }

std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept {
  const std::int64_t days = take_date(text);
  if (days == kNoDate || !(take_char(text, 'T') || take_char(text, 't'))) {
    return std::nullopt;
  }
  const auto time = take_time(text);
  if (!time) {
    return std::nullopt;
  }
  return days * 86'400'000 + *time;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < 36; ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') {
        return false;
      }
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
      return false;
    }
  }
  return true;
}

}  // namespace weir::json_schema
