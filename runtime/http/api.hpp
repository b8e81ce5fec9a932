// Kafka Connect's REST API over the worker's facade, without the wire: a request in, a reply out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/http/json.hpp"
#include "runtime/http/loggers.hpp"
#include "runtime/http/message.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/worker/facade.hpp"

namespace weir::runtime::http {

/// Where a handler runs. `here`: it never blocks. `quick`: reads. `slow`: may take seconds; never
/// delays the others.
enum class Lane : std::uint8_t { here, quick, slow };

/// {"error_code":status,"message":message}.
Reply error_reply(int status, std::string_view message);
/// An error of the router: the same body with "HTTP 404 Not Found", without a Content-Type.
Reply router_error(int status);
/// "Not Found"; 500 is "Server Error".
std::string_view reason_of(int status);

class Api {
 public:
  /// What is left to do for a request that has found its handler.
  struct Work {
    Lane lane{Lane::here};
    bool needs_state{false};  ///< hold it back until the worker is ready()
    std::function<Reply(const Request&)> run;
  };

  /// Which of the paths a listener serves.
  struct Scope {
    bool main{true};
    bool admin{true};
  };

  Api(worker::Facade& worker, metrics::Registry& metrics);

  /// Never blocks. The request may lack its body: run() gets the complete one. Work outlives
  /// nothing but this object.
  std::variant<Reply, Work> route(const Request& request, const Scope& scope) const;

  /// For an unexpected fault: 500 with `Request timed out. <stage>`.
  Reply timed_out() const;

 private:
  struct Call {
    const Request& request;
    std::vector<std::string> args;  // what the {} of the pattern stand for
  };
  using Handler = Reply (Api::*)(const Call&) const;
  struct Route {
    Method method;
    std::vector<std::string_view> pattern;
    Lane lane;
    bool needs_state;
    bool reads_body;
    bool any_accept;
    Handler handler;
  };

  void add(Method method, std::string_view pattern, Lane lane, bool needs_state, Handler handler,
           bool reads_body = false, bool any_accept = false);

  Reply root(const Call& call) const;
  Reply health(const Call& call) const;
  Reply alive(const Call& call) const;
  Reply metrics_text(const Call& call) const;
  Reply list(const Call& call) const;
  Reply create(const Call& call) const;
  Reply info(const Call& call) const;
  Reply config(const Call& call) const;
  Reply put_config(const Call& call) const;
  Reply patch_config(const Call& call) const;
  Reply remove(const Call& call) const;
  Reply status(const Call& call) const;
  Reply pause(const Call& call) const;
  Reply resume(const Call& call) const;
  Reply stop(const Call& call) const;
  Reply restart(const Call& call) const;
  Reply tasks(const Call& call) const;
  Reply task_status(const Call& call) const;
  Reply restart_task(const Call& call) const;
  Reply topics(const Call& call) const;
  Reply reset_topics(const Call& call) const;
  Reply offsets(const Call& call) const;
  Reply alter_offsets(const Call& call) const;
  Reply reset_offsets(const Call& call) const;
  Reply plugins(const Call& call) const;
  Reply plugin_config(const Call& call) const;
  Reply validate(const Call& call) const;
  Reply breakers(const Call& call) const;
  Reply breaker(const Call& call) const;
  Reply set_breaker(const Call& call) const;
  Reply loggers(const Call& call) const;
  Reply logger(const Call& call) const;
  Reply set_logger(const Call& call) const;

  worker::Facade& worker_;
  metrics::Registry& metrics_;
  mutable Loggers loggers_;
  std::vector<Route> routes_;
};

}  // namespace weir::runtime::http
