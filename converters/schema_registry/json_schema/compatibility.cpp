#include "compatibility.hpp"

#include <string>
#include <weir/connect_text.hpp>
#include <weir/json_schema/values.hpp>

namespace weir::converters::schema_registry::json_schema {
namespace {

bool whole(const weir_schema& s) { return s.type >= WEIR_KIND_INT8 && s.type <= WEIR_KIND_INT64; }
bool real(const weir_schema& s) { return s.type == WEIR_KIND_FLOAT32 || s.type == WEIR_KIND_FLOAT64; }

Result<void> fits(const weir_schema& reader, const weir_schema& writer, const std::string& path, int depth) {
  if (depth > 100 || (&reader == &writer)) {
    return {};
  }
  const std::string where = path.empty() ? "the value" : "field " + path;
  if (view(&writer)->optional() && !view(&reader)->optional() && reader.default_value == nullptr) {
    return bad_record(where + " may be null, which the registered schema does not allow");
  }
  if (weir::json_schema::is_union(reader)) {
    for (const weir_field& field : view(&reader)->field_list()) {
      if (!weir::json_schema::is_union(writer) && fits(*field.schema, writer, path, depth + 1)) {
        return {};
      }
    }
    return weir::json_schema::is_union(writer)
               ? Result<void>()
               : bad_record(where + " is of none of the types that the registered schema allows there");
  }
  const bool numbers = whole(writer) && (whole(reader) || real(reader));
  if (reader.type != writer.type && !numbers && !(real(writer) && real(reader))) {
    return bad_record(where + " is of type " + std::string(connect::type_name(writer.type)) +
                      ", in the registered schema of type " + std::string(connect::type_name(reader.type)));
  }
  if (writer.type == WEIR_KIND_STRUCT) {
    for (const weir_field& field : view(&writer)->field_list()) {
      const std::string inner = (path.empty() ? "" : path + ".") + std::string(text_of(field.name));
      const weir_field* other = view(&reader)->field(text_of(field.name));
      if (other == nullptr) {
        return bad_record("field " + inner + " is not in the registered schema");
      }
      if (auto done = fits(*other->schema, *field.schema, inner, depth + 1); !done) {
        return done;
      }
    }
    return {};
  }
  if ((writer.type == WEIR_KIND_ARRAY || writer.type == WEIR_KIND_MAP) && writer.values != nullptr &&
      reader.values != nullptr) {
    return fits(*reader.values, *writer.values, path + "[]", depth + 1);
  }
  return {};
}

}  // namespace

Result<void> can_hold(const weir_schema& reader, const weir_schema& writer) { return fits(reader, writer, "", 0); }

}  // namespace weir::converters::schema_registry::json_schema
