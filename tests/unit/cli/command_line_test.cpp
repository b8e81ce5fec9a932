// The command line against a REST server whose worker is a fake.
#include "runtime/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>

#include "cli/scratch.hpp"
#include "http/fake_worker.hpp"
#include "runtime/http/server.hpp"

namespace weir::runtime::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandLineTest : public ::testing::Test {
 protected:
  CommandLineTest() {
    http::Settings settings;
    settings.listeners.push_back({"127.0.0.1", 0, {}});
    server_ = std::make_unique<http::Server>(std::move(settings), metrics_);
    EXPECT_TRUE(server_->bind());
    server_->start(worker_);
  }
  int weir(std::vector<std::string> args, const std::string& input = "", bool interactive = false) {
    args.insert(args.begin(),
                {"--url", "http://127.0.0.1:" + std::to_string(server_->port()) + "/"});
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int status = run(args, {in, out, err, interactive});
    out_ = out.str();
    err_ = err.str();
    return status;
  }
  int create(const std::string& name) {
    return weir({"connector", "create", "-"},
                R"({"name":")" + name + R"(","config":{"connector.class":"FileSink"}})");
  }

  metrics::Registry metrics_;
  http::FakeWorker worker_;
  std::unique_ptr<http::Server> server_;
  Scratch scratch_;
  std::string out_;
  std::string err_;
};

TEST_F(CommandLineTest, CreatesFromAllThreeForms) {
  EXPECT_EQ(weir({"connector", "create",
                  scratch_.write("a.json", R"({"name":"a","config":{"k":1.50}})")}),
            0)
      << err_;
  EXPECT_EQ(weir({"connector", "create", scratch_.write("b.json", R"({"name":"b","k":true})")}), 0)
      << err_;
  EXPECT_EQ(weir({"connector", "create", scratch_.write("c.properties", "# c\nname=c\nk = x y\n")}),
            0)
      << err_;
  EXPECT_EQ(out_, "created c\n");
  EXPECT_EQ(weir({"connector", "config", "a"}), 0);
  EXPECT_EQ(out_, "{\"k\":\"1.50\",\"name\":\"a\"}\n");
  EXPECT_EQ(weir({"connector", "config", "c"}), 0);
  EXPECT_EQ(out_, "{\"k\":\"x y\",\"name\":\"c\"}\n");
  EXPECT_EQ(weir({"connector", "create", "-", "--name", "d", "--state", "paused"}, R"({"k":"v"})"),
            0)
      << err_;
  EXPECT_EQ(weir({"connector", "status", "d"}), 0);
  EXPECT_THAT(out_, HasSubstr("PAUSED"));
}

TEST_F(CommandLineTest, ErrorsGoToStderrWithStatusOne) {
  EXPECT_EQ(create("a"), 0);
  EXPECT_EQ(create("a"), 1);
  EXPECT_EQ(err_, "error: Connector a already exists (HTTP 409)\n");
  EXPECT_EQ(out_, "");
  EXPECT_EQ(weir({"connector", "get", "nobody"}), 1);
  EXPECT_EQ(err_, "error: Connector nobody not found (HTTP 404)\n");
  EXPECT_EQ(weir({"connector", "create", "/nowhere.json"}), 1);
  EXPECT_EQ(err_, "error: /nowhere.json cannot be read: No such file or directory\n");
  EXPECT_EQ(weir({"connector", "create", "-"}, "{\"a\":"), 1);
  EXPECT_THAT(err_, StartsWith("error: standard input: not valid JSON"));
  EXPECT_EQ(weir({"connector", "create", "-"}, "{\"a\":\"b\"}"), 1);
  EXPECT_THAT(err_, HasSubstr("no name"));
  EXPECT_EQ(weir({"connector", "list", "--url", "http://127.0.0.1:1"}), 1);
  EXPECT_THAT(err_, StartsWith("error: no answer from http://127.0.0.1:1: "));
  EXPECT_EQ(weir({"no", "such"}), 1);
  EXPECT_EQ(err_, "error: unknown command \"no\"; weir --help lists them\n");
  EXPECT_EQ(weir({"connector", "creat", "x"}), 1);
  EXPECT_EQ(err_, "error: unknown command \"creat\"; did you mean \"weir connector create\"?\n");
  EXPECT_EQ(weir({"transform", "--config", "x", "-n", "-2"}), 1);
  EXPECT_THAT(err_, HasSubstr("\"-2\" is not a number from 0 up"));
  EXPECT_EQ(weir({}), 1);
}

TEST_F(CommandLineTest, ListsAsTableAndAsJson) {
  create("a");
  create("b");
  EXPECT_EQ(weir({"connector", "list"}), 0);
  EXPECT_EQ(out_,
            "NAME  TYPE  CLASS     STATE    TASKS      BREAKER\n"
            "a     sink  FileSink  RUNNING  1 RUNNING  OPEN\n"
            "b     sink  FileSink  RUNNING  1 RUNNING  OPEN\n");
  EXPECT_EQ(weir({"connector", "list", "-o", "json"}), 0);
  EXPECT_EQ(out_, "[\"a\",\"b\"]\n");
}

