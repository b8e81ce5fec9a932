#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <string>
#include <vector>
#include <weir/testing/fake_host.hpp>

#include "datagen_source.hpp"

namespace weir::connectors::datagen {
namespace {

using std::chrono::milliseconds;

Config fast(Template kind, std::int64_t iterations) {
  Config config;
  config.topic = "made";
  config.quickstart = kind;
  config.max_interval = milliseconds(0);
  config.iterations = iterations;
  config.random_seed = 7;
  return config;
}

std::vector<std::string> poll(DatagenSource& source) {
  testing::TestBatch batch;
  auto view = batch.view();
  EXPECT_TRUE(source.poll(view, milliseconds(0)));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Record record = batch[i];
    EXPECT_EQ(record.topic(), "made");
    out.emplace_back(std::string(record.key().text()) + " " + std::string(record.value().text()));
  }
  return out;
}

TEST(Datagen, makes_as_many_as_told_and_then_rests) {
  testing::FakeTask host;
  DatagenSource source(fast(Template::sequence, 3), host.task());
  ASSERT_TRUE(source.start());
  EXPECT_EQ(poll(source), (std::vector<std::string>{"0 {\"task\":0,\"sequence\":0}",
                                                    "1 {\"task\":0,\"sequence\":1}",
                                                    "2 {\"task\":0,\"sequence\":2}"}));
  EXPECT_TRUE(poll(source).empty());
}

TEST(Datagen, goes_on_after_a_restart_with_the_records_that_would_have_come) {
  testing::FakeTask host;
  DatagenSource whole(fast(Template::sales, 10), host.task());
  ASSERT_TRUE(whole.start());
  const auto all = poll(whole);
  ASSERT_EQ(all.size(), 10u);

  host.on_read_offset([](const Value& partition, Arena arena) -> Value {
    EXPECT_EQ(partition.find("task")->as_integer(), 0);
    return ObjectBuilder(arena).add("iteration", Value::int64(4)).map();
  });
  DatagenSource resumed(fast(Template::sales, 10), host.task());
  ASSERT_TRUE(resumed.start());
  EXPECT_EQ(poll(resumed), std::vector<std::string>(all.begin() + 4, all.end()));
}

TEST(Datagen, without_a_seed_the_first_start_chooses_one_and_the_offset_keeps_it) {
  auto config = fast(Template::users, 2);
  config.random_seed.reset();
  testing::FakeTask host;
  DatagenSource first(config, host.task());
  ASSERT_TRUE(first.start());
  testing::TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(first.poll(view, milliseconds(0)));
  ASSERT_EQ(batch.size(), 2u);
  const Value offset = batch[0].c()->source_offset;
  const std::int64_t seed = offset.find("random.seed")->as_integer();
  EXPECT_EQ(offset.find("iteration")->as_integer(), 1);

  host.on_read_offset([&](const Value&, Arena arena) -> Value {
    return ObjectBuilder(arena)
        .add("iteration", Value::int64(1))
        .add("random.seed", Value::int64(seed))
        .map();
  });
  DatagenSource second(config, host.task());
  ASSERT_TRUE(second.start());
  const auto rest = poll(second);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0],
            std::string(batch[1].key().text()) + " " + std::string(batch[1].value().text()));
}

TEST(Datagen, keeps_the_pace) {
  auto config = fast(Template::sequence, -1);
  config.max_interval = std::chrono::hours(24);
  testing::FakeTask host;
  DatagenSource source(config, host.task());
  ASSERT_TRUE(source.start());
  EXPECT_TRUE(poll(source).empty());
}

TEST(Datagen, every_template_makes_an_object_and_sales_have_ids_of_their_own) {
  for (const Template kind :
       {Template::sales, Template::orders, Template::users, Template::sequence}) {
    std::set<std::string> keys;
    Generated made;
    for (std::int64_t i = 0; i < 2000; ++i) {
      generate(kind, {3, i}, 1, made);
      ASSERT_TRUE(boost::json::parse(made.value).is_object()) << made.value;
      keys.insert(made.key);
    }
    EXPECT_TRUE(kind == Template::users || keys.size() == 2000);
  }
}

TEST(Datagen, sales_add_up) {
  Generated made;
  for (std::int64_t i = 0; i < 500; ++i) {
    generate(Template::sales, {0, i}, 5, made);
    const auto sale = boost::json::parse(made.value).as_object();
    std::int64_t total = 0;
    for (const auto& item : sale.at("items").as_array()) {
      const auto& line = item.as_object();
      std::int64_t net = line.at("extCents").as_int64();
      for (const auto& discount : line.at("discs").as_array()) {
        net += discount.at("cents").as_int64();
      }
      EXPECT_EQ(net, line.at("netCents").as_int64());
      total += net;
    }
    EXPECT_EQ(total, sale.at("totCents").as_int64());
    std::int64_t paid = 0;
    for (const auto& tender : sale.at("tenders").as_array()) {
      paid += tender.at("cents").as_int64() - tender.at("changeCents").as_int64();
    }
    EXPECT_EQ(paid, total);
    EXPECT_EQ(made.key, "S-" + std::string(sale.at("storeNo").as_string()) + "-" +
                            std::string(sale.at("regNo").as_string()) + "-" +
                            std::string(sale.at("bizDate").as_string()) + "-" +
                            std::string(sale.at("txnNo").as_string()));
  }
}

TEST(Datagen, text_output_has_a_schema_and_aliases_are_accepted) {
  ConfigProblems problems;
  const Config config = DatagenSource::describe().parse(
      {{"topic", "made"}, {"template", "USERS"}, {"output", "text"}, {"max.interval.ms", "0"}},
      problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(config.quickstart, Template::users);
  testing::FakeTask host;
  DatagenSource source(config, host.task());
  ASSERT_TRUE(source.start());
  testing::TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(source.poll(view, milliseconds(0)));
  ASSERT_EQ(batch.size(), 500u);
  EXPECT_EQ(batch[0].value().type(), Kind::string);
  EXPECT_NE(batch[0].value_schema(), nullptr);
  const auto tasks = DatagenSource::task_configs({{"topic", "made"}}, 3);
  ASSERT_TRUE(tasks);
  EXPECT_EQ(tasks->size(), 3u);
}

}  // namespace
}  // namespace weir::connectors::datagen
