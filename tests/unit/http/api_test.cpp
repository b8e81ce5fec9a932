// What each endpoint answers, to the letter of Kafka Connect 4.1.
#include "runtime/http/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_worker.hpp"

namespace weir::runtime::http {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

class ApiTest : public ::testing::Test {
 protected:
  Reply call(Method method, const std::string& target, const std::string& body = "",
             const std::string& content_type = "application/json", const std::string& accept = "",
             Api::Scope scope = {}) {
    Request request;
    request.method = method;
    request.target = parse_target(target).value();
    request.body = body;
    request.content_type = content_type;
    request.accept = accept;
    request.host = "localhost:8083";
    auto routed = api_.route(request, scope);
    if (auto* reply = std::get_if<Reply>(&routed)) {
      return std::move(*reply);
    }
    return std::get<Api::Work>(routed).run(request);
  }
  Reply get(const std::string& target) { return call(Method::get, target, "", ""); }
  Reply create(const std::string& name) {
    return call(Method::post, "/connectors",
                R"({"name":")" + name + R"(","config":{"connector.class":"FileSink"}})");
  }
  static std::string error(int status, const std::string& message) {
    return "{\"error_code\":" + std::to_string(status) + ",\"message\":\"" + message + "\"}";
  }
  void expect_error(const Reply& reply, int status, const std::string& message) {
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.body, error(status, message));
  }
  void expect_empty(const Reply& reply, int status) {
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.body, "");
    EXPECT_EQ(reply.content_type, "");
  }

  metrics::Registry metrics_;
  FakeWorker worker_;
  Api api_{worker_, metrics_};
};

TEST_F(ApiTest, Root) {
  const Reply reply = get("/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(
      reply.body,
      R"({"version":"4.1.0","commit":"abc123","kafka_cluster_id":"cluster-1","weir":{"version":"0.1.0"}})");
}

TEST_F(ApiTest, HealthFollowsTheWorker) {
  EXPECT_EQ(
      get("/health").body,
      R"({"status":"healthy","message":"Worker has completed startup and is ready to handle requests."})");
  worker_.stage_text = "The worker is currently reading, which began at T";
  worker_.health_status = worker::HealthStatus::starting;
  Reply reply = get("/health");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(
      reply.body,
      R"({"status":"starting","message":"Worker is still starting up. The worker is currently reading, which began at T"})");
  worker_.health_status = worker::HealthStatus::unhealthy;
  reply = get("/health");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(
      reply.body,
      HasSubstr(
          "Worker was unable to handle this request and may be unable to handle other requests."));
  worker_.health_status = worker::HealthStatus::draining;
  EXPECT_EQ(get("/health").status, 503);
  EXPECT_EQ(get("/health/live").status, 200);
}

TEST_F(ApiTest, MetricsAreText) {
  metrics_.counter("x_total", "X.").add();
  const Reply reply = call(Method::get, "/metrics", "", "", "text/plain");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.content_type, StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(reply.body, HasSubstr("x_total 1\n"));
}

TEST_F(ApiTest, CreateAnswers201WithLocation) {
  worker_.warnings = {"Unknown key \"filee\" is ignored; did you mean \"file\"?", "two\r\nlines"};
  const Reply reply = call(
      Method::post, "/connectors",
      R"({"name":" a b ","config":{"connector.class":"FileSink","tasks.max":1,"flag":true,"rate":1.50}})");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(
      reply.body,
      R"({"name":"a b","config":{"connector.class":"FileSink","flag":"true","name":"a b","rate":"1.50","tasks.max":"1"},"tasks":[{"connector":"a b","task":0}],"type":"sink"})");
  EXPECT_THAT(reply.headers, Contains(Pair("Location", "http://localhost:8083/connectors/a%20b")));
  EXPECT_THAT(
      reply.headers,
      Contains(Pair("Weir-Warning", "Unknown key \"filee\" is ignored; did you mean \"file\"?")));
  EXPECT_THAT(reply.headers, Contains(Pair("Weir-Warning", "two  lines")));
}