TEST_F(CommandLineTest, PutsAndPatches) {
  EXPECT_EQ(weir({"connector", "put", "-"}, R"({"name":"a","k":"v"})"), 0) << err_;
  EXPECT_EQ(out_, "created a\n");
  EXPECT_EQ(weir({"connector", "update", "a", "-"}, R"({"k":"w","l":"1"})"), 0) << err_;
  EXPECT_EQ(out_, "updated a\n");
  EXPECT_EQ(weir({"connector", "patch", "a", "k=x=y", "m=", "--unset", "l"}), 0) << err_;
  weir({"connector", "config", "a"});
  EXPECT_EQ(out_, "{\"k\":\"x=y\",\"m\":\"\",\"name\":\"a\"}\n");
  EXPECT_EQ(weir({"connector", "patch", "a", "--file", "-"}, R"({"m":null,"n":5})"), 0) << err_;
  weir({"connector", "get", "a"});
  EXPECT_EQ(out_, "a (sink, 1 tasks)\n  k = x=y\n  n = 5\n  name = a\n");
  EXPECT_EQ(weir({"connector", "patch", "a"}), 1);
  EXPECT_EQ(weir({"connector", "patch", "a", "novalue"}), 1);
}

TEST_F(CommandLineTest, NamesAreEncoded) {
  EXPECT_EQ(create("a b/c%"), 0) << err_;
  EXPECT_EQ(weir({"connector", "config", "a b/c%"}), 0) << err_;
}

TEST_F(CommandLineTest, DeletingAsksFirst) {
  create("a");
  EXPECT_EQ(weir({"connector", "delete", "a"}), 1);
  EXPECT_THAT(err_, HasSubstr("--yes"));
  EXPECT_EQ(weir({"connector", "delete", "a"}, "n\n", true), 1);
  EXPECT_THAT(err_, HasSubstr("Delete a? [y/N]"));
  EXPECT_EQ(weir({"connector", "get", "a"}), 0);
  EXPECT_EQ(weir({"connector", "delete", "a"}, "y\n", true), 0);
  EXPECT_EQ(weir({"connector", "get", "a"}), 1);
  create("a");
  EXPECT_EQ(weir({"connector", "delete", "--yes", "a"}), 0);
  EXPECT_EQ(out_, "deleted a\n");
}

TEST_F(CommandLineTest, ChangesStateAndRestarts) {
  create("a");
  for (const char* verb : {"pause", "resume", "stop"}) {
    EXPECT_EQ(weir({"connector", verb, "a"}), 0) << err_;
  }
  EXPECT_EQ(weir({"connector", "restart", "a"}), 0);
  EXPECT_EQ(weir({"connector", "restart", "a", "--include-tasks", "--only-failed", "-o", "json"}),
            0);
  EXPECT_THAT(out_, StartsWith("{\"name\":\"a\""));
  EXPECT_EQ(weir({"connector", "restart", "a", "--task", "0"}), 0);
  EXPECT_EQ(weir({"connector", "restart", "a", "--task", "3"}), 1);
  EXPECT_EQ(err_, "error: Unknown task: a-3 (HTTP 404)\n");
  EXPECT_EQ(weir({"connector", "pause", "x"}), 1);
}

TEST_F(CommandLineTest, StatusShowsTracesAndNotes) {
  create("a");
  worker_.set_state("a", "FAILED");
  EXPECT_EQ(weir({"connector", "status", "a"}), 0);
  EXPECT_THAT(out_, HasSubstr("breaker db OPEN (timeout)"));
  EXPECT_THAT(out_, HasSubstr("last error: boom"));
  EXPECT_THAT(out_, HasSubstr("\ntask 0: boom\n"));
  EXPECT_EQ(weir({"connector", "tasks", "a"}), 0);
  EXPECT_EQ(out_, "task 0\n  task.class = T\n");
  EXPECT_EQ(weir({"connector", "topics", "a"}), 0);
  EXPECT_EQ(out_, "t1\n");
}

TEST_F(CommandLineTest, Offsets) {
  create("a");
  EXPECT_EQ(weir({"offset", "alter", "a", "-", "--yes"},
                 R"({"offsets":[{"partition":{"f":"x"},"offset":{"p":1}}]})"),
            0)
      << err_;
  EXPECT_EQ(out_, "The offsets for this connector have been altered successfully\n");
  EXPECT_EQ(weir({"offset", "get", "a"}), 0);
  EXPECT_EQ(out_, "PARTITION  OFFSET\n{\"f\":\"x\"}  {\"p\":1}\n");
  EXPECT_EQ(weir({"offset", "reset", "a"}), 1);
  EXPECT_EQ(weir({"offset", "reset", "a", "-y"}), 0);
}

