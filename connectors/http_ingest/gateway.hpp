// What a request means, without any I/O: who may send it where, whether it is right, which records
// it becomes, and what the answer is. The checks run in the order of a gateway: route, caller,
// topic, form, JSON, schema, idempotency.
#pragma once

#include <atomic>
#include <boost/beast/http/fields.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>
#include <weir/result.hpp>
#include <weir/json_schema/validator.hpp>

#include "answer.hpp"
#include "api_keys.hpp"
#include "config.hpp"
#include "exchange.hpp"
#include "idempotency_store.hpp"

namespace weir::connectors::http_ingest {

using Fields = boost::beast::http::fields;

/// The first header of that name; data() is nullptr when there is none.
std::string_view header_of(const Fields& fields, std::string_view name);

/// A request line and its headers; borrowed.
struct Head {
  std::string_view method;
  std::string_view target;
  const Fields& fields;
  std::optional<std::uint64_t> length;  // Content-Length
  bool chunked{false};
};

/// A request whose body may be read.
struct Admission {
  Api api{Api::route};
  const Route* route{nullptr};
  std::string topic;
  std::optional<std::int32_t> partition;  // of the path
  bool binary{false};                     // v2: base64 instead of JSON
  std::shared_ptr<const Principal> principal;

  ErrorForm form() const { return api == Api::route ? ErrorForm::problem : ErrorForm::rest_proxy; }
};

/// The server's own state, for /health/ready.
struct Health {
  std::atomic<bool> draining{false};
  std::atomic<std::int64_t> inflight_bytes{0};
  std::atomic<std::int64_t> polled_at_ms{0};  // steady clock; 0: never
  std::atomic<std::int64_t> refused_at_ms{
      0};  // when Kafka last failed to take a record; 0: not since the last success
};

/// Any thread may call anything; immutable but for the stores inside, which lock.
class Gateway {
 public:
  using Log = ApiKeys::Log;
  /// Reads the schemas and the keys file. Errc::bad_config with all that is wrong.
  static Result<std::unique_ptr<Gateway>> make(const Config& config, std::string cluster_id,
                                               Log log);

  /// Before the body is read.
  std::variant<Answer, Admission> admit(const Head& head) const;

  /// With the body. An exchange still has to be queued; refused later, it must be settled with
  /// cancel().
  std::variant<Answer, std::shared_ptr<Exchange>> accept(const Admission& admission,
                                                         const Fields& fields, std::string body);

  /// All its records are settled: remembers the outcome. By the thread that settled the last one.
  void settled(Exchange& exchange);
  /// It never went to Kafka.
  void cancel(Exchange& exchange);
  /// The answer to a settled exchange.
  Answer answer(const Exchange& exchange) const;
  /// The answer with response.mode=accepted.
  Answer accepted_answer(const Exchange& exchange) const;

  const std::vector<Route>& routes() const { return routes_; }
  Health& health() { return health_; }
  std::size_t remembered() const { return idempotency_.size(); }

 private:
  Gateway(const Config& config, std::string cluster_id);

  std::variant<Answer, Admission> admit_post(const Head& head, Admission admission) const;
  std::variant<Answer, Admission> find_produce_path(std::string_view path,
                                                    std::string_view method) const;
  Answer get(std::string_view path) const;
  Answer readiness() const;

  const json_schema::JsonSchema* schema_for(std::string_view topic) const;
  std::variant<Answer, std::shared_ptr<Exchange>> accept_document(
      const Admission& admission, const Fields& fields, std::shared_ptr<Exchange> exchange);
  std::variant<Answer, std::shared_ptr<Exchange>> accept_v2(const Admission& admission,
                                                            std::shared_ptr<Exchange> exchange);
  std::variant<Answer, std::shared_ptr<Exchange>> accept_v3(const Admission& admission,
                                                            std::shared_ptr<Exchange> exchange);
  /// The value of a produce API against the topic's schema.
  std::optional<Answer> check_value(std::string_view topic, std::string_view value,
                                    std::string_view where) const;
  Answer created(const Exchange& exchange, std::int32_t partition, std::int64_t offset) const;

  const Config config_;
  const std::string cluster_id_;
  std::vector<Route> routes_;
  std::unordered_map<std::string_view, const Route*> by_path_;
  std::map<std::string, json_schema::JsonSchema, std::less<>> schemas_;  // by topic
  std::map<const Route*, json_schema::JsonSchema> route_schemas_;
  std::unique_ptr<ApiKeys> keys_;  // null: everybody may
  std::shared_ptr<const Principal> everybody_;
  std::string openapi_;
  IdempotencyStore idempotency_;
  Health health_;
};

/// Answers to settled exchanges of the produce APIs.
Answer v2_answer(const Exchange& exchange);
Answer v3_records_answer(const Exchange& exchange, std::string_view cluster_id);
Answer v3_batch_answer(const Exchange& exchange, std::string_view cluster_id);
/// The OpenAPI 3 document of these routes.
std::string openapi_document(const Config& config, const std::vector<Route>& routes);

}  // namespace weir::connectors::http_ingest
