#include <weir/json_schema/document.hpp>

#include <cstdlib>
#include <weir/json.hpp>

namespace weir::json_schema {
namespace {

constexpr std::size_t kMaxText = 16 * 1024 * 1024;

bool has_scheme(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  return colon != std::string_view::npos && colon > 0 && uri.substr(0, colon).find_first_of("/?#") == std::string_view::npos;
}

std::string_view without_fragment(std::string_view uri) { return uri.substr(0, uri.find('#')); }

const Value* text_member(const Value& node, std::string_view name) {
  const Value* found = node.is_object() ? node.find(name) : nullptr;
  return found != nullptr && found->is_string() ? found : nullptr;
}

// A JSON pointer in a fragment: %xx, then ~1 and ~0.
std::vector<std::string> pointer_parts(std::string_view fragment) {
  std::string text;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  for (std::size_t i = 0; i < fragment.size(); ++i) {
    if (fragment[i] == '%' && i + 2 < fragment.size() && digit(fragment[i + 1]) >= 0 && digit(fragment[i + 2]) >= 0) {
      text += static_cast<char>(digit(fragment[i + 1]) * 16 + digit(fragment[i + 2]));
      i += 2;
    } else {
      text += fragment[i];
    }
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      parts.emplace_back();
    } else if (text[i] == '~' && i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
      parts.back() += text[++i] == '0' ? '~' : '/';
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

}  // namespace

std::string resolve_uri(std::string_view base, std::string_view reference) {
  if (reference.empty()) {
    return std::string(base);
  }
  if (has_scheme(reference)) {
    return std::string(reference);
  }
  const std::string_view document = without_fragment(base);
  if (reference[0] == '#') {
    return std::string(document).append(reference);
  }
  const std::size_t authority = document.find("://");
  const std::size_t path = authority == std::string_view::npos ? document.find(':') + 1 : document.find('/', authority + 3);
  if (reference[0] == '/') {
    return std::string(document.substr(0, authority == std::string_view::npos ? 0 : path)).append(reference);
  }
  if (authority != std::string_view::npos && path == std::string_view::npos) {
    return std::string(document).append("/").append(reference);
  }
  const std::size_t slash = document.rfind('/');
  return std::string(document.substr(0, slash == std::string_view::npos ? 0 : slash + 1)).append(reference);
}

Result<std::unique_ptr<const Document>> Document::parse(std::string_view text,
                                                        const std::vector<ReferencedDocument>& references) {
  std::unique_ptr<Document> document(new Document());
  document->files_.reserve(references.size() + 1);
  if (auto done = document->add("", text); !done) {
    return bad_record("Invalid JSON Schema: " + done.error().message);
  }
  for (const ReferencedDocument& reference : references) {
    if (auto done = document->add(reference.name, reference.text); !done) {
      return bad_record("Invalid JSON Schema " + reference.name + ": " + done.error().message);
    }
  }
  return std::unique_ptr<const Document>(std::move(document));
}

Result<void> Document::add(const std::string& name, std::string_view text) {
  if (text.size() > kMaxText) {
    return bad_record("longer than " + std::to_string(kMaxText) + " bytes");
  }
  const json::ReadOptions options{.max_depth = kMaxSchemaDepth, .reject_trailing = true, .exact_numbers = true};
  auto root = json::read(arena_.view().copy(text), arena_.view(), options);
  if (!root) {
    return root.error();
  }
  if (!root->is_object() && !root->is_boolean()) {
    return bad_record("a schema is a JSON object");
  }
  File file{*root, {}};
  // Without an $id a referenced document is known by its name, beside the one that refers to it.
  const std::string_view first = files_.empty() ? std::string_view() : std::string_view(files_.front().base);
  const Value* id = text_member(*root, "$id");
  const std::string_view own = id == nullptr || id->text().starts_with('#') ? std::string_view() : id->text();
  file.base = resolve_uri(name.empty() ? std::string() : resolve_uri(first, name), own);
  files_.push_back(std::move(file));
  File& kept = files_.back();
  const Place place{&kept.root, kept.base};
  if (!name.empty()) {
    by_uri_.emplace(name, place);
    by_uri_.emplace(resolve_uri(first, name), place);
  }
  by_uri_.emplace(std::string(without_fragment(kept.base)), place);
  return index(kept.root, kept.base, 0);
}

Result<void> Document::index(const Value& node, std::string_view base, int depth) {
  if (depth > kMaxSchemaDepth) {
    return bad_record("nested deeper than " + std::to_string(kMaxSchemaDepth));
  }
  if (node.is_array()) {
    for (const Value& item : node.items()) {
      if (auto done = index(item, base, depth + 1); !done) {
        return done;
      }
    }
    return {};
  }
  if (!node.is_object()) {
    return {};
  }
  const Value* id = text_member(node, "$id");
  if (const Value* old = text_member(node, "id"); id == nullptr && old != nullptr && old->text().starts_with('#')) {
    id = old;  // draft 4, and what Confluent's converter writes
  }
  if (id != nullptr) {
    const bool anchor = id->text().starts_with('#');
    const std::string uri = anchor || depth > 0 ? resolve_uri(base, id->text()) : std::string(base);
    if (!anchor && depth > 0) {
      base = arena_.view().copy(uri);
      bases_.emplace(&node, base);
    }
    by_uri_.emplace(uri, Place{&node, base});
  }
  for (const char* name : {"$anchor", "$dynamicAnchor"}) {
    if (const Value* anchor = text_member(node, name)) {
      by_uri_.emplace(resolve_uri(base, "#" + std::string(anchor->text())), Place{&node, base});
    }
  }
  for (const Member& member : node.members()) {
    const std::string_view name = member.name().text();
    if (name == "enum" || name == "const" || name == "default" || name == "examples") {
      continue;
    }
    if (auto done = index(member.item(), base, depth + 1); !done) {
      return done;
    }
  }
  return {};
}

Place Document::enter(const Value* node, std::string_view base) const {
  const auto own = bases_.find(node);
  return {node, own == bases_.end() ? base : own->second};
}

Result<Place> Document::resolve(std::string_view reference, std::string_view base) const {
  const auto missing = [&] {
    return bad_record("$ref \"" + std::string(reference) +
                      "\" leads nowhere: it is neither in the schema nor among its references");
  };
  const std::string full = resolve_uri(base, reference);
  if (const auto known = by_uri_.find(full); known != by_uri_.end()) {
    return known->second;
  }
  const std::size_t hash = full.find('#');
  const std::string_view fragment = hash == std::string::npos ? std::string_view() : std::string_view(full).substr(hash + 1);
  auto document = by_uri_.find(full.substr(0, hash));
  if (document == by_uri_.end()) {
    document = by_uri_.find(std::string(without_fragment(reference)));
  }
  if (document == by_uri_.end()) {
    return missing();
  }
  Place at = document->second;
  if (fragment.empty()) {
    return at;
  }
  if (fragment[0] != '/') {
    const auto anchor = by_uri_.find(std::string(at.base) + "#" + std::string(fragment));
    return anchor == by_uri_.end() ? Result<Place>(missing()) : Result<Place>(anchor->second);
  }
  for (const std::string& part : pointer_parts(fragment)) {
    const Value* next = nullptr;
    if (at.node->is_object()) {
      next = at.node->find(part);
    } else if (at.node->is_array() && !part.empty() && part.size() < 9 &&
               part.find_first_not_of("0123456789") == std::string::npos) {
      const auto i = static_cast<std::size_t>(std::atoi(part.c_str()));
      next = i < at.node->count ? &at.node->items()[i] : nullptr;
    }
    if (next == nullptr) {
      return missing();
    }
    at = enter(next, at.base);
  }
  return at;
}

}  // namespace weir::json_schema
