// What a converter has worked out for the schemas that it writes: once per schema, and per topic.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <weir/plugin.hpp>

namespace weir::converters::schema_registry {

/// Where one schema's values of a topic go; a converter adds what it writes them with.
struct WriterTarget {
  Side side{Side::value};
  std::string topic;
  std::int32_t id{0};  ///< of the registered schema
  bool asked{false};   ///< in this batch, when the answer may change
};

/// Prepared: what is made of a schema alone, default-constructible, with a `using Target` (a
/// WriterTarget) and `std::list<Target> targets`. Schemas that live as long as the task are kept,
/// others for their batch. Used by one thread.
template <class Prepared>
class WriterCache {
 public:
  using Target = typename Prepared::Target;

  /// capacity: how many schemas are kept.
  explicit WriterCache(std::int32_t capacity)
      : capacity_(static_cast<std::size_t>(std::max(0, capacity))) {}

  /// Before each batch: schemas of the last one may have had the same addresses. answers_change:
  /// the registry is to be asked again for each target.
  void begin(bool answers_change) {
    passing_.clear();
    last_ = nullptr;
    if (answers_change) {
      for (auto& [schema, prepared] : kept_) {
        for (Target& target : prepared->targets) {
          target.asked = false;
        }
      }
    }
  }

  /// make(): Result<std::unique_ptr<Prepared>>; choose(Prepared&, Target&): Result<void>, sets the
  /// id and the rest of a target whose side and topic are set. Good until the next begin().
  template <class Make, class Choose>
  Result<const Target*> target(const weir_schema* schema, std::string_view topic, Side side,
                               Make&& make, Choose&& choose) {
    if (last_ != nullptr && schema == last_schema_ && side == last_->side &&
        topic == last_->topic) {
      return last_;
    }
    auto prepared = find(schema, make);
    if (!prepared) {
      return prepared.error();
    }
    auto& targets = (*prepared)->targets;
    auto found = std::find_if(targets.begin(), targets.end(),
                              [&](const Target& t) { return t.side == side && t.topic == topic; });
    if (found == targets.end()) {
      Target made;
      made.side = side;
      made.topic = topic;
      if (auto done = choose(**prepared, made); !done) {
        return done.error();
      }
      found = targets.insert(targets.end(), std::move(made));
    } else if (!found->asked) {
      if (auto done = choose(**prepared, *found); !done) {
        return done.error();
      }
    }
    found->asked = true;
    last_ = &*found;
    last_schema_ = schema;
    return last_;
  }

 private:
  using Map = std::unordered_map<const weir_schema*, std::unique_ptr<Prepared>>;

  template <class Make>
  Result<Prepared*> find(const weir_schema* schema, Make& make) {
    const bool stable = schema == nullptr || (schema->flags & WEIR_SCHEMA_STABLE) != 0;
    if (const auto it = kept_.find(schema); stable && it != kept_.end()) {
      return it->second.get();
    }
    if (const auto it = passing_.find(schema); it != passing_.end()) {
      return it->second.get();
    }
    auto made = make();
    if (!made) {
      return made.error();
    }
    Map& map = stable && kept_.size() < capacity_ ? kept_ : passing_;
    return map.emplace(schema, *std::move(made)).first->second.get();
  }

  std::size_t capacity_;
  Map kept_;     // stable schemas, and none
  Map passing_;  // those of one batch
  const weir_schema* last_schema_{nullptr};
  const Target* last_{nullptr};
};

}  // namespace weir::converters::schema_registry
