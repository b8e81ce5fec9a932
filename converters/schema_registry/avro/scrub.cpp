#include "scrub.hpp"

#include "avro_schema.hpp"

namespace weir::converters::schema_registry::avro {

std::string scrubbed(std::string_view name) {
  if (name.empty() || is_avro_name(name)) {
    return std::string(name);
  }
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {  // java.net.URLEncoder keeps . - * _ and writes a blank as +; none
                               // but _ is allowed here
    const auto u = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
        c == '-' || c == '*' || c == '_' || c == ' ') {
      out.push_back(c == '.' || c == '-' || c == '*' || c == ' ' ? '_' : c);
    } else {
      out.append({'_', kHex[u >> 4], kHex[u & 15]});
    }
  }
  if (out[0] >= '0' && out[0] <= '9') {
    out.insert(out.begin(), 'x');
  }
  return out;
}

std::pair<std::string, std::string> split_name(std::string_view full, const AvroOptions& options) {
  while (!full.empty() && full.back() == '.') {  // String.split drops empty parts at the end
    full.remove_suffix(1);
  }
  std::string space;
  std::size_t at = 0;
  for (auto dot = full.find('.'); dot != std::string_view::npos; dot = full.find('.', at)) {
    space.append(at == 0 ? "" : ".").append(field_name(full.substr(at, dot - at), options));
    at = dot + 1;
  }
  return {space, field_name(full.substr(at), options)};
}

}  // namespace weir::converters::schema_registry::avro
