#include "runtime/http/loggers.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace weir::runtime::http {
namespace {

using Level = spdlog::level::level_enum;

// The first word of a level is the one shown.
constexpr std::array<std::pair<const char*, Level>, 8> kLevels{{{"OFF", Level::off},
                                                                {"FATAL", Level::critical},
                                                                {"ERROR", Level::err},
                                                                {"WARN", Level::warn},
                                                                {"INFO", Level::info},
                                                                {"DEBUG", Level::debug},
                                                                {"TRACE", Level::trace},
                                                                {"ALL", Level::trace}}};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::optional<Level> level_of(const std::string& word) {
  for (const auto& [name, level] : kLevels) {
    if (word == name) {
      return level;
    }
  }
  return std::nullopt;
}

std::string word_of(Level level) {
  for (const auto& [name, value] : kLevels) {
    if (value == level) {
      return name;
    }
  }
  return "INFO";
}

std::string shown_name(const spdlog::logger& logger) {
  return logger.name().empty() || spdlog::default_logger_raw() == &logger ? "root" : logger.name();
}

bool is_below(const std::string& name, const std::string& above) {
  return above == "root" || name == above ||
         (name.size() > above.size() && name.compare(0, above.size(), above) == 0 &&
          name[above.size()] == '.');
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::map<std::string, LoggerLevel> Loggers::all() const {
  std::map<std::string, LoggerLevel> out;
  spdlog::apply_all([&](const std::shared_ptr<spdlog::logger>& logger) {
    out[shown_name(*logger)] = {word_of(logger->level()), std::nullopt};
  });
  const std::lock_guard lock(mutex_);
  for (const auto& [name, changed] : changed_) {
    auto& shown = out.try_emplace(name, changed).first->second;
    shown.last_modified = changed.last_modified;
    if (level_of(shown.level) == level_of(changed.level)) {
      shown.level = changed.level;  // ALL stays ALL
    }
  }
  return out;
}

std::optional<LoggerLevel> Loggers::find(const std::string& name) const {
  auto known = all();
  const auto it = known.find(name);
  return it == known.end() ? std::nullopt : std::optional(it->second);
}

bool Loggers::known_level(const std::string& level) { return level_of(upper(level)).has_value(); }

std::optional<std::vector<std::string>> Loggers::set(const std::string& name,
                                                     const std::string& level) {
  const std::string word = upper(level);
  const auto value = level_of(word);
  if (!value) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  spdlog::apply_all([&](const std::shared_ptr<spdlog::logger>& logger) {
    if (is_below(shown_name(*logger), name)) {
      logger->set_level(*value);
      names.push_back(shown_name(*logger));
    }
  });
  const std::lock_guard lock(mutex_);
  for (const auto& [known, unused] : changed_) {
    if (is_below(known, name)) {
      names.push_back(known);
    }
  }
  names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto now = now_ms();
  for (const auto& changed : names) {
    changed_[changed] = {word, now};
  }
  return names;
}

}  // namespace weir::runtime::http