TEST_F(CommandLineTest, Breakers) {
  create("a");
  EXPECT_EQ(weir({"breaker", "open", "a", "--yes"}), 0) << err_;
  EXPECT_EQ(out_, "db: FORCED_OPEN\n");
  EXPECT_EQ(weir({"breaker", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("a          db       FORCED_OPEN"));
  EXPECT_EQ(weir({"breaker", "close", "a", "db"}), 0);
  EXPECT_EQ(out_, "db: CLOSED\n");
  EXPECT_EQ(weir({"breaker", "close", "a", "nobody"}), 1);
}

TEST_F(CommandLineTest, WarningsGoToStderrAndStrictRefuses) {
  worker_.warnings = {"Unknown key \"filee\" is ignored; did you mean \"file\"?"};
  const std::string config = R"({"name":"a","connector.class":"FileSink","filee":"x"})";
  EXPECT_EQ(weir({"connector", "create", "-", "--strict"}, config), 1);
  EXPECT_THAT(err_, HasSubstr("did you mean"));
  EXPECT_EQ(weir({"connector", "get", "a"}), 1);
  EXPECT_EQ(weir({"connector", "create", "-"}, config), 0);
  EXPECT_EQ(err_, "warning: Unknown key \"filee\" is ignored; did you mean \"file\"?\n");
}

TEST_F(CommandLineTest, ValidatePrintsEveryErrorWithItsKey) {
  EXPECT_EQ(
      weir({"connector", "validate", "-"}, R"({"name":"a","connector.class":"FileSink","x":null})"),
      1);
  EXPECT_EQ(out_, "x: Null value can not be supplied as the configuration value.\n");
  EXPECT_EQ(weir({"connector", "validate", "-"}, R"({"name":"a","connector.class":"FileSink"})"),
            0);
  EXPECT_EQ(out_, "valid\n");
  EXPECT_EQ(weir({"connector", "validate", "-"}, R"({"name":"a"})"), 1);
}

TEST_F(CommandLineTest, PluginsOfThisMachine) {
  EXPECT_EQ(weir({"plugin", "list", "--all", "--plugin-path", scratch_.path().string()}), 0)
      << err_;
  EXPECT_THAT(out_, HasSubstr("org.apache.kafka.connect.json.JsonConverter"));
  EXPECT_THAT(out_, HasSubstr("\nStringConverter "));
  EXPECT_THAT(out_, HasSubstr("relay"));
  EXPECT_EQ(weir({"plugin", "list", "--plugin-path", scratch_.path().string()}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("JsonConverter")));
  EXPECT_EQ(
      weir({"plugin", "describe", "JsonConverter", "--plugin-path", scratch_.path().string()}), 0);
  EXPECT_THAT(out_, HasSubstr("schemas.enable"));
  EXPECT_EQ(weir({"plugin", "describe", "Nobody", "--plugin-path", scratch_.path().string()}), 1);
  EXPECT_EQ(
      weir({"plugin", "describe", "JsonConvertor", "--plugin-path", scratch_.path().string()}), 1);
  EXPECT_THAT(err_, HasSubstr("did you mean \"JsonConverter\"?"));
  const std::string bad = scratch_.write("bad.so", "this is no library");
  EXPECT_EQ(weir({"plugin", "check", bad}), 1);
  EXPECT_THAT(err_, HasSubstr("bad.so"));
}

TEST_F(CommandLineTest, AConfigCanBeCheckedWithoutAWorker) {
  const std::string path = scratch_.path().string();
  EXPECT_EQ(weir({"plugin", "validate", "-", "--plugin-path", path},
                 R"({"name":"r","connector.class":"relay","topics":"a","topic":"b"})"),
            0)
      << err_ << out_;
  EXPECT_EQ(out_, "valid\n");
  EXPECT_EQ(weir({"plugin", "validate", "-", "--plugin-path", path},
                 R"({"name":"r","connector.class":"relay"})"),
            1);
  EXPECT_THAT(out_, HasSubstr("Must configure one of topics or topics.regex"));
  EXPECT_EQ(weir({"plugin", "validate", "-", "--plugin-path", path},
                 R"({"name":"r","connector.class":"nobody"})"),
            1);
  EXPECT_THAT(err_, HasSubstr("nobody"));
  EXPECT_EQ(weir({"plugin", "validate", "-", "-o", "json", "--plugin-path", path},
                 R"({"name":"r","connector.class":"relay"})"),
            1);
  EXPECT_THAT(out_, StartsWith(R"({"name":"relay","error_count":2,)"));
  EXPECT_EQ(weir({"plugin", "validate", "-", "--plugin-path", path},
                 R"({"name":"r","connector.class":"relai"})"),
            1);
  EXPECT_THAT(err_, HasSubstr("connector.class: did you mean \"relay\"?"));
}

TEST_F(CommandLineTest, HelpAndVersion) {
  EXPECT_EQ(weir({"--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("connector"));
  EXPECT_EQ(weir({"version"}), 0);
  EXPECT_THAT(out_, StartsWith("weir "));
}

}  // namespace
}  // namespace weir::runtime::cli