TEST_F(ApiTest, CreateRefuses) {
  EXPECT_EQ(create("a").status, 201);
  expect_error(create("a"), 409, "Connector a already exists");
  const auto post = [&](const std::string& body) {
    return call(Method::post, "/connectors", body);
  };
  expect_error(post(R"({"name":"x","config":{"name":"y"}})"), 400,
               "Connector name configuration (y) doesn't match connector name in the URL (x)");
  expect_error(post(R"({"name":"x","config":{"k":null}})"), 400,
               "Null value can not be supplied as the configuration value.");
  for (const char* body :
       {"", "  ", "null", "[]", "1", "{", "{\"name\":\"x\"}", R"({"name":"x","config":null})",
        R"({"name":"x","config":[]})", R"({"name":"x","config":{"a":{}}})",
        R"({"name":"x","config":{"a":[1]}})", R"({"name":"x","config":{},"more":1})",
        R"({"name":"x","config":{},"initial_state":"GONE"})",
        R"({"name":"x","config":{},"initial_state":1})", R"({"name":{},"config":{}})",
        R"({"name":"x","config":{"a":1,"a":2}})", R"({"name":"x","name":"x","config":{}})",
        "{\"name\":\"\xFF\",\"config\":{}}"}) {
    EXPECT_EQ(post(body).status, 400) << body;
  }
}

TEST_F(ApiTest, CreateTakesAnInitialStateInAnyCase) {
  EXPECT_EQ(
      call(Method::post, "/connectors", R"({"name":"a","config":{},"initial_state":"paused"})")
          .status,
      201);
  EXPECT_THAT(get("/connectors/a/status").body, HasSubstr(R"("state":"PAUSED")"));
  EXPECT_EQ(
      call(Method::post, "/connectors", R"({"name":"b","config":{},"initial_state":"Stopped"})")
          .status,
      201);
  EXPECT_THAT(get("/connectors/b/status").body, HasSubstr(R"("state":"STOPPED")"));
}

TEST_F(ApiTest, ListsAndExpands) {
  EXPECT_EQ(get("/connectors").body, "[]");
  create("a");
  create("b");
  EXPECT_EQ(get("/connectors/").body, R"(["a","b"])");
  EXPECT_EQ(get("/connectors?expand=nothing").body, R"({"a":{},"b":{}})");
  EXPECT_EQ(get("/connectors?expand=status,info").body, R"({"a":{},"b":{}})");
  EXPECT_THAT(get("/connectors?expand=info").body,
              StartsWith(R"({"a":{"info":{"name":"a","config":)"));
  EXPECT_THAT(get("/connectors?expand=status&expand=info").body,
              StartsWith(R"({"a":{"status":{"name":"a","connector":{"state":"RUNNING")"));
}

TEST_F(ApiTest, ReadsChangesAndDeletesAConfig) {
  const Reply created = call(Method::put, "/connectors/a/config", R"({"k":"v"})");
  EXPECT_EQ(created.status, 201);
  EXPECT_THAT(created.headers, Contains(Pair("Location", "http://localhost:8083/connectors/a")));
  const Reply replaced = call(Method::put, "/connectors/a/config", R"({"k":"w","name":"a"})");
  EXPECT_EQ(replaced.status, 200);
  EXPECT_TRUE(replaced.headers.empty());
  EXPECT_EQ(get("/connectors/a/config").body, R"({"k":"w","name":"a"})");
  EXPECT_EQ(
      get("/connectors/a").body,
      R"({"name":"a","config":{"k":"w","name":"a"},"tasks":[{"connector":"a","task":0}],"type":"sink"})");
  EXPECT_EQ(call(Method::patch, "/connectors/a/config", R"({"k":null,"n":2})").status, 200);
  EXPECT_EQ(get("/connectors/a/config").body, R"({"n":"2","name":"a"})");
  expect_error(call(Method::put, "/connectors/a/config", R"({"name":"b"})"), 400,
               "Connector name configuration (b) doesn't match connector name in the URL (a)");
  expect_empty(call(Method::del, "/connectors/a", "", ""), 204);
  expect_error(get("/connectors/a"), 404, "Connector a not found");
  expect_error(get("/connectors/a/config"), 404, "Connector a not found");
  expect_error(call(Method::patch, "/connectors/a/config", "{}"), 404, "Connector a not found");
  expect_error(call(Method::del, "/connectors/a", "", ""), 404, "Connector a not found");
}

