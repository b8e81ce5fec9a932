#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <set>

#include "support/files.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Process, TellsTheExitStatusAndTheOutput) {
  Outcome outcome = run({"sh", "-c", "cat; echo $WORD >&2; exit 3"}, "in\n", {{"WORD", "err"}});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out, "in\n");
  EXPECT_EQ(outcome.err, "err\n");
}

TEST(Process, AMissingProgramIsAnErrorThatNamesIt) {
  try {
    run({"/no/such/program"});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "cannot run /no/such/program: No such file or directory");
  }
}

TEST(Process, KillsAfterTheTimeAndReportsTheSignal) {
  EXPECT_EQ(run({"sleep", "60"}, {}, {}, milliseconds(50)).status, 137);
}

TEST(Process, TerminateSendsSigterm) {
  TempDir dir;
  ProcessOptions options;
  options.argv = {"sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"};
  options.log = dir.path() / "log";
  Process process(options);
  ASSERT_TRUE(eventually(seconds(10), [&] { return read_file(options.log) == "ready\n"; }));
  EXPECT_TRUE(process.running());
  EXPECT_EQ(process.terminate(), 7);
  EXPECT_FALSE(process.running());
}

TEST(Process, DiesWithTheOneThatStartedIt) {
  ProcessOptions options;
  options.argv = {"sleep", "60"};
  pid_t pid = 0;
  {
    Process process(options);
    pid = process.pid();
    EXPECT_GT(usage_of(pid).threads, 0);
    Process moved = std::move(process);
    EXPECT_TRUE(moved.running());
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Files, TailGivesTheLastLines) {
  TempDir dir;
  write_file(dir.path() / "a/b", "1\n2\n3\n");
  EXPECT_EQ(tail(dir.path() / "a/b", 2), "2\n3\n");
  EXPECT_EQ(tail(dir.path() / "a/b", 9), "1\n2\n3\n");
  EXPECT_EQ(read_file(dir.path() / "none"), "");
}

TEST(Files, FreePortsAreDistinct) {
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(ports.insert(free_port()).second);
  }
}

TEST(HttpClient, ARefusedConnectionIsStatusZero) {
  HttpClient client("http://127.0.0.1:" + std::to_string(free_port()));
  HttpResponse response = client.post("/x", "{}");
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.error.empty());
}

TEST(Sql, ReadsNullsAndLongTextsFromSqlite) {
  TempDir dir;
  Sql sql(sqlite_odbc((dir.path() / "x.db").string()));
  sql.execute("CREATE TABLE T (A INTEGER, B TEXT)");
  const std::string big(20000, 'x');
  sql.execute("INSERT INTO T VALUES (1, NULL), (2, '" + big + "')");
  std::vector<SqlRow> rows = sql.rows("SELECT A, B FROM T ORDER BY A");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[1][1], big);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM T"), 2);
  EXPECT_THROW(sql.execute("SELEKT"), std::runtime_error);
}

}  // namespace
}  // namespace weir::test
