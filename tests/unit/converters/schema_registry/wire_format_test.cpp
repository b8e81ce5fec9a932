#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <converters/schema_registry/subject.hpp>
#include <converters/schema_registry/wire_format.hpp>
#include <string>

namespace weir::converters::schema_registry {
namespace {

using namespace std::string_view_literals;
using ::testing::HasSubstr;

TEST(WireFormat, IsAZeroByteAndABigEndianId) {
  const auto framed = unframe("\0\0\1\2\3data"sv);
  ASSERT_TRUE(framed);
  EXPECT_EQ(framed->id, 0x010203);
  EXPECT_EQ(framed->payload, "data");
  char bytes[kFrameBytes];
  write_frame(bytes, 0x7fffffff);
  EXPECT_EQ(std::string_view(bytes, kFrameBytes), "\0\x7f\xff\xff\xff"sv);
}

TEST(WireFormat, AMessageMayBeNothingButAFrame) {
  const auto framed = unframe("\0\0\0\0\5"sv);
  ASSERT_TRUE(framed);
  EXPECT_EQ(framed->payload, "");
}

TEST(WireFormat, SaysWhatElseItMayBe) {
  EXPECT_THAT(unframe(R"({"a":1})").error().message, HasSubstr("JsonConverter"));
  EXPECT_THAT(unframe("\1abc"sv).error().message, HasSubstr("GUID"));
  EXPECT_THAT(unframe("text").error().message, HasSubstr("Unknown magic byte!"));
  EXPECT_THAT(unframe("").error().message, HasSubstr("Unknown magic byte!"));
  EXPECT_THAT(unframe("\0\0\0\1"sv).error().message, HasSubstr("4 of 5 bytes"));
  EXPECT_EQ(unframe("text").error().code, Errc::bad_record);
}

TEST(SubjectName, FollowsTheStrategy) {
  EXPECT_EQ(*subject_name(SubjectStrategy::topic, "t", Side::key, ""), "t-key");
  EXPECT_EQ(*subject_name(SubjectStrategy::topic, "t", Side::value, "n.R"), "t-value");
  EXPECT_EQ(*subject_name(SubjectStrategy::record, "t", Side::value, "n.R"), "n.R");
  EXPECT_EQ(*subject_name(SubjectStrategy::topic_record, "t", Side::key, "n.R"), "t-n.R");
  const auto none = subject_name(SubjectStrategy::record, "t", Side::key, "");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("key.subject.name.strategy"));
}

TEST(SubjectName, StrategiesAreKnownByAllTheirNames) {
  EXPECT_EQ(subject_strategy("TopicNameStrategy"), SubjectStrategy::topic);
  EXPECT_EQ(subject_strategy("io.confluent.kafka.serializers.subject.RecordNameStrategy"),
            SubjectStrategy::record);
  EXPECT_EQ(subject_strategy("TopicRecordName"), SubjectStrategy::topic_record);
  EXPECT_EQ(subject_strategy("com.example.Mine"), std::nullopt);
}

}  // namespace
}  // namespace weir::converters::schema_registry
