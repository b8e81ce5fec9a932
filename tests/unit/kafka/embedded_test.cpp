// Producer, consumer and admin against the broker in the process.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>  // after rdkafka.h

#include "embedded_fixture.hpp"

namespace weir::runtime::kafka {
namespace {

TEST_F(Embedded, CreatingATopicTwiceIsFineAndNonsenseIsRefused) {
  EXPECT_TRUE(broker->create_topic("a", 3));
  EXPECT_TRUE(broker->create_topic("a", 3));
  EXPECT_FALSE(broker->create_topic("", 1));
  EXPECT_FALSE(broker->create_topic("b", 0));
}

TEST_F(Embedded, RecordsComeBackAsTheyWereSent) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  auto producer = Producer::create(config());
  ASSERT_TRUE(producer) << producer.error().message;
  CollectReports reports;
  auto channel = (*producer)->open_channel(reports);
  ASSERT_TRUE(channel);
  const std::string binary("\0\xff\n", 3);
  Headers headers;
  headers.add("trace", "abc");
  headers.add("null", std::nullopt);
  headers.add("empty", "");
  headers.add("trace", binary);
  ASSERT_TRUE(channel->produce(
      {.topic = "t", .partition = 0, .key = "k", .value = binary, .timestamp = 1700000000123},
      headers, 1));
  EXPECT_TRUE(headers.empty());
  ASSERT_TRUE(
      channel->produce({.topic = "t", .partition = 0, .key = "k", .value = std::nullopt}, 2));
  ASSERT_TRUE(
      channel->produce({.topic = "t", .partition = 0, .key = std::nullopt, .value = ""}, 3));
  ASSERT_TRUE(
      channel->produce({.topic = "t", .partition = 0, .key = std::string_view{}, .value = "v"},
                       DeliveryChannel::kMaxTag));
  ASSERT_TRUE((*producer)->flush(in(seconds(10))));

  const auto seen = reports.reports();
  ASSERT_EQ(seen.size(), 4U);
  for (const auto& [tag, of_tag] : seen) {
    ASSERT_EQ(of_tag.size(), 1U) << tag;
    EXPECT_EQ(of_tag[0].code, RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_EQ(of_tag[0].partition, 0);
  }
  EXPECT_EQ(seen.at(1)[0].offset, 0);
  EXPECT_EQ(seen.at(DeliveryChannel::kMaxTag)[0].offset, 3);
  EXPECT_EQ(channel->in_flight(), 0);
  EXPECT_EQ(channel->in_flight_bytes(), 0);

  auto consumer = reader("t", 1);
  const auto got = read(*consumer, 4);
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[0].topic(), "t");
  EXPECT_EQ(got[0].partition(), 0);
  EXPECT_EQ(got[0].offset(), 0);
  EXPECT_EQ(got[0].key(), "k");
  EXPECT_EQ(got[0].value(), binary);
  EXPECT_EQ(got[0].timestamp(), 1700000000123);
  EXPECT_EQ(got[0].timestamp_type(), TimestampType::create_time);
  EXPECT_EQ(got[0].size(), 4U);
  std::vector<std::pair<std::string, std::optional<std::string>>> seen_headers;
  EXPECT_TRUE(
      got[0].for_each_header([&](std::string_view name, std::optional<std::string_view> value) {
        seen_headers.emplace_back(std::string(name),
                                  value ? std::optional<std::string>(*value) : std::nullopt);
      }));
  const decltype(seen_headers) expected{
      {"trace", "abc"}, {"null", std::nullopt}, {"empty", ""}, {"trace", binary}};
  EXPECT_EQ(seen_headers, expected);
  EXPECT_EQ(got[1].value(), std::nullopt);
  EXPECT_EQ(got[1].header_count(), 0U);
  EXPECT_EQ(got[2].key(), std::nullopt);
  EXPECT_EQ(got[2].value(), "");
  EXPECT_EQ(got[3].key(), "");
}

TEST_F(Embedded, KeysChooseThePartitionAsJavaDoes) {
  ASSERT_TRUE(broker->create_topic("t", 10));
  auto producer = Producer::create(config());
  ASSERT_TRUE(producer);
  CollectReports reports;
  auto channel = (*producer)->open_channel(reports);
  ASSERT_TRUE(channel);
  // Java: toPositive(murmur2(key)) % 10, from Kafka's own test vectors of murmur2 ("21":
  // -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536).
  const std::vector<std::string> keys{"21", "foobar", "a-little-bit-long-string"};
  const std::vector<std::int32_t> murmur2{-973932308, -790332482, -985981536};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(channel->produce({.topic = "t", .key = keys[i], .value = "v"}, i));
  }
  ASSERT_TRUE((*producer)->flush(in(seconds(10))));
  auto seen = reports.reports();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(seen.at(i).at(0).partition, (murmur2[i] & 0x7fffffff) % 10) << keys[i];
  }
}