TEST_F(ApiTest, StatusHasWeirLast) {
  create("a");
  worker_.set_state("a", "FAILED");
  EXPECT_EQ(
      get("/connectors/a/status").body,
      R"({"name":"a","connector":{"state":"FAILED","worker_id":"127.0.0.1:8083","version":"1.0"},"tasks":[{"id":0,"state":"FAILED","worker_id":"127.0.0.1:8083","trace":"boom\n","weir":{"stalled":false,"lag":5,"last_error":{"stage":"TASK_PUT","code":"fatal","message":"boom","at":"2023-11-14T22:13:20.123Z"}}}],"type":"sink","weir":{"health":"ok","breaker":{"name":"db","state":"OPEN","reason":"timeout","since":"2023-11-14T22:13:20.000Z"}}})");
  expect_error(get("/connectors/b/status"), 404, "No status found for connector b");
}

TEST_F(ApiTest, PauseResumeStop) {
  create("a");
  expect_empty(call(Method::put, "/connectors/a/pause", "", ""), 202);
  expect_empty(call(Method::put, "/connectors/a/resume", "", ""), 202);
  expect_empty(call(Method::put, "/connectors/a/stop", "", ""), 204);
  for (const char* verb : {"pause", "resume", "stop"}) {
    expect_error(call(Method::put, std::string("/connectors/x/") + verb, "", ""), 404,
                 "Unknown connector x");
  }
}

TEST_F(ApiTest, ABodylessPutMayHaveAnyContentType) {
  create("a");
  expect_empty(call(Method::put, "/connectors/a/pause", "", "application/x-www-form-urlencoded"),
               202);
}

TEST_F(ApiTest, Restart) {
  create("a");
  expect_empty(call(Method::post, "/connectors/a/restart", "", ""), 204);
  Reply reply = call(Method::post, "/connectors/a/restart?includeTasks=TRUE", "", "");
  EXPECT_EQ(reply.status, 202);
  EXPECT_THAT(reply.body, HasSubstr("RESTARTING"));
  EXPECT_EQ(call(Method::post, "/connectors/a/restart?onlyFailed=true", "", "").status, 202);
  expect_error(call(Method::post, "/connectors/x/restart", "", ""), 404, "Unknown connector: x");
}

TEST_F(ApiTest, Tasks) {
  create("a");
  EXPECT_EQ(get("/connectors/a/tasks").body,
            R"([{"id":{"connector":"a","task":0},"config":{"task.class":"T"}}])");
  EXPECT_THAT(get("/connectors/a/tasks/0/status").body, StartsWith(R"({"id":0,"state":"RUNNING")"));
  expect_error(get("/connectors/a/tasks/1/status"), 404, "No status found for task a-1");
  expect_error(get("/connectors/a/tasks/-1/status"), 404, "No status found for task a--1");
  expect_error(get("/connectors/a/tasks/x/status"), 404, "HTTP 404 Not Found");
  expect_error(get("/connectors/a/tasks/99999999999/status"), 404, "HTTP 404 Not Found");
  expect_empty(call(Method::post, "/connectors/a/tasks/0/restart", "", ""), 204);
  expect_error(call(Method::post, "/connectors/a/tasks/7/restart", "", ""), 404,
               "Unknown task: a-7");
  expect_error(call(Method::post, "/connectors/x/tasks/0/restart", "", ""), 404,
               "Unknown connector: x");
}

TEST_F(ApiTest, Topics) {
  create("a");
  EXPECT_EQ(get("/connectors/a/topics").body, R"({"a":{"topics":["t1"]}})");
  EXPECT_EQ(get("/connectors/x/topics").body, R"({"x":{"topics":[]}})");
  expect_empty(call(Method::put, "/connectors/x/topics/reset", "", ""), 202);
}

