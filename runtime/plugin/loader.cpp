#include "runtime/plugin/loader.hpp"
#include "runtime/plugin/file_trust.hpp"

#include <boost/dll/library_info.hpp>
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>
#include <weir/abi.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>
#include <system_error>

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::runtime::plugin {
namespace {

constexpr std::string_view kEntryPrefix = "weir_plugin_entry_v";

const weir_host& host() {
  static constexpr std::string_view kVersion = WEIR_VERSION;
  static const weir_host table{sizeof(weir_host), WEIR_ABI_MAJOR, WEIR_ABI_MINOR, 0, {kVersion.data(), kVersion.size()}};
  return table;
}

// Leaked on purpose: code that was loaded stays.
std::vector<boost::dll::shared_library>& handles() {
  static auto* list = new std::vector<boost::dll::shared_library>();
  return *list;
}

// Before anything of the file runs: is it a shared library for this machine at all?
std::optional<std::string> not_loadable(const std::filesystem::path& file) {
  std::array<unsigned char, 20> head{};
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fmt::format("{} cannot be read", file.string());
  }
  in.read(reinterpret_cast<char*>(head.data()), head.size());
  if (in.gcount() < static_cast<std::streamsize>(head.size()) || std::memcmp(head.data(), "\177ELF", 4) != 0) {
    return fmt::format("{} is not a shared library", file.string());
  }
  const unsigned machine = head[18] | (static_cast<unsigned>(head[19]) << 8);
#if defined(__x86_64__)
  constexpr unsigned kMachine = 62;
#elif defined(__aarch64__)
  constexpr unsigned kMachine = 183;
#else
  const unsigned kMachine = machine;
#endif
  if (head[4] != 2 || machine != kMachine) {
    return fmt::format("{} is built for another kind of machine", file.string());
  }
  return std::nullopt;
}

// The majors of the entries that the file exports, read from its symbol table without running anything.
std::vector<unsigned> exported_majors(const std::filesystem::path& file) {
  boost::dll::library_info info(file);
  std::vector<unsigned> majors;
  for (const std::string& symbol : info.symbols()) {
    if (symbol.compare(0, kEntryPrefix.size(), kEntryPrefix) == 0) {
      unsigned major = 0;
      const char* const end = symbol.data() + symbol.size();
      const auto parsed = std::from_chars(symbol.data() + kEntryPrefix.size(), end, major);
      if (parsed.ec == std::errc{} && parsed.ptr == end) {
        majors.push_back(major);
      }
    }
  }
  return majors;
}

}  // namespace

std::vector<std::filesystem::path> default_plugin_path() {
  std::error_code ec;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ec);
  const auto folder = program.parent_path().parent_path();
  return {folder / "plugins", folder / "lib" / "weir" / "plugins"};
}

Result<void> Loader::load_file(const std::filesystem::path& file) {
  if (auto why = distrust(file)) {
    return bad_config(*why);
  }
  if (auto why = not_loadable(file)) {
    return bad_config(*why);
  }
  std::vector<unsigned> majors;
  try {
    majors = exported_majors(file);
  } catch (const std::exception&) {
    return bad_config(fmt::format("{} is not a shared library that can be read: it is damaged or cut short", file.string()));
  }
  if (majors.empty()) {
    return bad_config(
        fmt::format("{} is not a Weir plugin: it does not export {}", file.string(), WEIR_PLUGIN_ENTRY_NAME));
  }
  if (std::find(majors.begin(), majors.end(), WEIR_ABI_MAJOR) == majors.end()) {
    return bad_config(fmt::format(
        "{} speaks version {} of the plugin contract and this worker version {}: rebuild it against the Weir SDK {}.x",
        file.string(), majors.front(), WEIR_ABI_MAJOR, WEIR_ABI_MAJOR));
  }
  try {
    std::error_code ec;
    boost::dll::shared_library library(file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    const auto entry =
        reinterpret_cast<weir_plugin_entry_fn>(library.get<void()>(WEIR_PLUGIN_ENTRY_NAME));
    handles().push_back(std::move(library));  // from here on code of it may run: never unloaded
    const weir_plugin* plugin = nullptr;
    try {
      plugin = entry(&host());
    } catch (...) {
      return bad_config(fmt::format("{} is broken: its entry threw an exception", file.string()));
    }
    return registry_.add(plugin, file.string());
  } catch (const std::exception& e) {
    return bad_config(fmt::format("{} cannot be loaded: {}", file.string(), e.what()));
  }
}

void Loader::load_or_note(const std::filesystem::path& file) {
  if (auto loaded = load_file(file); !loaded) {
    registry_.add_failure({file.string(), loaded.error().message});
  }
}

void Loader::load_path(const std::vector<std::filesystem::path>& entries, bool may_be_missing) {
  for (const auto& entry : entries) {
    std::error_code ec;
    const auto status = std::filesystem::status(entry, ec);
    if (!std::filesystem::exists(status)) {
      if (!may_be_missing) {
        registry_.add_failure({entry.string(), fmt::format("{} of plugin.path does not exist", entry.string())});
      }
      continue;
    }
    if (!std::filesystem::is_directory(status)) {
      load_or_note(entry);
      continue;
    }
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator it(entry, ec);
    if (ec) {
      registry_.add_failure({entry.string(), fmt::format("{} of plugin.path cannot be read: {}", entry.string(), ec.message())});
      continue;
    }
    for (; it != std::filesystem::directory_iterator(); it.increment(ec)) {
      if (it->path().extension() == ".so") {
        files.push_back(it->path());
      }
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      load_or_note(file);
    }
  }
}

}  // namespace weir::runtime::plugin