TEST_F(Embedded, ARefusedRecordLeavesItsHeadersAndIsNotReported) {
  auto producer = Producer::create(config().set("max.request.size", "2000"));
  ASSERT_TRUE(producer);
  CollectReports reports;
  auto channel = (*producer)->open_channel(reports);
  ASSERT_TRUE(channel);
  Headers headers;
  headers.add("a", "b");
  const auto sent = channel->produce({.topic = "t", .value = std::string(3000, 'x')}, headers, 1);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::bad_record);
  EXPECT_EQ(headers.size(), 1U);
  EXPECT_EQ(channel->in_flight(), 0);
  ASSERT_TRUE((*producer)->flush(in(seconds(5))));
  EXPECT_TRUE(reports.reports().empty());
}

TEST_F(Embedded, AChannelsBudgetIsBackPressureForThatChannelOnly) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  ASSERT_TRUE(broker->set_reachable(false));
  auto producer = Producer::create(config());
  ASSERT_TRUE(producer);
  CollectReports reports;
  auto small = (*producer)->open_channel(reports, 1000);
  auto other = (*producer)->open_channel(reports);
  ASSERT_TRUE(small && other);
  const std::string value(600, 'x');
  const OutgoingRecord record{.topic = "t", .partition = 0, .value = value};
  ASSERT_TRUE(small->produce(record, 1));
  EXPECT_EQ(small->in_flight_bytes(), 600);
  auto full = small->produce(record, 2);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::retriable);
  Headers none;
  EXPECT_FALSE(small->produce_wait(record, none, 2, in(milliseconds(30))));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(small->produce_wait(record, none, 2, in(seconds(60)), stop.get_token()));
  EXPECT_TRUE(other->produce(record, 3));
  EXPECT_FALSE((*producer)->flush(in(milliseconds(20))));

  (*producer)->purge();
  ASSERT_TRUE((*producer)->flush(in(seconds(10))));
  const auto seen = reports.reports();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(kind_of(seen.at(1)[0].code), ErrorKind::purged);
  EXPECT_EQ(small->in_flight_bytes(), 0);
}

TEST_F(Embedded, ReportsOfAClosedChannelAreDropped) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  auto producer = Producer::create(config());
  ASSERT_TRUE(producer);
  CollectReports gone;
  CollectReports stays;
  auto channel = (*producer)->open_channel(gone);
  auto second = (*producer)->open_channel(stays);
  ASSERT_TRUE(channel && second);
  ASSERT_TRUE(broker->set_reachable(false));
  ASSERT_TRUE(channel->produce({.topic = "t", .partition = 0, .value = "1"}, 1));
  channel->close();
  CollectReports next;
  auto third = (*producer)->open_channel(next);  // must not inherit the reports of the first
  ASSERT_TRUE(third);
  ASSERT_TRUE(broker->set_reachable(true));
  ASSERT_TRUE(second->produce({.topic = "t", .partition = 0, .value = "2"}, 2));
  ASSERT_TRUE((*producer)->flush(in(seconds(20))));
  EXPECT_TRUE(gone.reports().empty());
  EXPECT_TRUE(next.reports().empty());
  EXPECT_EQ(stays.reports().size(), 1U);
}

