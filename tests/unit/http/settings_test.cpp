#include "runtime/http/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::runtime::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(Settings, DefaultIsTheLoopbackAddress) {
  const auto settings = settings_of({}, false);
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->listeners.size(), 1U);
  EXPECT_EQ(settings->listeners[0].host, "127.0.0.1");
  EXPECT_EQ(settings->listeners[0].port, 8083);
  EXPECT_TRUE(settings->listeners[0].scope.main);
  EXPECT_TRUE(settings->listeners[0].scope.admin);
}

TEST(Settings, OtherAddressesNeedInsecureRest) {
  for (const char* listener :
       {"http://0.0.0.0:8083", "http://:8083", "http://[::]:8083", "http://example.com:1"}) {
    const auto refused = settings_of({{"listeners", listener}}, false);
    ASSERT_FALSE(refused) << listener;
    EXPECT_THAT(refused.error().message, HasSubstr("--insecure-rest"));
    const auto allowed = settings_of({{"listeners", listener}}, true);
    ASSERT_TRUE(allowed) << listener;
    EXPECT_EQ(allowed->warnings.size(), 1U);
  }
  EXPECT_TRUE(settings_of(
      {{"listeners", "http://[::1]:8083, http://localhost:0,HTTP://127.0.0.5:1/"}}, false));
}

TEST(Settings, RefusesWhatIsNoListener) {
  for (const char* listener :
       {"https://127.0.0.1:8083", "127.0.0.1:8083", "ftp://127.0.0.1:1", "http://127.0.0.1",
        "http://127.0.0.1:x", "http://127.0.0.1:70000", "http://::1:80", "http://[::1"}) {
    const auto refused = settings_of({{"listeners", listener}}, true);
    ASSERT_FALSE(refused) << listener;
    EXPECT_THAT(refused.error().message, HasSubstr("listeners"));
  }
}

TEST(Settings, AdminListenersTakeTheAdminPaths) {
  const auto separate = settings_of({{"admin.listeners", "http://127.0.0.1:8084"}}, false);
  ASSERT_TRUE(separate);
  ASSERT_EQ(separate->listeners.size(), 2U);
  EXPECT_FALSE(separate->listeners[0].scope.admin);
  EXPECT_TRUE(separate->listeners[1].scope.admin);
  EXPECT_FALSE(separate->listeners[1].scope.main);
  const auto off = settings_of({{"admin.listeners", ""}}, false);
  ASSERT_TRUE(off);
  ASSERT_EQ(off->listeners.size(), 1U);
  EXPECT_FALSE(off->listeners[0].scope.admin);
}

TEST(Settings, ReadsResponseHeaders) {
  const auto settings = settings_of(
      {{"response.http.headers.config",
        "add X-Frame-Options:DENY, \"set Cache-Control: no-cache, no-store\",add A: 1,set A: 2"}},
      false);
  ASSERT_TRUE(settings);
  EXPECT_THAT(settings->headers,
              ElementsAre(Pair("X-Frame-Options", "DENY"),
                          Pair("Cache-Control", "no-cache, no-store"), Pair("A", "2")));
  EXPECT_FALSE(settings_of({{"response.http.headers.config", "X-Frame-Options: DENY"}}, false));
}

}  // namespace
}  // namespace weir::runtime::http
