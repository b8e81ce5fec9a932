#include "runtime/config/providers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "runtime/config/properties.hpp"
#include "runtime/config/regex.hpp"

namespace weir::runtime::config {
namespace {

namespace fs = std::filesystem;

struct Reference {
  std::size_t begin;
  std::size_t end;  // one past the brace
  std::string provider;
  std::string path;
  std::string key;
};

// \$\{([^}]*?):(([^}]*?):)?([^}]*?)\}
std::optional<Reference> next_reference(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("${", from); at != std::string_view::npos; at = text.find("${", at + 1)) {
    const std::size_t brace = text.find('}', at + 2);
    if (brace == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view inner = text.substr(at + 2, brace - at - 2);
    const std::size_t first = inner.find(':');
    if (first == std::string_view::npos) {
      continue;
    }
    const std::string_view rest = inner.substr(first + 1);
    const std::size_t second = rest.find(':');
    Reference out{at, brace + 1, std::string(inner.substr(0, first)), {}, std::string(rest)};
    if (second != std::string_view::npos) {
      out.path = std::string(rest.substr(0, second));
      out.key = std::string(rest.substr(second + 1));
    }
    return out;
  }
  return std::nullopt;
}

// Whether `path` lies in one of the folders once links are followed. No folders: everything does.
class AllowedPaths {
 public:
  static Result<AllowedPaths> create(const std::string& list) {
    AllowedPaths out;
    for (const std::string& entry : weir::detail::split_list(list)) {
      if (entry.empty()) {
        continue;
      }
      const fs::path path(entry);
      if (!path.is_absolute()) {
        return bad_config(fmt::format("Path {} is not absolute", entry));
      }
      std::error_code ec;
      const fs::path real = fs::canonical(path, ec);
      if (ec) {
        return bad_config(fmt::format("Path {} does not exist", entry));
      }
      out.roots_.push_back(real);
    }
    return out;
  }
  bool contains(const fs::path& path) const {
    if (roots_.empty()) {
      return true;
    }
    if (std::find(path.begin(), path.end(), "..") != path.end()) {
      return false;
    }
    std::error_code ec;
    const fs::path real = fs::weakly_canonical(path, ec);
    return !ec && std::any_of(roots_.begin(), roots_.end(), [&](const fs::path& root) {
      return std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
    });
  }
  const std::vector<fs::path>& roots() const { return roots_; }

 private:
  std::vector<fs::path> roots_;
};

class FileProvider final : public ConfigProviders::Provider {
 public:
  explicit FileProvider(AllowedPaths allowed) : allowed_(std::move(allowed)) {}
  Result<std::optional<std::string>> get(const std::string& path, const std::string& key) const override {
    if (path.empty() || !allowed_.contains(path)) {
      return std::optional<std::string>();
    }
    auto text = read_file(path);
    if (!text) {
      return bad_config(fmt::format("Could not read properties from file {}", path));
    }
    auto properties = parse_properties(*text, Charset::utf8);
    if (!properties) {
      return bad_config(fmt::format("Could not read properties from file {}: {}", path, properties.error().message));
    }
    const auto it = properties->find(key);
    return it == properties->end() ? std::optional<std::string>() : std::optional(it->second);
  }

 private:
  AllowedPaths allowed_;
};

class DirectoryProvider final : public ConfigProviders::Provider {
 public:
  explicit DirectoryProvider(AllowedPaths allowed) : allowed_(std::move(allowed)) {}
  Result<std::optional<std::string>> get(const std::string& path, const std::string& key) const override {
    std::error_code ec;
    const fs::path file = fs::path(path) / key;
    if (path.empty() || key.empty() || key.find('/') != std::string::npos || key == ".." || !allowed_.contains(path) ||
        !allowed_.contains(file) || !fs::is_regular_file(file, ec)) {
      return std::optional<std::string>();
    }
    auto text = read_file(file);
    if (!text) {
      return bad_config(fmt::format("Could not read file {} for property {}", file.string(), key));
    }
    return std::optional(std::move(*text));
  }

 private:
  AllowedPaths allowed_;
};

class EnvProvider final : public ConfigProviders::Provider {
 public:
  explicit EnvProvider(std::optional<Regex> allowed) : allowed_(std::move(allowed)) {}
  Result<std::optional<std::string>> get(const std::string& path, const std::string& key) const override {
    if (!path.empty()) {
      return bad_config(fmt::format("Path is not supported for EnvVarConfigProvider, invalid value '{}'", path));
    }
    if (allowed_ && !allowed_->full_match(key)) {
      return std::optional<std::string>();
    }
    const char* value = std::getenv(key.c_str());
    return value == nullptr ? std::optional<std::string>() : std::optional<std::string>(value);
  }