TEST_F(Embedded, PauseStopsDeliveryAndResumeGoesOnWithoutLossOrRepetition) {
  ASSERT_TRUE(broker->create_topic("t", 2));
  fill("t", 50, 0);
  fill("t", 50, 1);
  auto consumer = reader("t", 2);
  auto first = read(*consumer, 10);
  EXPECT_TRUE(consumer->resume({{"t", 0}}));  // not paused: nothing may happen
  ASSERT_TRUE(consumer->pause_all());
  EXPECT_TRUE(consumer->paused({"t", 0}));
  EXPECT_TRUE(consumer->any_paused());
  auto silent = consumer->poll(milliseconds(200));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(silent));
  ASSERT_TRUE(consumer->resume_all());
  EXPECT_FALSE(consumer->any_paused());
  auto rest = read(*consumer, 90);
  std::map<std::pair<std::int32_t, std::int64_t>, int> seen;
  for (auto* part : {&first, &rest}) {
    for (const auto& m : *part) {
      ++seen[{m.partition(), m.offset()}];
    }
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_TRUE(consumer->pause({{"other", 0}}));  // not assigned: passed over
  EXPECT_FALSE(consumer->paused({"other", 0}));
}

TEST_F(Embedded, AReassignedPartitionIsNotPausedAnyMore) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  fill("t", 10);
  auto consumer = reader("t", 1);
  read(*consumer, 1);
  ASSERT_TRUE(consumer->pause_all());
  const auto epoch = consumer->assignment_epoch();
  ASSERT_TRUE(consumer->unassign());
  ASSERT_TRUE(consumer->assign({{"t", 0, 3}}));
  EXPECT_EQ(consumer->assignment_epoch(), epoch + 2);
  EXPECT_FALSE(consumer->any_paused());
  EXPECT_EQ(read(*consumer, 7).front().offset(), 3);
}

TEST_F(Embedded, SeekMovesThePositionAndDropsWhatWasFetched) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  fill("t", 100);
  auto consumer = reader("t", 1);
  read(*consumer, 20);
  auto position = consumer->position({{"t", 0}});
  ASSERT_TRUE(position);
  EXPECT_EQ((*position)[0].offset, 20);
  ASSERT_TRUE(consumer->seek({"t", 0, 5}, seconds(5)));
  const auto again = read(*consumer, 1);
  EXPECT_EQ(again.at(0).offset(), 5);
  const auto missing = consumer->seek({"t", 7, 0}, seconds(5));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::fatal);
}

TEST_F(Embedded, LagIsKnownFromTheSamplerAndThePosition) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  fill("t", 100);
  auto consumer = reader("t", 1);
  read(*consumer, 40);
  const auto lag = consumer->lag();
  ASSERT_EQ(lag.size(), 1U);
  EXPECT_EQ(lag[0].end, 100);
  EXPECT_EQ(lag[0].position, 40);
  EXPECT_EQ(lag[0].records(), 60);
}

TEST_F(Embedded, WakeEndsAPoll) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  auto consumer = reader("t", 1);
  consumer->wake();
  const auto before = Clock::now();
  auto polled = consumer->poll(seconds(30));
  EXPECT_LT(Clock::now() - before, seconds(20));
}

TEST_F(Embedded, OffsetsAtBothEnds) {
  ASSERT_TRUE(broker->create_topic("t", 2));
  fill("t", 7, 1);
  auto consumer = reader("t", 2);
  const auto count = consumer->partition_count("t", seconds(5));
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 2);
  const std::vector<TopicPartition> both{{"t", 0}, {"t", 1}};
  const auto begin = consumer->beginning_offsets(both, seconds(5));
  const auto end = consumer->end_offsets(both, seconds(5));
  ASSERT_TRUE(begin && end);
  EXPECT_EQ((*begin)[1].offset, 0);
  EXPECT_EQ((*end)[0].offset, 0);
  EXPECT_EQ((*end)[1].offset, 7);
}

