// A JSON Schema document with the documents it refers to, and what a $ref in it means.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

namespace weir::json_schema {

/// Another document, by the name under which it is referred to.
struct ReferencedDocument {
  std::string name;
  std::string text;
};

/// Schemas, arrays and objects in each other.
inline constexpr int kMaxSchemaDepth = 200;

/// A schema within its document; borrowed from the Document.
struct Place {
  const Value* node{nullptr};
  std::string_view base;  ///< the URI against which its references are resolved
};

/// Immutable once parsed; any thread.
class Document {
 public:
  /// Errc::bad_record: no JSON object or boolean, or nested deeper than kMaxSchemaDepth.
  static Result<std::unique_ptr<const Document>> parse(std::string_view text,
                                                       const std::vector<ReferencedDocument>& references = {});

  Place root() const noexcept { return {&files_.front().root, files_.front().base}; }
  /// The same place with the base that the node's own $id sets.
  Place enter(const Value* node, std::string_view base) const;

  /// What "$ref" means there: #/pointer, #anchor, another document's name or URI. Errc::bad_record: nothing.
  Result<Place> resolve(std::string_view reference, std::string_view base) const;

 private:
  struct File {
    Value root;
    std::string base;
  };
  Document() = default;
  Result<void> add(const std::string& name, std::string_view text);
  Result<void> index(const Value& node, std::string_view base, int depth);

  OwnedArena arena_;
  std::vector<File> files_;
  std::unordered_map<std::string, Place> by_uri_;
  std::unordered_map<const Value*, std::string_view> bases_;  // of nodes with an $id of their own
};

/// A reference against a base, as RFC 3986 has it for what stands in schemas (no dot segments).
std::string resolve_uri(std::string_view base, std::string_view reference);

}  // namespace weir::json_schema
