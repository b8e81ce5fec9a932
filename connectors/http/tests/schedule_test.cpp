#include "schedule.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace weir::connectors::http {
namespace {

using std::chrono::milliseconds;

class ScheduleTest : public ::testing::Test {
 protected:
  Delivery* make(std::size_t lane, std::int32_t partition = 0) {
    records_.push_back(std::make_unique<Delivery>());
    Delivery* d = records_.back().get();
    d->index = records_.size() - 1;
    d->lane_hash = lane;
    d->partition = partition;
    d->topic = "t";
    d->body = "12345";
    d->arrived = now_;
    return d;
  }
  static std::string ids(const std::vector<Delivery*>& list) {
    std::string out;
    for (const Delivery* d : list) {
      out += std::to_string(d->index) + " ";
    }
    return out;
  }
  static std::string ids(const Shipment* s) { return s == nullptr ? "none" : ids(s->records); }

  Config config_;
  Clock::time_point now_ = Clock::time_point{} + std::chrono::hours(1);
  std::vector<std::unique_ptr<Delivery>> records_;
};

TEST_F(ScheduleTest, OneOfALaneAtATimeInOrder) {
  Schedule s(config_);
  s.add(make(1));
  s.add(make(1));
  s.add(make(2));
  Shipment* first = s.take(now_, false);
  EXPECT_EQ(ids(first), "0 ");
  EXPECT_EQ(ids(s.take(now_, false)), "2 ");
  EXPECT_FALSE(s.ready(now_));
  s.release(first);
  EXPECT_EQ(ids(s.take(now_, false)), "1 ");
}

TEST_F(ScheduleTest, ARetryBlocksItsLaneOnly) {
  Schedule s(config_);
  s.add(make(1));
  s.add(make(1));
  s.add(make(2));
  Shipment* first = s.take(now_, false);
  s.park(first, now_ + milliseconds(100), false);
  EXPECT_EQ(ids(s.take(now_, false)), "2 ");
  EXPECT_EQ(s.take(now_, false), nullptr);
  EXPECT_EQ(s.next_due(), now_ + milliseconds(100));
  EXPECT_EQ(s.take(now_ + milliseconds(100), false), first);
}

TEST_F(ScheduleTest, WithoutOrderingNothingWaits) {
  config_.ordering = Ordering::none;
  Schedule s(config_);
  for (int i = 0; i < 3; ++i) {
    s.add(make(1));
  }
  Shipment* first = s.take(now_, false);
  s.park(first, now_ + milliseconds(100), false);
  EXPECT_EQ(ids(s.take(now_, false)), "1 ");
  EXPECT_EQ(ids(s.take(now_, false)), "2 ");
}

TEST_F(ScheduleTest, EachProbeTakesTheHeadOfAnotherLane) {
  Schedule s(config_);
  for (std::size_t lane : {1u, 2u, 3u, 1u}) {
    s.add(make(lane));
  }
  std::string order;
  for (int i = 0; i < 5; ++i) {
    Shipment* probe = s.take(now_, true);
    order += ids(probe);
    s.put_back(probe);
  }
  EXPECT_EQ(order, "0 1 2 0 1 ");
}

TEST_F(ScheduleTest, AProbeWaitsForNoBackoffButForRetryAfter) {
  Schedule s(config_);
  s.add(make(1));
  s.add(make(2));
  Shipment* a = s.take(now_, false);
  Shipment* b = s.take(now_, false);
  s.park(a, now_ + milliseconds(10), true);
  EXPECT_FALSE(s.ready_for_probe(now_));
  s.park(b, now_ + milliseconds(50), false);
  EXPECT_FALSE(s.ready(now_));
  EXPECT_TRUE(s.ready_for_probe(now_));
  EXPECT_EQ(s.take(now_, true), b);
  EXPECT_EQ(s.take(now_, true), nullptr);
  EXPECT_EQ(s.take(now_ + milliseconds(10), true), a);
}

TEST_F(ScheduleTest, AFailedProbeGoesBehindThoseThatWereNoneYet) {
  Schedule s(config_);
  for (std::size_t lane : {1u, 2u, 3u}) {
    s.add(make(lane));
  }
  for (int i = 0; i < 3; ++i) {
    s.park(s.take(now_, false), now_ + milliseconds(100 * (i + 1)), false);
  }
  std::string order;
  for (int i = 0; i < 6; ++i) {
    Shipment* probe = s.take(now_, true);
    order += ids(probe);
    s.put_back(probe);
  }
  EXPECT_EQ(order, "0 1 2 0 1 2 ");
}

TEST_F(ScheduleTest, BatchesTakeWholeLanesInOrder) {
  config_.batch_size = 4;
  Schedule s(config_);
  for (std::size_t lane : {1u, 2u, 1u, 2u, 1u, 3u}) {
    s.add(make(lane));
  }
  Shipment* first = s.take(now_, false);
  EXPECT_EQ(ids(first), "0 2 4 1 ");
  EXPECT_EQ(ids(s.take(now_, false)), "5 ");  // 3 waits: its lane is under way
  s.release(first);
  EXPECT_EQ(ids(s.take(now_, false)), "3 ");
}

TEST_F(ScheduleTest, BatchesStayBelowTheirBytesAndApartByGroup) {
  config_.batch_size = 10;
  config_.batch_bytes = 16;
  Schedule s(config_);
  for (std::size_t lane = 0; lane < 4; ++lane) {
    s.add(make(lane));
  }
  EXPECT_EQ(ids(s.take(now_, false)), "0 1 ");
  EXPECT_EQ(ids(s.take(now_, false)), "2 3 ");
  const char* groups[] = {"a", "b", "a"};
  for (std::size_t lane = 0; lane < 3; ++lane) {
    Delivery* d = make(10 + lane);
    d->group = groups[lane];
    s.add(d);
  }
  EXPECT_EQ(ids(s.take(now_, false)), "4 6 ");
  EXPECT_EQ(ids(s.take(now_, false)), "5 ");
}

TEST_F(ScheduleTest, LingersUntilFullOrDueOrHurried) {
  config_.batch_size = 3;
  config_.linger = milliseconds(100);
  Schedule s(config_);
  s.add(make(1));
  EXPECT_FALSE(s.ready(now_));
  EXPECT_EQ(s.next_due(), now_ + milliseconds(100));
  EXPECT_TRUE(s.ready(now_ + milliseconds(100)));
  s.add(make(2));
  s.add(make(3));
  EXPECT_EQ(ids(s.take(now_, false)), "0 1 2 ");
  s.add(make(4));
  EXPECT_FALSE(s.ready(now_));
  s.hurry();
  EXPECT_EQ(ids(s.take(now_, false)), "3 ");
  s.add(make(5));
  EXPECT_FALSE(s.ready(now_));
}

TEST_F(ScheduleTest, SplitsInHalvesFirstHalfFirst) {
  config_.batch_size = 5;
  Schedule s(config_);
  for (std::size_t lane = 0; lane < 5; ++lane) {
    s.add(make(lane));
  }
  Shipment* all = s.take(now_, false);
  Schedule::split(all);
  EXPECT_EQ(all->current().begin, 0u);
  EXPECT_EQ(all->current().end, 2u);
  all->todo.pop_back();
  EXPECT_EQ(all->current().begin, 2u);
  EXPECT_EQ(all->current().end, 5u);
}

TEST_F(ScheduleTest, RemovesWhatBelongsToAPartition) {
  config_.batch_size = 2;
  Schedule s(config_);
  s.add(make(1, 7));
  s.add(make(2, 8));
  s.add(make(1, 7));
  s.add(make(1, 8));
  Shipment* waits = s.take(now_, false);
  EXPECT_EQ(ids(waits), "0 2 ");
  s.put_back(waits);
  Shipment* goes = s.take(now_, true);
  EXPECT_EQ(ids(goes), "1 ");
  const auto gone = s.remove([](const Delivery& d) { return d.partition == 7; });
  EXPECT_EQ(gone.size(), 2u);
  EXPECT_EQ(ids(s.take(now_, false)), "3 ");
  EXPECT_EQ(s.take(now_, false), nullptr);
  EXPECT_TRUE(s.empty());
}

TEST_F(ScheduleTest, WhatIsLeftOfADissolvedShipmentKeepsItsPlace) {
  config_.batch_size = 3;
  Schedule s(config_);
  s.add(make(1, 7));
  s.add(make(1, 8));
  s.add(make(1, 8));
  s.add(make(1, 8));
  Shipment* first = s.take(now_, false);
  EXPECT_EQ(ids(first), "0 1 2 ");
  EXPECT_EQ(ids(s.dissolve(first, [](const Delivery& d) { return d.partition == 7; })), "0 ");
  EXPECT_EQ(ids(s.take(now_, false)), "1 2 3 ");
}

}  // namespace
}  // namespace weir::connectors::http