TEST_F(Embedded, PartitionEndIsAnEventWhenAskedFor) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  fill("t", 3);
  auto consumer = reader("t", 1, {{"enable.partition.eof", "true"}});
  const auto deadline = in(seconds(20));
  std::optional<ClientError> end;
  while (!end && Clock::now() < deadline) {
    auto polled = consumer->poll(milliseconds(100));
    if (auto* e = std::get_if<ClientError>(&polled)) {
      end = *e;
    }
  }
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, ErrorKind::partition_end);
  EXPECT_EQ(end->offset, 3);
  EXPECT_EQ(end->topic, "t");
}

class Listener final : public RebalanceListener {
 public:
  void on_assigned(std::vector<TopicPartitionOffset>& partitions) override {
    assigned = partitions;
    epoch_at_assign = consumer->assignment_epoch();
    for (auto& p : partitions) {
      if (p.partition == 0) {
        p.offset = 4;
      }
    }
    EXPECT_TRUE(consumer->pause({{"t", 1}}));
  }
  void on_revoked(const std::vector<TopicPartition>& partitions, bool is_lost) override {
    revoked = partitions;
    lost = is_lost;
    epoch_at_revoke = consumer->assignment_epoch();
    if (!commit.empty()) {
      committed_ok = consumer->commit_and_wait(commit, seconds(5)).has_value();
    }
    if (throws) {
      throw std::runtime_error("boom");
    }
  }

  Consumer* consumer{nullptr};
  std::vector<TopicPartitionOffset> assigned;
  std::vector<TopicPartitionOffset> commit;
  std::vector<TopicPartition> revoked;
  std::uint64_t epoch_at_assign{0};
  std::uint64_t epoch_at_revoke{0};
  bool lost{true};
  bool committed_ok{false};
  bool throws{false};
};

TEST_F(Embedded, AGroupMemberIsAssignedCommitsAndLeaves) {
  ASSERT_TRUE(broker->create_topic("t", 2));
  fill("t", 10, 0);
  fill("t", 10, 1);
  Listener listener;
  auto made =
      Consumer::create(config().merge({{"group.id", "g"}, {"auto.offset.reset", "earliest"}}),
                       {.listener = &listener});
  ASSERT_TRUE(made) << made.error().message;
  auto& consumer = **made;
  listener.consumer = &consumer;
  ASSERT_TRUE(consumer.subscribe({"^t$"}));
  auto got = read(consumer, 6);  // partition 0 from 4; partition 1 was paused in the callback
  ASSERT_EQ(listener.assigned.size(), 2U);
  EXPECT_EQ(consumer.assignment().size(), 2U);
  EXPECT_EQ(got.front().offset(), 4);
  for (const auto& m : got) {
    EXPECT_EQ(m.partition(), 0);
  }
  EXPECT_TRUE(consumer.paused({"t", 1}));
  ASSERT_TRUE(consumer.resume_all());
  EXPECT_EQ(read(consumer, 10).front().partition(), 1);

  std::optional<Result<void>> answer;
  consumer.commit({{"t", 0, 7}}, [&](const Result<void>& r) { answer = r; });
  EXPECT_EQ(consumer.outstanding_commits(), 1U);
  for (const auto deadline = in(seconds(10)); !answer && Clock::now() < deadline;) {
    auto ignored = consumer.poll(milliseconds(50));
  }
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has_value());
  ASSERT_TRUE(consumer.commit_and_wait({{"t", 1, 9}}, seconds(5)));
  auto committed = consumer.committed({{"t", 0}, {"t", 1}}, seconds(5));
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ((*committed)[0].offset, 7);
  EXPECT_EQ((*committed)[1].offset, 9);
  EXPECT_TRUE(consumer.group_metadata());

  listener.commit = {{"t", 0, 10}};
  got.clear();
  EXPECT_TRUE(consumer.close(seconds(10)));
  EXPECT_EQ(listener.revoked.size(), 2U);
  EXPECT_FALSE(listener.lost);
  EXPECT_TRUE(listener.committed_ok);
  EXPECT_EQ(listener.epoch_at_revoke, listener.epoch_at_assign);
  EXPECT_GT(consumer.assignment_epoch(), listener.epoch_at_revoke);
  made->reset();

  auto admin = Admin::create(config(), broker.get());
  ASSERT_TRUE(admin);
  const auto listed = (*admin)->list_group_offsets("g", {{"t", 0}, {"t", 1}}, seconds(10));
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].position.offset, 10);
}