 private:
  std::optional<Regex> allowed_;
};

std::string text_or(const ConfigMap& map, const std::string& key) {
  const auto it = map.find(key);
  return it == map.end() ? std::string() : it->second;
}

}  // namespace

bool ConfigProviders::has_reference(std::string_view text) { return next_reference(text, 0).has_value(); }

Result<ConfigProviders> ConfigProviders::create(const ConfigMap& worker, std::vector<std::string>& warnings) {
  ConfigProviders out;
  for (const std::string& name : weir::detail::split_list(text_or(worker, "config.providers"))) {
    if (name.empty()) {
      continue;
    }
    const std::string prefix = "config.providers." + name + ".";
    const std::string class_key = prefix + "class";
    const std::string class_name = text_or(worker, class_key);
    if (class_name.empty()) {
      return bad_config(fmt::format("Missing required configuration \"{}\" which has no default value.", class_key));
    }
    const std::string simple = class_name.substr(class_name.rfind('.') + 1);
    const bool file = simple == "FileConfigProvider" || simple == "file";
    const bool directory = simple == "DirectoryConfigProvider" || simple == "directory";
    if (file || directory) {
      const std::string key = prefix + "param.allowed.paths";
      auto allowed = AllowedPaths::create(text_or(worker, key));
      if (!allowed) {
        return bad_config(
            weir::detail::invalid(text_or(worker, key), key, allowed.error().message));
      }
      if (allowed->roots().empty()) {
        warnings.push_back(fmt::format("Connector configs may read every file of this machine through ${{{}:...}}: set {}", name, key));
      }
      for (const fs::path& root : allowed->roots()) {
        out.roots_.push_back(root.string());
      }
      if (file) {
        out.providers_[name] = std::make_shared<FileProvider>(std::move(*allowed));
      } else {
        out.providers_[name] = std::make_shared<DirectoryProvider>(std::move(*allowed));
      }
    } else if (simple == "EnvVarConfigProvider" || simple == "env") {
      const std::string key = prefix + "param.allowlist.pattern";
      const std::string pattern = text_or(worker, key);
      std::optional<Regex> allowed;
      if (!pattern.empty()) {
        auto compiled = Regex::compile(pattern);
        if (!compiled) {
          return bad_config(weir::detail::invalid(pattern, key, compiled.error().message));
        }
        allowed = std::move(*compiled);
      } else {
        warnings.push_back(
            fmt::format("Connector configs may read every environment variable through ${{{}:...}}: set {}", name, key));
      }
      out.providers_[name] = std::make_shared<EnvProvider>(std::move(allowed));
    } else {
      return bad_config(weir::detail::invalid(class_name, class_key, fmt::format("Class {} could not be found.", class_name)));
    }
  }
  return out;
}

Result<Resolved> ConfigProviders::resolve(const ConfigMap& config) const {
  Resolved out;
  for (const auto& [key, text] : config) {
    std::string result;
    std::size_t from = 0;
    while (const auto reference = next_reference(text, from)) {
      result.append(text, from, reference->begin - from);
      from = reference->end;
      const auto as_it_is = text.substr(reference->begin, reference->end - reference->begin);
      const auto provider = providers_.find(reference->provider);
      if (provider == providers_.end()) {
        out.warnings.push_back(fmt::format("{} of \"{}\" stays as it is: there is no config provider \"{}\"", as_it_is, key,
                                           reference->provider));
        result += as_it_is;
        continue;
      }
      auto value = provider->second->get(reference->path, reference->key);
      if (!value) {
        return bad_config(fmt::format("{}: {}", key, value.error().message));
      }
      if (!*value) {
        out.warnings.push_back(fmt::format("{} of \"{}\" stays as it is: the config provider has no such key, or may not read "
                                           "it",
                                           as_it_is, key));
        result += as_it_is;
        continue;
      }
      if (!(*value)->empty()) {
        out.secrets.push_back(**value);
      }
      result += **value;
    }
    result.append(text, from);
    out.config.emplace(key, std::move(result));
  }
  return out;
}

}  // namespace weir::runtime::config
