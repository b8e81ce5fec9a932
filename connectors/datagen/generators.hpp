// What datagen can make: one function per template, from a number to a record.
#pragma once

#include <cstdint>
#include <string>

#include "random.hpp"

namespace weir::connectors::datagen {

enum class Template { sales, orders, users, sequence };

/// Where a record stands in its stream.
struct Place {
  std::uint32_t task{0};
  std::int64_t iteration{0};  // from 0
};

/// Both are cleared first; value gets the JSON text of an object, key plain text.
struct Generated {
  std::string key;
  std::string value;
};

/// Depends on nothing but its arguments.
void generate(Template kind, Place place, std::uint64_t seed, Generated& out);

}  // namespace weir::connectors::datagen