TEST_F(ApiTest, OffsetsKeepTheirNumbers) {
  create("a");
  EXPECT_EQ(get("/connectors/a/offsets").body, R"({"offsets":[]})");
  const std::string body =
      R"({"offsets":[{"partition":{"f":"x"},"offset":{"p":1.50,"q":12345678901234567890}},{"partition":{"f":"y"},"offset":null}]})";
  const Reply altered = call(Method::patch, "/connectors/a/offsets", body);
  EXPECT_EQ(altered.status, 200);
  EXPECT_EQ(altered.body,
            R"({"message":"The offsets for this connector have been altered successfully"})");
  EXPECT_EQ(get("/connectors/a/offsets").body, body);
  EXPECT_EQ(call(Method::del, "/connectors/a/offsets", "", "").body,
            R"({"message":"The offsets for this connector have been reset successfully"})");
  for (const char* empty : {"{}", R"({"offsets":[]})", R"({"offsets":null})"}) {
    expect_error(call(Method::patch, "/connectors/a/offsets", empty), 400,
                 "Partitions / offsets need to be provided for an alter offsets request");
  }
  for (const char* bad :
       {R"({"offsets":{}})", R"({"offsets":[1]})", R"({"offsets":[{"partition":1}]})",
        R"({"offsets":[{"partition":{},"offset":3}]})", R"({"offsets":[{"partition":{},"x":1}]})",
        R"({"offset":[]})"}) {
    EXPECT_EQ(call(Method::patch, "/connectors/a/offsets", bad).status, 400) << bad;
  }
  expect_error(get("/connectors/x/offsets"), 404, "Connector x not found");
}

TEST_F(ApiTest, Breakers) {
  create("a");
  EXPECT_EQ(get("/connectors/a/breakers").body,
            R"([{"name":"db","state":"CLOSED","calls":3,"failures":1}])");
  EXPECT_EQ(call(Method::put, "/connectors/a/breakers/db", R"({"state":"FORCED_OPEN"})").status,
            200);
  EXPECT_EQ(get("/connectors/a/breakers/db").body,
            R"({"name":"db","state":"FORCED_OPEN","calls":3,"failures":1})");
  EXPECT_EQ(call(Method::put, "/connectors/a/breakers/db", "{}").status, 400);
  EXPECT_EQ(call(Method::put, "/connectors/a/breakers/db", R"({"state":"HALF"})").status, 400);
  EXPECT_EQ(get("/connectors/a/breakers/x").status, 404);
  EXPECT_EQ(get("/connectors/x/breakers").status, 404);
}

TEST_F(ApiTest, Plugins) {
  EXPECT_EQ(
      get("/connector-plugins").body,
      R"([{"class":"FileSink","type":"sink","version":"1.0"},{"class":"datagen","type":"source"}])");
  EXPECT_THAT(get("/connector-plugins?connectorsOnly=false").body,
              HasSubstr(R"("type":"transformation")"));
  EXPECT_EQ(
      get("/connector-plugins/FileSink/config").body,
      R"([{"name":"file","type":"STRING","required":false,"default_value":null,"importance":"MEDIUM","documentation":"Where lines go.","group":null,"width":"NONE","display_name":"file","dependents":[],"order":-1}])");
  expect_error(get("/connector-plugins/X/config"), 404, "Unknown plugin X.");
  EXPECT_EQ(get("/connector-plugins/FileSink/config?version=9").status, 400);
}

TEST_F(ApiTest, Validate) {
  worker_.warnings = {"w"};
  const Reply reply =
      call(Method::put, "/connector-plugins/FileSink/config/validate", R"({"name":"a","x":null})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(
      reply.body,
      R"({"name":"FileSink","error_count":1,"groups":["Common"],"configs":[{"definition":{"name":"name","type":"STRING","required":false,"default_value":null,"importance":"MEDIUM","documentation":"","group":"Common","width":"NONE","display_name":"","dependents":[],"order":1},"value":{"name":"name","value":"a","recommended_values":[],"errors":[],"visible":true}},{"definition":null,"value":{"name":"x","value":null,"recommended_values":[],"errors":["Null value can not be supplied as the configuration value."],"visible":true}}]})");
  EXPECT_THAT(reply.headers, ElementsAre(Pair("Weir-Warning", "w")));
}