TEST_F(Embedded, AThrowingListenerBecomesAnErrorAndTheMemberStillLeaves) {
  ASSERT_TRUE(broker->create_topic("t", 2));
  fill("t", 10, 0);
  Listener listener;
  listener.throws = true;
  auto made =
      Consumer::create(config().merge({{"group.id", "g"}, {"auto.offset.reset", "earliest"}}),
                       {.listener = &listener});
  ASSERT_TRUE(made);
  listener.consumer = made->get();
  ASSERT_TRUE((*made)->subscribe({"t"}));
  read(**made, 1);
  EXPECT_TRUE((*made)->close(seconds(10)));
  EXPECT_EQ(listener.revoked.size(), 2U);
}

TEST_F(Embedded, CommitsToAnUnreachableBrokerFailAtTheirDeadline) {
  ASSERT_TRUE(broker->create_topic("t", 1));
  fill("t", 1);
  auto consumer = reader("t", 1, {{"group.id", "g"}}, {.commit_deadline = milliseconds(50)});
  read(*consumer, 1);
  ASSERT_TRUE(broker->set_reachable(false));
  const auto waited = consumer->commit_and_wait({{"t", 0, 1}}, milliseconds(50));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Errc::retriable);
  std::optional<Result<void>> answer;
  consumer->commit({{"t", 0, 1}}, [&](const Result<void>& r) { answer = r; });
  for (const auto deadline = in(seconds(10)); !answer && Clock::now() < deadline;) {
    auto ignored = consumer->poll(milliseconds(20));
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, Errc::retriable);
  const auto before = Clock::now();
  consumer->close(milliseconds(300));
  consumer.reset();
  EXPECT_LT(Clock::now() - before, seconds(3));
}

TEST_F(Embedded, TransactionsCommitRecordsAndOffsets) {
  ASSERT_TRUE(broker->create_topic("out", 1));
  auto made = TransactionalProducer::create(config(), "w-relay-0");
  ASSERT_TRUE(made) << made.error().message;
  auto& tx = **made;
  const auto init = tx.init(in(seconds(20)));
  ASSERT_TRUE(init) << init.error.message;
  CollectReports reports;
  auto channel = tx.producer().open_channel(reports);
  ASSERT_TRUE(channel);
  ASSERT_TRUE(tx.begin());
  ASSERT_TRUE(channel->produce({.topic = "out", .partition = 0, .value = "1"}, 1));
  const auto offsets = tx.send_offsets({{"in", 0, 5}}, GroupMetadata("g"), in(seconds(10)));
  ASSERT_TRUE(offsets) << offsets.error.message;
  const auto committed = tx.commit(in(seconds(10)));
  ASSERT_TRUE(committed) << committed.error.message;
  EXPECT_EQ(reports.reports().at(1).at(0).code, RD_KAFKA_RESP_ERR_NO_ERROR);

  const auto misuse = tx.commit(in(seconds(1)));  // none is open
  EXPECT_FALSE(misuse);
  EXPECT_EQ(misuse.action, TransactionStatus::Action::fatal);
  EXPECT_FALSE(misuse.fenced);
}

