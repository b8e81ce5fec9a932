// Files that hold a config: Java's .properties and JSON. Pure apart from load_file; any thread.
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::runtime::config {

enum class Charset {
  latin1,  ///< java.util.Properties.load(InputStream): the worker file
  utf8     ///< through a UTF-8 Reader: what FileConfigProvider reads
};

/// java.util.Properties.load to the letter: continuation lines, `=`, `:` or blanks as separator, `#` and `!` comments,
/// `\uXXXX`; of equal keys the last wins. The result is UTF-8. Error: bad_config for a broken `\u` escape.
Result<ConfigMap> parse_properties(std::string_view text, Charset charset = Charset::latin1);

/// A JSON object one level deep, and below it objects of the same kind (`{"name":"a","config":{...}}`).
struct FlatJson {
  using Scalars = std::map<std::string, std::optional<std::string>, std::less<>>;  ///< nullopt: null
  Scalars scalars;  ///< numbers and booleans as the text that stands there
  std::map<std::string, Scalars, std::less<>> objects;
};

/// Errors: bad_config with the position: no object, arrays, deeper nesting, a name twice, invalid UTF-8.
Result<FlatJson> parse_flat_json(std::string_view text);

/// The same, for a config alone: one level, no null.
Result<ConfigMap> parse_json_config(std::string_view text);

/// Whether it is meant as JSON: its first character is `{` or `[`.
bool looks_like_json(std::string_view text);
/// The text behind a UTF-8 byte order mark, which editors put there.
std::string_view without_mark(std::string_view text);

/// The whole file. Error: bad_config with the reason.
Result<std::string> read_file(const std::filesystem::path& file);

/// A worker file: JSON when it looks like it, .properties otherwise. Error: bad_config with the
/// file's name.
Result<ConfigMap> load_config(const std::filesystem::path& file);

/// A file of `--connectors`: a flat JSON map with `name`, the body of `POST /connectors` (further members are ignored), or
/// .properties.
struct ConnectorFile {
  std::string name;
  ConfigMap config;  ///< with `name`
  std::string initial_state;  ///< upper case; empty: none given
};
Result<ConnectorFile> load_connector(const std::filesystem::path& file);

}  // namespace weir::runtime::config
