#include "resolution.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace weir::converters::schema_registry::avro {
namespace {

bool promotes(Type from, Type to) noexcept {
  switch (to) {
    case Type::long_integer: return from == Type::integer;
    case Type::float_number: return from == Type::integer || from == Type::long_integer;
    case Type::double_number:
      return from == Type::integer || from == Type::long_integer || from == Type::float_number;
    case Type::bytes: return from == Type::string;
    case Type::string: return from == Type::bytes;
    default: return false;
  }
}

bool same_name(const Node& reader, const Node& writer) {
  return reader.name == writer.name ||
         std::find_if(reader.aliases.begin(), reader.aliases.end(), [&](std::string_view alias) {
           return alias == writer.full_name ||
                  (alias.find('.') == std::string_view::npos && !reader.space.empty() &&
                   std::string(reader.space).append(1, '.').append(alias) == writer.full_name);
         }) != reader.aliases.end();
}

class Check {
 public:
  Result<void> run(const Node& reader, const Node& writer, const std::string& path) {
    if (!asked_.insert({&reader, &writer}).second) {
      return {};  // asked already, or a circle: its answer is the outer question's
    }
    if (writer.type == Type::union_of) {
      for (const Node* branch : writer.branches) {
        if (auto fine = run(reader, *branch, path); !fine) {
          return fine;
        }
      }
      return {};
    }
    if (reader.type == Type::union_of) {
      for (const Node* branch : reader.branches) {
        const auto before = asked_;
        if (run(*branch, writer, path)) {
          return {};
        }
        asked_ = before;
      }
      return no(path, "no branch of the reader's union takes " + writer.shown());
    }
    if (reader.type != writer.type) {
      return promotes(writer.type, reader.type)
                 ? Result<void>{}
                 : no(path, writer.shown() + " is not read as " + reader.shown());
    }
    switch (reader.type) {
      case Type::array: return run(*reader.items, *writer.items, path + "[]");
      case Type::map: return run(*reader.items, *writer.items, path + "{}");
      case Type::fixed:
        if (!same_name(reader, writer)) {
          return no(path, "name " + std::string(writer.full_name) + " instead of " +
                              std::string(reader.full_name));
        }
        return reader.size == writer.size ? Result<void>{}
                                          : no(path, "the sizes of " + reader.shown() + " differ");
      case Type::enumeration: return enumeration(reader, writer, path);
      case Type::record: return record(reader, writer, path);
      default: return {};
    }
  }

 private:
  static Error no(const std::string& path, const std::string& why) {
    return bad_record(
        (path.empty() ? std::string("at the top") : "at " + path.substr(path[0] == '.' ? 1 : 0)) +
        ": " + why);
  }

  static Result<void> enumeration(const Node& reader, const Node& writer, const std::string& path) {
    if (!same_name(reader, writer)) {
      return no(path, "name " + std::string(writer.full_name) + " instead of " +
                          std::string(reader.full_name));
    }
    for (const std::string_view symbol : writer.symbols) {
      if (reader.enum_default.empty() &&
          std::find(reader.symbols.begin(), reader.symbols.end(), symbol) == reader.symbols.end()) {
        return no(path, "symbol " + std::string(symbol) + " is missing in " + reader.shown());
      }
    }
    return {};
  }

  Result<void> record(const Node& reader, const Node& writer, const std::string& path) {
    if (!same_name(reader, writer)) {
      return no(path, "name " + std::string(writer.full_name) + " instead of " +
                          std::string(reader.full_name));
    }
    for (const Field& field : reader.fields) {
      const Field* given = writer.field(field.name);
      for (std::size_t i = 0; given == nullptr && i < field.aliases.size(); ++i) {
        given = writer.field(field.aliases[i]);
      }
      if (given == nullptr) {
        if (field.default_value == nullptr) {
          return no(path + "." + std::string(field.name), "the field is new and has no default");
        }
        continue;
      }
      if (auto fine = run(*field.type, *given->type, path + "." + std::string(field.name)); !fine) {
        return fine;
      }
    }
    return {};
  }

  std::set<std::pair<const Node*, const Node*>> asked_;
};

}  // namespace

Result<void> can_read(const Node& reader, const Node& writer) {
  return Check().run(reader, writer, "");
}

}  // namespace weir::converters::schema_registry::avro
