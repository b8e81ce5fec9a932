// java.text.SimpleDateFormat as Kafka Connect uses it: lenient, English names, time zone UTC, Java's calendar with its
// change from Julian to Gregorian in 1582. Facts: the Javadoc of SimpleDateFormat, and trials against Java 17.
// Values are milliseconds since the epoch. Immutable after parsing the pattern: any thread.
#pragma once

#include <weir/java_digits.hpp>
#include <weir/result.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {
inline namespace v1 {
namespace java {

inline constexpr std::int64_t kDayMs = 86'400'000;

namespace detail {

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}
constexpr std::int64_t floor_mod(std::int64_t a, std::int64_t b) noexcept {
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

inline constexpr std::int64_t kCutoverDay = -141'427;  // 1582-10-15 in days since the epoch

struct CivilDay {
  std::int64_t year;  // 0 is 1 BC
  int month;          // 1 to 12
  int day;
};

// Days since the epoch of the first of March of a year that starts in March, then of a day: both calendars.
constexpr std::int64_t days_from(std::int64_t year, std::int64_t month0, std::int64_t day, bool julian) noexcept {
  year += floor_div(month0, 12);
  const std::int64_t m = floor_mod(month0, 12);  // 0 = January
  const std::int64_t y = m < 2 ? year - 1 : year;
  const std::int64_t mp = (m + 10) % 12;
  const std::int64_t leap = floor_div(y, 4) + (julian ? -2 : floor_div(y, 400) - floor_div(y, 100));
  return y * 365 + leap + (153 * mp + 2) / 5 + day - 1 - 719'468;
}

constexpr std::int64_t days_of(std::int64_t year, std::int64_t month0, std::int64_t day) noexcept {
  const std::int64_t gregorian = days_from(year, month0, day, false);
  if (gregorian >= kCutoverDay) {
    return gregorian;
  }
  return days_from(year, month0, day, true);
}

constexpr CivilDay civil_of(std::int64_t days) noexcept {
  const bool julian = days < kCutoverDay;
  std::int64_t guess = floor_div((days + 719'468) * 400, 146'097);  // a year that starts in March
  while (days_from(guess + 1, 2, 1, julian) <= days) {
    ++guess;
  }
  while (days_from(guess, 2, 1, julian) > days) {
    --guess;
  }
  const std::int64_t doy = days - days_from(guess, 2, 1, julian);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {month <= 2 ? guess + 1 : guess, month, day};
}

inline constexpr std::array<std::string_view, 12> kMonths{"January", "February", "March",     "April",   "May",      "June",
                                                          "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
struct ZoneName {
  std::string_view name;
  int minutes;
};
inline constexpr std::array<ZoneName, 52> kZones{{{"Coordinated Universal Time", 0},
                                                  {"Greenwich Mean Time", 0},
                                                  {"Eastern Standard Time", -300},
                                                  {"Eastern Daylight Time", -240},
                                                  {"Central Standard Time", -360},
                                                  {"Central Daylight Time", -300},
                                                  {"Mountain Standard Time", -420},
                                                  {"Mountain Daylight Time", -360},
                                                  {"Pacific Standard Time", -480},
                                                  {"Pacific Daylight Time", -420},
                                                  {"Alaska Standard Time", -540},
                                                  {"Alaska Daylight Time", -480},
                                                  {"Hawaii-Aleutian Standard Time", -600},
                                                  {"Western European Standard Time", 0},
                                                  {"Western European Summer Time", 60},
                                                  {"Central European Standard Time", 60},
                                                  {"Central European Summer Time", 120},
                                                  {"Eastern European Standard Time", 120},
                                                  {"Eastern European Summer Time", 180},
                                                  {"Moscow Standard Time", 180},
                                                  {"Japan Standard Time", 540},
                                                  {"Australian Western Standard Time", 480},
                                                  {"Australian Central Standard Time", 570},
                                                  {"Australian Central Daylight Time", 630},
                                                  {"Australian Eastern Standard Time", 600},
                                                  {"Australian Eastern Daylight Time", 660},
                                                  {"New Zealand Standard Time", 720},
                                                  {"New Zealand Daylight Time", 780},
                                                  {"UTC", 0},    {"UT", 0},     {"EST", -300}, {"EDT", -240},
                                                  {"CST", -360}, {"CDT", -300}, {"MST", -420}, {"MDT", -360},
                                                  {"PST", -480}, {"PDT", -420}, {"WET", 0},    {"WEST", 60},
                                                  {"CET", 60},   {"CEST", 120}, {"EET", 120},  {"EEST", 180},
                                                  {"MSK", 180},  {"JST", 540},  {"AWST", 480}, {"ACST", 570},
                                                  {"ACDT", 630}, {"AEST", 600}, {"AEDT", 660}, {"NZST", 720}}};

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
inline bool starts_with_any_case(std::string_view text, std::string_view word) noexcept {
  if (text.size() < word.size()) {
    return false;
  }
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[i]) != lower(word[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace detail

class SimpleDateFormat {
 public:
  /// Errc::bad_config where Java throws IllegalArgumentException, with its words.
  static Result<SimpleDateFormat> of(std::string_view pattern) {
    SimpleDateFormat format;
    format.pattern_ = std::string(pattern);
    if (auto problem = format.compile(pattern)) {
      return bad_config(*problem);
    }
    return format;
  }

  const std::string& pattern() const noexcept { return pattern_; }

  std::string format(std::int64_t ms) const {
    std::string out;
    const std::int64_t days = detail::floor_div(ms, kDayMs);
    const std::int64_t of_day = detail::floor_mod(ms, kDayMs);
    const detail::CivilDay date = detail::civil_of(days);
    const int weekday = static_cast<int>(detail::floor_mod(days + 4, 7));  // 0 = Sunday
    const std::int64_t hour = of_day / 3'600'000;
    for (const Part& part : parts_) {
      switch (part.letter) {
        case '\0':
          out += part.literal;
          break;
        case 'G':
          out += date.year > 0 ? "AD" : "BC";
          break;
        case 'y':
          pad_year(out, date.year > 0 ? date.year : 1 - date.year, part.count);
          break;
        case 'Y':
          pad_year(out, week_year(days), part.count);
          break;
        case 'M':
        case 'L': {
          const auto name = detail::kMonths[static_cast<std::size_t>(date.month - 1)];
          if (part.count > 2) {
            out += part.count > 3 ? name : name.substr(0, 3);
          } else {
            pad(out, date.month, part.count);
          }
          break;
        }
        case 'd':
          pad(out, date.day, part.count);
          break;
        case 'D':
          pad(out, days - detail::days_of(date.year, 0, 1) + 1, part.count);
          break;
        case 'F':
          pad(out, (days - detail::days_of(date.year, date.month - 1, 1)) / 7 + 1, part.count);
          break;
        case 'w':
          pad(out, (days - week_start(week_year(days))) / 7 + 1, part.count);
          break;
        case 'W': {
          const std::int64_t first = detail::days_of(date.year, date.month - 1, 1);
          pad(out, (days - first + detail::floor_mod(first + 4, 7)) / 7 + 1, part.count);
          break;
        }
        case 'E': {
          const auto name = detail::kDays[static_cast<std::size_t>(weekday)];
          out += part.count > 3 ? name : name.substr(0, 3);
          break;
        }
        case 'u':
          pad(out, weekday == 0 ? 7 : weekday, part.count);
          break;
        case 'a':
          out += hour < 12 ? "AM" : "PM";
          break;
        case 'H':
          pad(out, hour, part.count);
          break;
        case 'k':
          pad(out, hour == 0 ? 24 : hour, part.count);
          break;
        case 'K':
          pad(out, hour % 12, part.count);
          break;
        case 'h':
          pad(out, hour % 12 == 0 ? 12 : hour % 12, part.count);
          break;
        case 'm':
          pad(out, of_day / 60'000 % 60, part.count);
          break;
        case 's':
          pad(out, of_day / 1000 % 60, part.count);
          break;
        case 'S':
          pad(out, of_day % 1000, part.count);
          break;
        case 'z':
          out += part.count > 3 ? "Coordinated Universal Time" : "UTC";
          break;
        case 'Z':
          out += "+0000";
          break;
        case 'X':
          out += 'Z';
          break;
        default:
          break;
      }
    }
    return out;
  }

  /// nullopt: does not match. Text after the match is ignored; numbers out of range roll over.
  std::optional<std::int64_t> parse(std::string_view text) const {
    Fields fields;
    std::size_t at = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      if (part.letter == '\0') {
        if (text.substr(at, part.literal.size()) != part.literal) {
          return std::nullopt;
        }
        at += part.literal.size();
        continue;
      }
      const Part* next = i + 1 < parts_.size() ? &parts_[i + 1] : nullptr;
      const bool abutting = next != nullptr && numeric(*next);
      if (!parse_field(text, at, part, abutting, fields)) {
        return std::nullopt;
      }
    }
    return at == 0 ? std::nullopt : std::optional(fields.resolve());
  }

 private:
  struct Part {
    char letter{'\0'};  // '\0': literal
    int count{0};
    std::string literal;
  };
  /// java.util.Calendar's fields as text sets them: which of them count is decided by what was set last.
  class Fields {
   public:
    enum Field { era, year, month, week_of_year, week_of_month, day_of_month, day_of_year, day_of_week,
                 day_of_week_in_month, am_pm, hour, hour_of_day, minute, second, millisecond, week_year, kCount };

    void set(Field field, int value) noexcept {
      values_[field] = value;
      stamps_[field] = ++last_;
    }
    void zone(std::int64_t offset_ms) noexcept { offset_ms_ = offset_ms; }
    std::int64_t resolve() noexcept {
      if (stamps_[week_year] > stamps_[year]) {
        set_week_date();
      }
      return time();
    }

   private:
    int value(Field field, int otherwise) const noexcept { return stamps_[field] != 0 ? values_[field] : otherwise; }
    /// When both were set: the later time.
    int both(Field a, Field b) const noexcept {
      return stamps_[a] == 0 || stamps_[b] == 0 ? 0 : stamps_[a] > stamps_[b] ? stamps_[a] : stamps_[b];
    }
    static std::int64_t on_or_before(std::int64_t days, int weekday) noexcept {  // 1 = Sunday
      return days - detail::floor_mod(days + 4 - (weekday - 1), 7);
    }

    /// The days of so many weeks, in Java's int: huge numbers wrap.
    static std::int32_t weeks(int n, int more) noexcept {
      return static_cast<std::int32_t>((static_cast<std::uint32_t>(n) + static_cast<std::uint32_t>(more)) * 7u);
    }

    /// GregorianCalendar.setWeekDate
    void set_week_date() noexcept {
      std::int64_t week = value(week_of_year, 1);
      std::int64_t weekday = value(day_of_week, 1);
      if (weekday >= 8) {
        --weekday;
        week += weekday / 7;
        weekday = weekday % 7 + 1;
      } else {
        const std::int64_t back = weekday <= 0 ? -weekday / 7 + 1 : 0;
        weekday += 7 * back;
        week -= back;
      }
      if (stamps_[day_of_week] != 0 && (values_[day_of_week] < 1 || values_[day_of_week] > 7)) {
        weekday = weekday == 7 ? 1 : weekday + 1;  // such a number was taken for an ISO weekday
      }
      const std::int64_t days = week_start(values_[week_year]) + (weekday - 1) + 7 * (week - 1);
      const detail::CivilDay date = detail::civil_of(days);
      const bool ad = detail::civil_of(detail::floor_div(time(), kDayMs)).year > 0;  // of what was set before
      set(era, ad ? 1 : 0);
      set(year, static_cast<int>(date.year > 0 ? date.year : 1 - date.year));
      set(month, date.month - 1);
      set(day_of_month, date.day);
    }

    struct Chosen {
      bool month{false}, day_of_month{false}, week_of_month{false}, weekday{false}, weekday_in_month{false}, day_of_year{false};
    };
    /// Calendar.selectFields
    Chosen choose() const noexcept {
      const int weekday_stamp = stamps_[day_of_week];
      int dom = stamps_[day_of_month];
      int wom = both(week_of_month, day_of_week);
      int dowim = both(day_of_week_in_month, day_of_week);
      const int doy = stamps_[day_of_year];
      int woy = both(week_of_year, day_of_week);
      const auto highest = [](std::initializer_list<int> list) { return std::max(list); };
      int best = highest({dom, wom, dowim, doy, woy});
      if (best == 0) {
        wom = stamps_[week_of_month];
        dowim = std::max(stamps_[day_of_week_in_month], weekday_stamp);
        woy = stamps_[week_of_year];
        best = highest({wom, dowim, woy});
        if (best == 0) {
          best = dom = stamps_[month];
        }
      }
      Chosen out;
      if (best == dom || (best == wom && stamps_[week_of_month] >= stamps_[week_of_year]) ||
          (best == dowim && stamps_[day_of_week_in_month] >= stamps_[week_of_year])) {
        out.month = true;
        if (best == dom) {
          out.day_of_month = true;
          return out;
        }
        out.weekday = weekday_stamp != 0;
        if (wom == dowim) {
          out.week_of_month = stamps_[week_of_month] >= stamps_[day_of_week_in_month];
          out.weekday_in_month = !out.week_of_month;
        } else if (best == wom) {
          out.week_of_month = true;
        } else {
          out.weekday_in_month = stamps_[day_of_week_in_month] != 0;
        }
      } else if (best == doy) {
        out.day_of_year = true;
      } else {
        out.weekday = weekday_stamp != 0;
      }
      return out;
    }

    /// GregorianCalendar.getFixedDate: days since the epoch.
    std::int64_t days_of(std::int64_t y, const Chosen& chosen, bool julian) const noexcept {
      const std::int64_t m = chosen.month ? value(month, 0) : 0;
      const std::int64_t first = detail::days_from(y, m, 1, julian);
      if (!chosen.month) {
        if (chosen.day_of_year) {
          return first + value(day_of_year, 1) - 1;
        }
        std::int64_t week = on_or_before(first + 6, 1);
        week -= week - first >= 1 ? 7 : 0;
        const int weekday = value(day_of_week, 1);
        if (chosen.weekday && weekday != 1) {
          week = on_or_before(week + 6, weekday);
        }
        return week + 7 * (std::int64_t{value(week_of_year, 1)} - 1);
      }
      if (chosen.day_of_month) {
        return first + value(day_of_month, 1) - 1;
      }
      if (chosen.week_of_month) {
        std::int64_t week = on_or_before(first + 6, 1);
        week -= week - first >= 1 ? 7 : 0;
        if (chosen.weekday) {
          week = on_or_before(week + 6, value(day_of_week, 1));
        }
        return week + weeks(value(week_of_month, 0), -1);
      }
      const int weekday = chosen.weekday ? value(day_of_week, 1) : 1;
      const int n = chosen.weekday_in_month ? value(day_of_week_in_month, 1) : 1;
      if (n >= 0) {
        return on_or_before(first + weeks(n, 0) - 1, weekday);
      }
      const std::int64_t length = detail::days_from(y, m + 1, 1, julian) - first;
      return on_or_before(first + length + weeks(n, 1) - 1, weekday);
    }

    /// GregorianCalendar.computeTime
    std::int64_t time() const noexcept {
      const bool bc = stamps_[era] != 0 && values_[era] == 0;
      const std::int64_t y = bc ? 1 - std::int64_t{value(year, 1970)} : value(year, 1970);
      const Chosen chosen = choose();
      const int hour_stamp = both(hour, am_pm);
      int best = std::max(hour_stamp, stamps_[hour_of_day]);
      if (best == 0) {
        best = std::max(stamps_[hour], stamps_[am_pm]);
      }
      std::int64_t hours = 0;
      if (best != 0) {
        hours = best == stamps_[hour_of_day] ? value(hour_of_day, 0) : std::int64_t{value(hour, 0)} + 12 * value(am_pm, 0);
      }
      const std::int64_t rest = hours * 3'600'000 + std::int64_t{value(minute, 0)} * 60'000 +
                                std::int64_t{value(second, 0)} * 1000 + value(millisecond, 0);
      const std::int64_t more = detail::floor_div(rest, kDayMs);
      constexpr std::int64_t kCutover = detail::kCutoverDay;
      std::int64_t days = 0;
      const std::int64_t gregorian = more + days_of(y, chosen, false);
      const std::int64_t julian = more + days_of(y, chosen, true);
      if (y > 1582) {
        days = gregorian >= kCutover ? gregorian : julian;
      } else if (y < 1582) {
        days = julian;
      } else if (chosen.day_of_year || !chosen.month) {
        days = julian;
      } else {
        days = gregorian >= kCutover ? gregorian : julian;
      }
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(days) * std::uint64_t{kDayMs} +
                                       static_cast<std::uint64_t>(rest - more * kDayMs - offset_ms_));  // wraps as in Java
    }

    std::array<int, kCount> values_{};
    std::array<int, kCount> stamps_{};  // 0: not set
    int last_{0};
    std::int64_t offset_ms_{0};
  };

  std::optional<std::string> compile(std::string_view p) {
    constexpr std::string_view kLetters = "GyMdkHmsSEDFwWahKzZYuXL";
    std::string literal;
    const auto flush = [&] {
      if (!literal.empty()) {
        parts_.push_back({'\0', 0, literal});
        literal.clear();
      }
    };
    bool quoted = false;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const char c = p[i];
      if (c == '\'') {
        if (i + 1 < p.size() && p[i + 1] == '\'') {
          literal += '\'';
          ++i;
        } else {
          quoted = !quoted;
        }
        continue;
      }
      if (quoted || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
        literal += c;
        continue;
      }
      if (kLetters.find(c) == std::string_view::npos) {
        return std::string("Illegal pattern character '") + c + "'";
      }
      flush();
      int count = 1;
      while (i + 1 < p.size() && p[i + 1] == c) {
        ++count;
        ++i;
      }
      if (c == 'X' && count > 3) {
        return "invalid ISO 8601 format: length=" + std::to_string(count);
      }
      parts_.push_back({c, count, {}});
    }
    if (quoted) {
      return "Unterminated quote";
    }
    flush();
    return std::nullopt;
  }

  static bool numeric(const Part& part) noexcept {
    constexpr std::string_view kNumbers = "ydkHmsSDFwWhKYu";
    return ((part.letter == 'M' || part.letter == 'L') && part.count <= 2) ||
           (part.letter != '\0' && kNumbers.find(part.letter) != std::string_view::npos);
  }

  static void pad(std::string& out, std::int64_t value, int count) {
    if (value < 0) {
      out += '-';
    }
    const std::string digits = std::to_string(value < 0 ? -value : value);
    if (digits.size() < static_cast<std::size_t>(count)) {
      out.append(static_cast<std::size_t>(count) - digits.size(), '0');
    }
    out += digits;
  }
  static void pad_year(std::string& out, std::int64_t year, int count) {
    count == 2 ? pad(out, year % 100, 2) : pad(out, year, count);
  }

  // Weeks start on Sunday, and the first one holds January 1 (Java's US locale).
  static std::int64_t week_start(std::int64_t year) noexcept {
    const std::int64_t first = detail::days_of(year, 0, 1);
    return first - detail::floor_mod(first + 4, 7);
  }
  static std::int64_t week_year(std::int64_t days) noexcept {
    const std::int64_t year = detail::civil_of(days).year;
    return days >= week_start(year + 1) ? year + 1 : year;
  }

  /// An integer with an optional minus, its low 32 bits; false when there is none. limit: the end of what may be read.
  static bool integer(std::string_view text, std::size_t& at, std::size_t limit, int& value) noexcept {
    std::size_t p = at < limit ? at : limit;
    if (text.substr(p, 3) == "NaN" && p + 3 <= limit) {  // Java's number formats have a word for it
      value = 0;
      at = p + 3;
      return true;
    }
    const bool minus = p < limit && text[p] == '-';
    p += minus ? 1 : 0;
    const std::size_t digits = p;
    std::int64_t n = 0;
    bool huge = false;  // Java then goes by way of a double, which saturates
    std::size_t bytes = 1;
    for (int digit = 0; p < limit && (digit = detail::digit_at(text, p, bytes)) >= 0; p += bytes) {
      huge = huge || n > (INT64_MAX - 9) / 10;
      n = huge ? n : n * 10 + digit;
    }
    if (p == digits) {
      return false;
    }
    value = huge ? (minus ? INT32_MIN : INT32_MAX) : static_cast<int>(static_cast<std::int32_t>(minus ? -n : n));
    at = p;
    return true;
  }

  template <std::size_t N>
  static std::optional<int> name(std::string_view text, std::size_t& at, const std::array<std::string_view, N>& names) {
    const std::string_view rest = text.substr(at);
    for (const bool full : {true, false}) {
      for (std::size_t i = 0; i < N; ++i) {
        const std::string_view word = full ? names[i] : names[i].substr(0, 3);
        if (detail::starts_with_any_case(rest, word)) {
          at += word.size();
          return static_cast<int>(i);
        }
      }
    }
    return std::nullopt;
  }

  static bool numeric_zone(std::string_view text, std::size_t& at, int sign, int count, bool colon, Fields& f) noexcept {
    std::size_t p = at;
    const auto digit = [&](int& into) {
      if (p < text.size() && text[p] >= '0' && text[p] <= '9') {
        into = into * 10 + (text[p++] - '0');
        return true;
      }
      return false;
    };
    int hours = 0;
    int minutes = 0;
    if (!digit(hours) || p == text.size()) {  // Java looks at the character after the first digit
      return false;
    }
    if (!digit(hours) && (count > 0 || !colon)) {
      return false;
    }
    if (hours > 23) {
      return false;
    }
    if (count != 1) {
      if (colon) {
        if (p == text.size() || text[p] != ':') {
          return false;
        }
        ++p;
      }
      if (!digit(minutes) || !digit(minutes) || minutes > 59) {
        return false;
      }
    }
    f.zone(std::int64_t{sign} * (hours * 60 + minutes) * 60'000);
    at = p;
    return true;
  }

  static bool zone(std::string_view text, std::size_t& at, Fields& f) {
    const char c = text[at];
    if (c == '+' || c == '-') {
      ++at;
      return numeric_zone(text, at, c == '+' ? 1 : -1, 0, false, f);
    }
    const std::string_view rest = text.substr(at);
    if (detail::starts_with_any_case(rest, "GMT")) {
      at += 3;
      if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        const int sign = text[at] == '+' ? 1 : -1;
        ++at;
        return numeric_zone(text, at, sign, 0, true, f);
      }
      f.zone(0);
      return true;
    }
    for (const auto& [word, minutes] : detail::kZones) {
      const std::size_t n = word.size();
      if (detail::starts_with_any_case(rest, word) && !(word == "UT" && rest.size() > 2 && detail::lower(rest[2]) == 'c')) {
        at += n;
        f.zone(std::int64_t{minutes} * 60'000);
        return true;
      }
    }
    return false;
  }

  static bool named(Fields::Field field, std::optional<int> index, int first, Fields& f) noexcept {
    if (index) {
      f.set(field, *index + first);
    }
    return index.has_value();
  }

  static bool parse_field(std::string_view text, std::size_t& at, const Part& part, bool abutting, Fields& f) {
    const std::size_t before = at;  // the letters count from here, blanks included
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) {
      ++at;
    }
    if (at >= text.size()) {
      return false;
    }
    if (at != before && (part.letter == 'G' || part.letter == 'E' || part.letter == 'a' ||
                         ((part.letter == 'M' || part.letter == 'L') && part.count > 2))) {
      return false;  // blanks are passed before numbers and zones only
    }
    switch (part.letter) {
      case 'G':
        if (detail::starts_with_any_case(text.substr(at), "AD") || detail::starts_with_any_case(text.substr(at), "BC")) {
          f.set(Fields::era, detail::lower(text[at]) == 'b' ? 0 : 1);
          at += 2;
          return true;
        }
        return false;
      case 'E':
        return named(Fields::day_of_week, name(text, at, detail::kDays), 1, f);
      case 'a':
        if (detail::starts_with_any_case(text.substr(at), "AM") || detail::starts_with_any_case(text.substr(at), "PM")) {
          f.set(Fields::am_pm, detail::lower(text[at]) == 'p' ? 1 : 0);
          at += 2;
          return true;
        }
        return false;
      case 'z':
      case 'Z':
        return zone(text, at, f);
      case 'X': {
        const char c = text[at++];
        if (c == 'Z') {
          f.zone(0);
          return true;
        }
        return (c == '+' || c == '-') && numeric_zone(text, at, c == '+' ? 1 : -1, part.count, part.count == 3, f);
      }
      case 'M':
      case 'L':
        if (part.count > 2) {
          return named(Fields::month, name(text, at, detail::kMonths), 0, f);
        }
        break;
      default:
        break;
    }
    const std::size_t start = at;
    std::size_t limit = text.size();
    if (abutting) {
      limit = before;
      for (int left = part.count; left > 0; --left) {
        if (limit >= text.size()) {
          return false;
        }
        limit = next_character(text, limit);
      }
    }
    int n = 0;
    if (!integer(text, at, limit, n)) {
      return false;
    }
    switch (part.letter) {
      case 'y':
      case 'Y':
        if (part.count <= 2 && text[start] != '-' && next_character(text, next_character(text, start)) == at) {
          n = full_year(n);
        }
        f.set(part.letter == 'y' ? Fields::year : Fields::week_year, n);
        break;
      case 'M':
      case 'L':
        f.set(Fields::month, static_cast<int>(static_cast<unsigned>(n) - 1u));  // wraps as Java's int
        break;
      case 'd':
        f.set(Fields::day_of_month, n);
        break;
      case 'D':
        f.set(Fields::day_of_year, n);
        break;
      case 'F':
        f.set(Fields::day_of_week_in_month, n);
        break;
      case 'w':
        f.set(Fields::week_of_year, n);
        break;
      case 'W':
        f.set(Fields::week_of_month, n);
        break;
      case 'u':
        f.set(Fields::day_of_week, n < 1 || n > 7 ? n : n == 7 ? 1 : n + 1);
        break;
      case 'H':
        f.set(Fields::hour_of_day, n);
        break;
      case 'k':
        f.set(Fields::hour_of_day, n == 24 ? 0 : n);
        break;
      case 'K':
        f.set(Fields::hour, n);
        break;
      case 'h':
        f.set(Fields::hour, n == 12 ? 0 : n);
        break;
      case 'm':
        f.set(Fields::minute, n);
        break;
      case 's':
        f.set(Fields::second, n);
        break;
      default:
        f.set(Fields::millisecond, n);
    }
    return true;
  }

  /// Where the UTF-8 character at `at` ends: other scripts have digits of several bytes.
  static std::size_t next_character(std::string_view text, std::size_t at) noexcept {
    do {
      ++at;
    } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    return at;
  }

  /// Two digits: within 80 years before and 20 years after today.
  static int full_year(int two_digits) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    const int start = static_cast<int>(detail::civil_of(detail::floor_div(now, kDayMs)).year) - 80;
    return two_digits + start / 100 * 100 + (two_digits < start % 100 ? 100 : 0);
  }

  std::string pattern_;
  std::vector<Part> parts_;
};

/// Values.dateFormatFor(date).format(date) under UTC: a time below one day, a date for whole days, else both.
inline std::string iso_text(std::int64_t ms) {
  static const auto* time = new SimpleDateFormat(*SimpleDateFormat::of("HH:mm:ss.SSS'Z'"));
  static const auto* date = new SimpleDateFormat(*SimpleDateFormat::of("yyyy-MM-dd"));
  static const auto* both = new SimpleDateFormat(*SimpleDateFormat::of("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"));
  return (ms < kDayMs ? time : ms % kDayMs == 0 ? date : both)->format(ms);
}

/// java.util.Date.toString() under UTC.
inline std::string date_text(std::int64_t ms) {
  static const auto* format = new SimpleDateFormat(*SimpleDateFormat::of("EEE MMM dd HH:mm:ss zzz y"));
  return format->format(ms);
}

}  // namespace java
}  // namespace v1
}  // namespace weir
