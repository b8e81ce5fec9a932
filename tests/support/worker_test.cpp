// The helper around `weir worker`, with a stand-in that speaks as much REST as it needs.
#include "support/worker.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

namespace weir::test {
namespace {

constexpr char kStandIn[] = R"(#!/usr/bin/env python3
import http.server, json, sys
assert sys.argv[1:3] == ["worker", "--config"]
properties = dict(line.rstrip("\n").split("=", 1) for line in open(sys.argv[3]))
print("bootstrap", properties.get("bootstrap.servers"), "embedded", "--embedded" in sys.argv, flush=True)
connectors = {}
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        data = body.encode()
        self.send_response(status); self.send_header("Content-Length", str(len(data))); self.end_headers(); self.wfile.write(data)
    def do_GET(self):
        if self.path == "/": return self.answer(200, "{}")
        if self.path == "/metrics": return self.answer(200, "# HELP x\nx{a=\"b\"} 2.5\n")
        name = self.path.split("/")[2]
        if name not in connectors: return self.answer(404, "{}")
        connectors[name]["polls"] += 1
        state = connectors[name]["config"]["state"] if connectors[name]["polls"] > 2 else "UNASSIGNED"
        self.answer(200, json.dumps({"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": state, "trace": "why"}]}))
    def do_PUT(self):
        config = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "state" not in config: return self.answer(400, "no state")
        name = self.path.split("/")[2]
        if name not in connectors: connectors[name] = None; return self.answer(409, "rebalance")
        connectors[name] = {"config": config, "polls": 0}
        self.answer(201, "{}")
    def do_DELETE(self):
        connectors.pop(self.path.split("/")[2]); self.answer(204, "")
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", int(properties["listeners"].rsplit(":", 1)[1])), Handler).serve_forever()
)";

class WorkerHelper : public testing::Test {
 protected:
  WorkerHelper() {
    write_file(dir_.path() / "weir", kStandIn);
    std::filesystem::permissions(dir_.path() / "weir", std::filesystem::perms::owner_all);
    ::setenv("WEIR_BINARY", (dir_.path() / "weir").c_str(), 1);
  }
  ~WorkerHelper() override { ::unsetenv("WEIR_BINARY"); }

  TempDir dir_;
};

TEST_F(WorkerHelper, DrivesAWorkerOverRest) {
  WorkerOptions options;
  options.bootstrap = "127.0.0.1:1";
  Worker worker(options);
  EXPECT_NE(worker.log_text().find("bootstrap 127.0.0.1:1 embedded False"), std::string::npos);
  worker.put_connector("good", {{"state", "RUNNING"}});
  worker.wait_running("good", 1);
  EXPECT_EQ(worker.connector_state("good"), "RUNNING");
  EXPECT_EQ(worker.task_states("good"), std::vector<std::string>{"RUNNING"});
  worker.put_connector("bad", R"({"state":"FAILED"})");
  EXPECT_EQ(worker.wait_failed("bad"), "why");
  EXPECT_THROW(worker.wait_running("bad"), std::runtime_error);
  EXPECT_THROW(worker.put_connector("none", "{}"), std::runtime_error);
  worker.delete_connector("bad");
  EXPECT_EQ(worker.connector_state("bad"), "");
  EXPECT_EQ(worker.metric("x{"), 2.5);
  EXPECT_TRUE(std::isnan(worker.metric("y")));
  EXPECT_EQ(worker.terminate(), 128 + 15);
}

TEST_F(WorkerHelper, StartsAgainOnItsPort) {
  Worker worker({});
  EXPECT_NE(worker.log_text().find("bootstrap None embedded True"), std::string::npos);
  const std::string url = worker.url();
  worker.kill9();
  EXPECT_FALSE(worker.running());
  worker.start();
  EXPECT_EQ(worker.url(), url);
  EXPECT_EQ(worker.http().get("/").status, 200);
}

TEST_F(WorkerHelper, AWorkerThatEndsIsReportedWithItsLog) {
  write_file(dir_.path() / "weir", "#!/bin/sh\necho no such broker\nexit 1\n");
  try {
    Worker worker({});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the worker did not start; end of the worker's log:\nno such broker\n");
  }
}

}  // namespace
}  // namespace weir::test
