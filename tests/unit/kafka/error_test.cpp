#include "runtime/kafka/error.hpp"

#include <gtest/gtest.h>

#include "runtime/kafka/version.hpp"

namespace weir::runtime::kafka {
namespace {

TEST(Error, MapsCodesToKindsAndClasses) {
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), ErrorKind::transport);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), ErrorKind::unknown_topic);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET), ErrorKind::auto_offset_reset);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED), ErrorKind::max_poll_exceeded);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR__FENCED), ErrorKind::fenced);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), ErrorKind::bad_message);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED), ErrorKind::authorization);
  EXPECT_EQ(kind_of(RD_KAFKA_RESP_ERR__AUTHENTICATION), ErrorKind::authentication);
  EXPECT_EQ(errc_of(ErrorKind::transport), Errc::retriable);
  EXPECT_EQ(errc_of(ErrorKind::bad_message), Errc::bad_record);
  EXPECT_EQ(errc_of(ErrorKind::authentication), Errc::bad_config);
  EXPECT_EQ(errc_of(ErrorKind::auto_offset_reset), Errc::fatal);
  EXPECT_EQ(errc_of(ErrorKind::fenced), Errc::fatal);
}

TEST(Error, TextSaysWhatWasTriedAndWhy) {
  const Error e = make_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "Reading orders-3");
  EXPECT_EQ(e.code, Errc::retriable);
  EXPECT_EQ(e.message.find("Reading orders-3: "), 0U);
  EXPECT_NE(e.message.find("UNKNOWN_TOPIC_OR_PART"), std::string::npos);
}

TEST(Version, WarnsBelow23Only) {
  EXPECT_TRUE(version_warning_for(0x020002ff, "2.0.2").has_value());
  EXPECT_NE(version_warning_for(0x020002ff, "2.0.2")->find("2.0.2"), std::string::npos);
  EXPECT_TRUE(version_warning_for(0x020200ff, "2.2.0").has_value());
  EXPECT_FALSE(version_warning_for(0x020300ff, "2.3.0").has_value());
  EXPECT_FALSE(library_version().empty());
}

}  // namespace
}  // namespace weir::runtime::kafka