TEST_F(Embedded, AdminMakesTopicsByTheBrokersOwnCallAndRefusesWhatWouldAbort) {
  auto admin = Admin::create(config(), broker.get());
  ASSERT_TRUE(admin) << admin.error().message;
  ASSERT_TRUE((*admin)->create_topics(
      {{"a", 3, 1, {{"cleanup.policy", "compact"}}}, {"b", -1, -1, {}}}, seconds(5)));
  ASSERT_TRUE((*admin)->create_topics({{"a", 3, 1, {}}}, seconds(5)));
  const auto topics = (*admin)->describe_topics({"a", "b"}, seconds(10));
  ASSERT_TRUE(topics) << topics.error().message;
  ASSERT_EQ(topics->size(), 2U);
  EXPECT_EQ((*topics)[0].partitions, 3);
  EXPECT_EQ((*topics)[1].partitions, 1);
  const auto cluster = (*admin)->describe_cluster(seconds(5));
  ASSERT_TRUE(cluster);
  EXPECT_EQ(cluster->brokers, 1);
  EXPECT_FALSE(cluster->cluster_id.empty());

  for (const auto& refused : {(*admin)->delete_group("g", seconds(5)).error(),
                              (*admin)->delete_group_offsets("g", {{"a", 0}}, seconds(5)).error(),
                              (*admin)->topic_configs("a", seconds(5)).error()}) {
    EXPECT_EQ(refused.code, Errc::bad_config);
    EXPECT_NE(refused.message.find("embedded broker"), std::string::npos) << refused.message;
  }
  auto unaware = Admin::create(config());  // somebody forgot to say so
  ASSERT_TRUE(unaware);
  EXPECT_EQ((*unaware)->delete_group("g", seconds(5)).error().code, Errc::bad_config);
}

TEST_F(Embedded, AdminSetsAndListsGroupOffsets) {
  ASSERT_TRUE(broker->create_topic("t", 2));
  auto admin = Admin::create(config(), broker.get());
  ASSERT_TRUE(admin);
  const auto altered =
      (*admin)->alter_group_offsets("g", {{"t", 0, 11}, {"t", 1, 12}}, seconds(10));
  ASSERT_TRUE(altered) << altered.error().message;
  ASSERT_EQ(altered->size(), 2U);
  EXPECT_EQ((*altered)[0].code, 0);
  const auto listed = (*admin)->list_group_offsets("g", {{"t", 0}, {"t", 1}}, seconds(10));
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[1].position.offset, 12);
}

// rd_kafka_ListConsumerGroupOffsets() of 2.0.2 crashed the process here.
TEST(Admin, ListsGroupOffsetsWhileTheCoordinatorMoves) {
  constexpr std::int16_t kOffsetFetch = 9;
  char reason[256];
  ConfHandle conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "log_level", "0", reason, sizeof reason);
  auto rk = new_client(ClientRole::producer, std::move(conf));
  ASSERT_TRUE(rk);
  const ClientHandle owner(*rk);
  rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(*rk, 1);
  ASSERT_EQ(rd_kafka_mock_topic_create(cluster, "t", 2, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  {
    auto admin = Admin::create({{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster)}});
    ASSERT_TRUE(admin);
    ASSERT_TRUE((*admin)->alter_group_offsets("g", {{"t", 1, 7}}, seconds(10)));
    rd_kafka_mock_push_request_errors(cluster, kOffsetFetch, 2, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE);
    const auto all = (*admin)->list_group_offsets("g", {}, seconds(20));
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ((*all)[0].position, (TopicPartitionOffset{"t", 1, 7}));
    rd_kafka_mock_push_request_errors(cluster, kOffsetFetch, 1, RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
    EXPECT_TRUE((*admin)->list_group_offsets("g", {{"t", 0}}, seconds(20)));
  }
  rd_kafka_mock_cluster_destroy(cluster);
}

TEST_F(Embedded, AnUnreachableClusterIsRetriableWithinTheDeadline) {
  auto admin = Admin::create({{"bootstrap.servers", "127.0.0.1:1"}});
  ASSERT_TRUE(admin);
  const auto cluster = (*admin)->describe_cluster(milliseconds(200));
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, Errc::retriable);
  const auto made = (*admin)->create_topics({{"a", 1, 1, {}}}, milliseconds(200));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::retriable);
}

}  // namespace
}  // namespace weir::runtime::kafka
