// An Avro schema as a graph of nodes, with every property of its JSON.
//
// Why not avro-c: it forgets all that Kafka Connect keeps in a schema (connect.*, logicalType,
// defaults of fields), reads data into value trees of its own that would have to be copied, and has
// no limits against hostile data. What is left after that, parsing JSON into nodes and the nine
// encodings of the binary form, is less than the glue around it would be.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "../client.hpp"

namespace weir::converters::schema_registry::avro {

enum class Type : std::uint8_t {
  null,
  boolean,
  integer,
  long_integer,
  float_number,
  double_number,
  bytes,
  string,
  record,
  enumeration,
  array,
  map,
  fixed,
  union_of
};
/// "null", "int", "long", "record" ...
std::string_view to_string(Type type) noexcept;

struct Node;

/// A member of the schema's JSON that Avro itself does not define.
struct Property {
  std::string_view name;
  Value value;  ///< JSON; reals are decimals with their own text
};

struct Field {
  std::string_view name;
  const Node* type{nullptr};
  const Value* default_value{
      nullptr};  ///< JSON; nullptr: none (a null default is a value of kind null)
  std::string_view doc;
  bool has_doc{false};
  std::string_view order;  ///< empty: ascending
  std::vector<std::string_view> aliases;
  std::vector<Property> properties;
};

struct Node {
  Type type{Type::null};
  std::string_view name;   ///< of record, enum, fixed: without namespace
  std::string_view space;  ///< namespace; empty: none
  std::string_view full_name;
  std::string_view doc;
  bool has_doc{false};
  std::vector<Field> fields;              ///< record
  std::vector<std::string_view> symbols;  ///< enum
  std::string_view enum_default;          ///< empty: none
  std::uint32_t size{0};                  ///< fixed
  const Node* items{nullptr};             ///< of an array, or the values of a map
  std::vector<const Node*> branches;      ///< union
  std::vector<std::string_view> aliases;
  std::vector<Property> properties;

  bool named() const noexcept {
    return type == Type::record || type == Type::enumeration || type == Type::fixed;
  }
  const Value* property(std::string_view key) const noexcept;
  /// The property when it is a text, else empty.
  std::string_view text_property(std::string_view key) const noexcept;
  const Field* field(std::string_view key) const noexcept;
  /// Position of a branch of that type; -1: none.
  int branch_of(Type t) const noexcept;
  /// As error texts name it: "int", "record com.x.Sale".
  std::string shown() const;
};

/// Owns the nodes. They may form circles (a record that contains itself), but only through records.
/// Immutable.
class AvroSchema {
 public:
  /// Parses as org.apache.avro.Schema.Parser 1.11 does; types of `references` are known by their
  /// full names. bad_record names what is wrong. Defaults are not checked here, as Java's parser
  /// does not for what stands in a registry.
  static Result<std::unique_ptr<AvroSchema>> parse(
      std::string_view text, std::span<const ResolvedReference> references = {});

  const Node& root() const noexcept { return *root_; }

  /// For schemas that are made, not parsed: nodes and texts live as long as this.
  AvroSchema() = default;
  AvroSchema(const AvroSchema&) = delete;
  AvroSchema& operator=(const AvroSchema&) = delete;
  Node& make(Type type);
  Arena arena() noexcept { return memory_.view(); }
  void set_root(const Node& root) noexcept { root_ = &root; }

 private:
  OwnedArena memory_{4096};
  std::vector<std::unique_ptr<Node>> nodes_;
  const Node* root_{nullptr};
};

/// Schema.toString() of Java: the text that is registered. bad_record ("Can't redefine: x") when
/// one name has two meanings.
Result<std::string> schema_text(const Node& root);

/// [A-Za-z_][A-Za-z0-9_]*
bool is_avro_name(std::string_view name) noexcept;

}  // namespace weir::converters::schema_registry::avro
