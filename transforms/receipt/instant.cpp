#include "instant.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace weir::transforms::receipt {
namespace {

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) {
    return false;
  }
  out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

bool is(std::string_view text, std::size_t at, char c) { return at < text.size() && text[at] == c; }

struct Civil {
  int year;
  unsigned month, day;
  int hour, minute, second;
};

Civil civil_of(std::int64_t seconds) {
  const auto time = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count())};
}

std::string print(const Civil& c, char between) {
  std::array<char, 40> buffer{};
  const int n = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u%c%02d:%02d:%02d", c.year, c.month, c.day, between, c.hour, c.minute, c.second);
  return {buffer.data(), static_cast<std::size_t>(n)};
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 0, 4, year) || !is(text, 4, '-') || !digits(text, 5, 2, month) || !is(text, 7, '-') || !digits(text, 8, 2, day) ||
      !is(text, 10, 'T') || !digits(text, 11, 2, hour) || !is(text, 13, ':') || !digits(text, 14, 2, minute) || !is(text, 16, ':') ||
      !digits(text, 17, 2, second)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  std::size_t at = 19;
  Instant out;
  if (is(text, at, '.')) {
    ++at;
    std::int32_t scale = 100'000;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      out.microseconds += scale * (text[at] - '0');
      scale /= 10;
    }
    if (at == first) {
      return std::nullopt;
    }
  }
  if (is(text, at, 'Z') && at + 1 == text.size()) {
    out.offset_minutes = 0;
  } else {
    int h = 0, m = 0;
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || !digits(text, at + 1, 2, h) || !is(text, at + 3, ':') ||
        !digits(text, at + 4, 2, m) || h > 23 || m > 59) {
      return std::nullopt;
    }
    out.offset_minutes = (text[at] == '-' ? -1 : 1) * (h * 60 + m);
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  out.utc_seconds = std::chrono::seconds(days).count() + hour * 3600 + minute * 60 + second - out.offset_minutes * 60;
  return out;
}

std::string iso_text(const Instant& instant) {
  std::string out = print(civil_of(instant.utc_seconds + instant.offset_minutes * 60), 'T');
  std::array<char, 16> buffer{};
  if (instant.microseconds != 0) {
    out.append(buffer.data(), static_cast<std::size_t>(std::snprintf(buffer.data(), buffer.size(), ".%06d", instant.microseconds)));
  }
  const int absolute = instant.offset_minutes < 0 ? -instant.offset_minutes : instant.offset_minutes;
  out.append(buffer.data(), static_cast<std::size_t>(std::snprintf(buffer.data(), buffer.size(), "%c%02d:%02d",
                                                                   instant.offset_minutes < 0 ? '-' : '+', absolute / 60, absolute % 60)));
  return out;
}

std::string utc_text(const Instant& instant) { return print(civil_of(instant.utc_seconds), ' '); }

}  // namespace weir::transforms::receipt
