// What the server counts. Handles are made on the task thread before the server starts, and used
// from any.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <weir/task.hpp>

#include "config.hpp"

namespace weir::connectors::http_ingest {

class ServerMetrics {
 public:
  ServerMetrics(const Task& task, const std::vector<Route>& routes) {
    std::vector<std::string> names{"v2", "v3", "other"};
    for (const Route& route : routes) {
      names.push_back(route.name);
    }
    for (const std::string& name : names) {
      PerRoute& slot = per_route_[name];
      for (const int status : {200, 201, 202, 207, 400, 401, 403, 404, 405, 408, 409, 411, 413, 415,
                               417, 422, 431, 500, 503}) {
        slot.requests[status] =
            task.counter("weir_http_ingest_requests_total", "Answered requests.",
                         {{"route", name}, {"status", std::to_string(status)}});
      }
      slot.seconds =
          task.histogram("weir_http_ingest_request_seconds",
                         "From the end of the headers to the answer.", {{"route", name}});
    }
    connections = task.gauge("weir_http_ingest_connections", "Open connections.");
    inflight_bytes = task.gauge("weir_http_ingest_inflight_bytes", "Bodies that wait for Kafka.");
  }

  void request(std::string_view route, int status, double seconds) const {
    auto it = per_route_.find(route);
    if (it == per_route_.end()) {
      return;
    }
    if (auto counter = it->second.requests.find(status); counter != it->second.requests.end()) {
      counter->second.record(1);
    }
    it->second.seconds.record(seconds);
  }

  Metric connections;
  Metric inflight_bytes;

 private:
  struct PerRoute {
    std::map<int, Metric> requests;
    Metric seconds;
  };
  std::map<std::string, PerRoute, std::less<>> per_route_;
};

}  // namespace weir::connectors::http_ingest
