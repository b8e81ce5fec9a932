// Errors as values: what can be foreseen is a Result, exceptions are for broken invariants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace weir {
inline namespace v1 {

/// What the runtime does with an error is decided by its class alone.
///   retriable   the same call again later: back-off, circuit breaker; never a dead letter
///   bad_record  this record can never pass: `errors.tolerance` decides (dead letter, or the task stops)
///   bad_config  refused when the connector is created; found later, the task stops
///   fatal       a broken invariant: the task stops, the worker lives
/// The values are part of the ABI (WEIR_OK ... in abi.h).
enum class Errc : std::uint32_t { ok = 0, retriable = 1, bad_record = 2, bad_config = 3, fatal = 4 };

/// "retriable", "bad_record" ... as it stands in dead-letter headers and in the status.
constexpr std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::ok: return "ok";
    case Errc::retriable: return "retriable";
    case Errc::bad_record: return "bad_record";
    case Errc::bad_config: return "bad_config";
    case Errc::fatal: return "fatal";
  }
  return "fatal";
}

/// A message says what was tried, on what (topic-partition@offset, key), and why it failed.
struct Error {
  Errc code{Errc::fatal};
  std::string message;
};

inline Error retriable(std::string message) { return {Errc::retriable, std::move(message)}; }
inline Error bad_record(std::string message) { return {Errc::bad_record, std::move(message)}; }
inline Error bad_config(std::string message) { return {Errc::bad_config, std::move(message)}; }
inline Error fatal(std::string message) { return {Errc::fatal, std::move(message)}; }

/// A value or an Error, with the member names of std::expected so that it can become one.
/// value() on an error and error() on a value are undefined: ask has_value() first.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  T& value() & noexcept { return *std::get_if<0>(&state_); }
  const T& value() const& noexcept { return *std::get_if<0>(&state_); }
  T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  Error& error() & noexcept { return *std::get_if<1>(&state_); }
  const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }
  T value_or(T other) const& { return has_value() ? value() : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool has_value() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  void value() const noexcept {}
  Error& error() & noexcept { return error_; }
  const Error& error() const& noexcept { return error_; }
  Error&& error() && noexcept { return std::move(error_); }

 private:
  Error error_{Errc::ok, {}};
  bool ok_{true};
};

}  // namespace v1
}  // namespace weir
