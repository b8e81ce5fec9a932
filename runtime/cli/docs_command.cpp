#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "runtime/cli/config_input.hpp"
#include "runtime/cli/plugin_commands.hpp"

namespace weir::runtime::cli {
namespace {

constexpr std::string_view kBegin = "<!-- options:begin -->";
constexpr std::string_view kEnd = "<!-- options:end -->";

/// A table cell: no line breaks, no cell ends.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') {
      out += "\\|";
    } else if (c == '\n') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Names of the plugins that a folder builds: the first arguments of weir_add_plugin.
std::set<std::string> plugins_of(const std::filesystem::path& folder) {
  std::set<std::string> out;
  std::ifstream in(folder / "CMakeLists.txt");
  for (std::string line; std::getline(in, line);) {
    constexpr std::string_view kCall = "weir_add_plugin(";
    const auto at = line.find(kCall);
    if (at == std::string::npos || line.find('#') < at) {
      continue;
    }
    const auto begin = line.find_first_not_of(' ', at + kCall.size());
    const auto end = line.find_first_of(" )", begin);
    if (begin != std::string::npos) {
      out.insert(line.substr(begin, end == std::string::npos ? end : end - begin));
    }
  }
  return out;
}

}  // namespace

std::string option_table(const plugin::Component& component) {
  std::string out;
  bool any = false;
  for (const plugin::ConfigKey& key : component.keys()) {
    if (!key.alias_of.empty()) {
      continue;
    }
    if (!any) {
      out += "| key | type | default | |\n| --- | --- | --- | --- |\n";
      any = true;
    }
    std::string shown_default = key.required()               ? "*required*"
                                : !key.default_value         ? ""
                                : key.default_value->empty() ? "`\"\"`"
                                                             : "`" + cell(*key.default_value) + "`";
    if (key.type == WEIR_CONFIG_PASSWORD && key.default_value && !key.default_value->empty()) {
      shown_default = "*hidden*";
    }
    out += "| `" + cell(key.name) + (key.is_prefix ? "*" : "") + "` | " +
           lower(weir::detail::type_name(key.type)) + " | " + shown_default + " | " +
           cell(key.documentation) + " |\n";
  }
  return any ? out : "No options.\n";
}

std::string option_tables(const std::vector<const plugin::Component*>& components) {
  std::string out;
  for (const plugin::Component* component : components) {
    if (!out.empty()) {
      out += '\n';
    }
    if (components.size() > 1) {
      out += "**`" + component->name() + "`**\n\n";
    }
    out += option_table(*component);
  }
  return out;
}

std::optional<std::string> renew_readme(const std::string& readme, const std::string& tables) {
  const auto begin = readme.find(kBegin);
  const auto end = readme.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return std::nullopt;
  }
  return readme.substr(0, begin + kBegin.size()) + "\n" + tables + readme.substr(end);
}

int write_docs(const Console& console, const plugin::Registry& registry,
               const std::filesystem::path& root, bool check) {
  if (root.empty()) {
    for (const plugin::Component* component : registry.list()) {
      console.line("## " + component->class_name() + "\n\n" + option_table(*component));
    }
    return kDone;
  }
  std::vector<std::filesystem::path> folders;
  for (const char* group : {"connectors", "converters", "transforms"}) {
    std::error_code ec;
    for (std::filesystem::directory_iterator it(root / group, ec), last; !ec && it != last;
         it.increment(ec)) {
      if (it->is_directory()) {
        folders.push_back(it->path());
      }
    }
  }
  std::sort(folders.begin(), folders.end());
  int status = kDone;
  for (const auto& folder : folders) {
    const std::filesystem::path file = folder / "README.md";
    if (!std::filesystem::exists(file)) {
      continue;
    }
    const auto names = plugins_of(folder);
    std::vector<const plugin::Component*> components;
    for (const plugin::Component* component : registry.list()) {
      if (names.count(std::filesystem::path(component->origin()).stem().string()) != 0) {
        components.push_back(component);
      }
    }
    const auto old_text = read_text(file.string(), console.in);
    if (!old_text) {
      status = console.fail(old_text.error().message);
      continue;
    }
    const bool has_markers = old_text->find(kBegin) != std::string::npos;
    if (has_markers && components.empty()) {
      status = console.fail(file.string() + ": none of its folder's plugins is loaded");
      continue;
    }
    const auto new_text = renew_readme(*old_text, option_tables(components));
    if (!new_text || *new_text == *old_text) {
      continue;
    }
    if (check) {
      status = console.fail(file.string() + " is stale: run weir docs --write");
      continue;
    }
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << *new_text;
    if (!out.flush()) {
      status = console.fail("cannot write " + file.string());
      continue;
    }
    console.line("wrote " + file.string());
  }
  return status;
}

}  // namespace weir::runtime::cli