TEST_F(ApiTest, Loggers) {
  EXPECT_THAT(get("/admin/loggers").body,
              HasSubstr(R"("root":{"level":"INFO","last_modified":null})"));
  expect_error(get("/admin/loggers/nobody"), 404, "Logger nobody not found.");
  expect_error(call(Method::put, "/admin/loggers/x.y", "{}"), 400,
               "Desired 'level' parameter was not specified in request.");
  expect_error(call(Method::put, "/admin/loggers/x.y", R"({"level":"loud"})"), 404,
               "invalid log level 'loud'.");
  EXPECT_EQ(call(Method::put, "/admin/loggers/x.y?scope=worker", R"({"level":"debug"})").body,
            R"(["x.y"])");
  expect_empty(call(Method::put, "/admin/loggers/x.y?scope=cluster", R"({"level":"WARN"})"), 204);
  EXPECT_THAT(worker_.calls, ElementsAre("x.y=WARN"));
}

TEST_F(ApiTest, AdminPathsStayOnTheirListener) {
  expect_error(call(Method::get, "/admin/loggers", "", "", "", {true, false}), 404,
               "HTTP 404 Not Found");
  expect_error(call(Method::get, "/connectors", "", "", "", {false, true}), 404,
               "HTTP 404 Not Found");
  EXPECT_EQ(call(Method::get, "/health", "", "", "", {false, true}).status, 200);
}

TEST_F(ApiTest, RouterErrorsHaveNoContentType) {
  for (const char* path : {"/x", "/connectors/a/x", "/connectors//status", "//connectors",
                           "/connectors/a/tasks-config", "/connectors/../../etc/passwd"}) {
    const Reply reply = get(path);
    expect_error(reply, 404, "HTTP 404 Not Found");
    EXPECT_EQ(reply.content_type, "");
  }
  const Reply wrong_method = call(Method::del, "/connectors", "", "");
  expect_error(wrong_method, 405, "HTTP 405 Method Not Allowed");
  EXPECT_EQ(wrong_method.content_type, "");
  EXPECT_THAT(wrong_method.headers, ElementsAre(Pair("Allow", "HEAD,POST,GET,OPTIONS")));
  expect_error(call(Method::other, "/connectors", "", ""), 405, "HTTP 405 Method Not Allowed");
  expect_error(call(Method::post, "/connectors", "{}", "text/plain"), 415,
               "HTTP 415 Unsupported Media Type");
  expect_error(call(Method::get, "/connectors", "", "", "text/html"), 406,
               "HTTP 406 Not Acceptable");
}

TEST_F(ApiTest, MediaTypesMayHaveParametersAndWildcards) {
  EXPECT_EQ(
      call(Method::put, "/connectors/a/config", "{}", "Application/JSON; charset=UTF-8").status,
      201);
  EXPECT_EQ(call(Method::put, "/connectors/a/config", "{}", "").status, 200);
  EXPECT_EQ(call(Method::get, "/connectors", "", "", "text/html, */*;q=0.1").status, 200);
  EXPECT_EQ(call(Method::get, "/connectors", "", "", "application/*").status, 200);
}

TEST_F(ApiTest, OptionsShowsWhatIsAllowed) {
  const Reply reply = call(Method::options, "/connectors", "", "");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/plain");
  EXPECT_THAT(reply.headers, ElementsAre(Pair("Allow", "HEAD,POST,GET,OPTIONS")));
}

TEST_F(ApiTest, AnExceptionIsA500WithoutDetails) {
  worker_.before_create = [] { throw std::runtime_error("secret"); };
  const Reply reply = create("a");
  expect_error(reply, 500, "Internal error");
}

}  // namespace
}  // namespace weir::runtime::http
