// A schema registry on a loopback port of its own, with the public REST contract: subjects,
// versions, ids, references, look-up, compatibility, configuration, errors. All in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include <weir/testing/http_stub.hpp>

namespace weir::test {

/// Starts with the constructor, ends with the destructor. Any thread.
class SchemaRegistry {
 public:
  SchemaRegistry();
  ~SchemaRegistry();
  SchemaRegistry(const SchemaRegistry&) = delete;
  SchemaRegistry& operator=(const SchemaRegistry&) = delete;

  std::string url() const { return server_->url(""); }
  std::uint16_t port() const { return server_->port(); }

  /// "user:password"; requests without it get 401.
  void require_user(std::string user_info);
  /// Requests without this header value get 401.
  void require_header(std::string lower_case_name, std::string value);
  /// The next `count` requests get this status (0: the connection is closed) instead of an answer.
  void fail_next(std::size_t count, int status);

  /// Registers as POST /subjects/{s}/versions does; gives the id. Throws std::runtime_error with
  /// the refusal.
  std::int32_t add(const std::string& subject, const std::string& schema,
                   const std::string& type = "AVRO", const std::string& references = "[]");
  /// "GET /subjects/x" of all requests so far.
  std::vector<std::string> requests() const;
  std::vector<testing::Seen> seen() const { return server_->seen(); }
  std::vector<std::string> subjects() const;
  /// The schema's text of a subject's latest version; empty: none.
  std::string latest(const std::string& subject) const;

 private:
  struct State;

  testing::Reply answer(const testing::Seen& request);

  std::unique_ptr<State> state_;
  std::unique_ptr<testing::StubServer> server_;
};

}  // namespace weir::test
