// One value on its way to a statement's parameter.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::inline v1::odbc {

/// Text and bytes are borrowed: they must live until the statement has been executed.
struct Cell {
  enum class Type : std::uint8_t { null, text, integer, real, bytes };

  Type type{Type::null};
  union {
    std::int64_t integer;
    double real;
  };
  std::string_view text{};

  Cell() noexcept : integer(0) {}
  static Cell of(std::string_view t) noexcept {
    Cell c;
    c.type = Type::text;
    c.text = t;
    return c;
  }
  static Cell of_bytes(std::string_view t) noexcept {
    Cell c = of(t);
    c.type = Type::bytes;
    return c;
  }
  static Cell of_integer(std::int64_t i) noexcept {
    Cell c;
    c.type = Type::integer;
    c.integer = i;
    return c;
  }
  static Cell of_real(double d) noexcept {
    Cell c;
    c.type = Type::real;
    c.real = d;
    return c;
  }
  bool is_null() const noexcept { return type == Type::null; }
};

}  // namespace weir::inline v1::odbc
