#include "paths.hpp"

#include <weir/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::transforms::odbc_lookup {

namespace {

weir::Result<std::vector<std::string>> segments(std::string_view pointer) {
  if (pointer.empty() || pointer.front() != '/') {
    return weir::bad_config("'" + std::string(pointer) + "' is no JSON pointer: it begins with '/'");
  }
  std::vector<std::string> out;
  for (std::size_t at = 1; at <= pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at), pointer.size());
    std::string part;
    for (std::size_t i = at; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
        part.push_back(pointer[++i] == '0' ? '~' : '/');
      } else {
        part.push_back(pointer[i]);
      }
    }
    out.push_back(std::move(part));
    at = end + 1;
  }
  return out;
}

}  // namespace

weir::Result<Paths> Paths::parse(std::string_view key, std::string_view target) {
  auto key_way = segments(key);
  if (!key_way) {
    return key_way.error();
  }
  Paths p;
  p.merge_ = target == "merge";
  const auto last_star = std::find(key_way->rbegin(), key_way->rend(), "*");
  const auto split = last_star.base();  // behind the last "*"
  p.common_.assign(key_way->begin(), split);
  p.to_key_.assign(split, key_way->end());
  if (p.merge_) {
    if (p.to_key_.empty()) {
      return weir::bad_config("with lookup.target=merge the key must be a member of an object");
    }
    p.to_parent_.assign(p.to_key_.begin(), p.to_key_.end() - 1);
    return p;
  }
  auto target_way = segments(target);
  if (!target_way) {
    return target_way.error();
  }
  const bool same = target_way->size() > p.common_.size() &&
                    std::equal(p.common_.begin(), p.common_.end(), target_way->begin());
  const auto rest = target_way->begin() + static_cast<std::ptrdiff_t>(same ? p.common_.size() : 0);
  if (!same || std::find(rest, target_way->end(), "*") != target_way->end()) {
    return weir::bad_config("lookup.target '" + std::string(target) + "' does not go through the same '*' as '" +
                            std::string(key) + "'");
  }
  p.to_parent_.assign(rest, target_way->end() - 1);
  p.member_ = target_way->back();
  return p;
}

weir::Result<weir::Value*> Paths::descend(weir::Value& from, const std::vector<std::string>& way, weir::Arena arena) {
  weir::Value* at = &from;
  for (const std::string& name : way) {
    if (auto done = weir::json::expand(*at, arena); !done) {
      return done.error();
    }
    if (at->is_object()) {
      at = at->find(name);
    } else if (at->is_array()) {
      std::size_t index = 0;
      const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), index);
      at = ec == std::errc{} && end == name.data() + name.size() && index < at->items().size() ? &at->items()[index]
                                                                                               : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) {
      return at;
    }
  }
  return at;
}

weir::Result<void> Paths::walk(weir::Value& at, std::size_t depth, weir::Arena arena, std::vector<Slot>& out) const {
  if (auto done = weir::json::expand(at, arena); !done) {
    return done;
  }
  if (depth == common_.size()) {
    auto parent = descend(at, to_parent_, arena);
    if (!parent) {
      return parent.error();
    }
    if (*parent == nullptr) {
      return {};
    }
    if (auto done = weir::json::expand(**parent, arena); !done) {
      return done;
    }
    auto key = descend(at, to_key_, arena);
    if (!key) {
      return key.error();
    }
    if ((*parent)->is_object()) {
      out.push_back({*parent, *key});
    }
    return {};
  }
  const std::string& name = common_[depth];
  if (name != "*") {
    auto next = descend(at, {name}, arena);
    if (!next) {
      return next.error();
    }
    return *next == nullptr ? weir::Result<void>{} : walk(**next, depth + 1, arena, out);
  }
  if (at.is_array()) {
    for (weir::Value& item : at.items()) {
      if (auto done = walk(item, depth + 1, arena, out); !done) {
        return done;
      }
    }
  } else if (at.is_object()) {
    for (weir::Member& member : at.members()) {
      if (auto done = walk(member.item(), depth + 1, arena, out); !done) {
        return done;
      }
    }
  }
  return {};
}

weir::Result<void> Paths::find(weir::Value& root, weir::Arena arena, std::vector<Slot>& out) const {
  return walk(root, 0, arena, out);
}

}  // namespace weir::transforms::odbc_lookup
