#include "runtime/config/providers.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace weir::runtime::config {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ProvidersTest : public ::testing::Test {
 protected:
  ProvidersTest() {
    std::string pattern = (fs::temp_directory_path() / "weir-providers-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    fs::create_directory(folder / "in");
    fs::create_directory(folder / "out");
    std::ofstream(folder / "in" / "secrets.properties") << "user=anna\npass\\:word=s3cret\n";
    std::ofstream(folder / "out" / "secrets.properties") << "user=eve\n";
    std::ofstream(folder / "in" / "token") << "abc\n";
    fs::create_symlink(folder / "out" / "secrets.properties", folder / "in" / "link.properties");
    ::setenv("WEIR_TEST_REGION", "ap-southeast-2", 1);
  }
  ~ProvidersTest() override { fs::remove_all(folder); }

  ConfigProviders make(ConfigMap worker) {
    worker["config.providers"] = "file,directory,env";
    worker["config.providers.file.class"] = "org.apache.kafka.common.config.provider.FileConfigProvider";
    worker["config.providers.directory.class"] = "DirectoryConfigProvider";
    worker["config.providers.env.class"] = "env";
    auto made = ConfigProviders::create(worker, warnings);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  std::string resolve(const ConfigProviders& providers, const std::string& text) {
    auto resolved = providers.resolve({{"k", text}});
    if (!resolved) {
      return "ERROR " + resolved.error().message;
    }
    last = *resolved;
    return resolved->config.at("k");
  }
  fs::path folder;
  std::vector<std::string> warnings;
  Resolved last;
};

TEST_F(ProvidersTest, ResolvesAnyNumberInAValue) {
  const auto providers = make({});
  const std::string file = (folder / "in" / "secrets.properties").string();
  EXPECT_EQ(resolve(providers, "u=${file:" + file + ":user};p=${file:" + file + ":pass:word};r=${env:WEIR_TEST_REGION}"),
            "u=anna;p=s3cret;r=ap-southeast-2")
      << "a key may hold colons, a path may not";
  EXPECT_EQ(last.secrets, (std::vector<std::string>{"anna", "s3cret", "ap-southeast-2"}));
  EXPECT_EQ(resolve(providers, "${directory:" + (folder / "in").string() + ":token}"), "abc\n") << "verbatim";
  EXPECT_EQ(warnings.size(), 3u) << "each provider may read everything";
}

TEST_F(ProvidersTest, LeavesWhatItCannotResolve) {
  const auto providers = make({});
  for (const char* text : {"${nope:a}", "${env:WEIR_NOT_SET_ANYWHERE}", "${env}", "$x", "${", "${a", "a${}b", "${:x}"}) {
    EXPECT_EQ(resolve(providers, text), text);
  }
  resolve(providers, "${nope:a} ${env:WEIR_NOT_SET_ANYWHERE}");
  EXPECT_THAT(last.warnings, ::testing::ElementsAre("${nope:a} of \"k\" stays as it is: there is no config provider \"nope\"",
                                                    HasSubstr("${env:WEIR_NOT_SET_ANYWHERE} of \"k\" stays as it is")));
  EXPECT_EQ(resolve(providers, "${env:/path:HOME}"), "ERROR k: Path is not supported for EnvVarConfigProvider, invalid value '/path'");
  EXPECT_EQ(resolve(providers, "${file:/nonexistent:x}"), "ERROR k: Could not read properties from file /nonexistent");
  EXPECT_EQ(resolve(providers, "${a} ${env:WEIR_TEST_REGION}"), "${a} ap-southeast-2");
}

TEST_F(ProvidersTest, ObeysAllowedPaths) {
  const std::string in = (folder / "in").string();
  const auto providers = make({{"config.providers.file.param.allowed.paths", in}, {"config.providers.directory.param.allowed.paths", in}});
  EXPECT_EQ(resolve(providers, "${file:" + in + "/secrets.properties:user}"), "anna");
  for (const std::string& text : {"${file:" + (folder / "out").string() + "/secrets.properties:user}",
                                  "${file:" + in + "/../out/secrets.properties:user}", "${file:" + in + "/link.properties:user}",
                                  "${directory:" + in + ":../out/secrets.properties}", "${directory:" + (folder / "out").string() + ":secrets.properties}",
                                  "${directory:" + in + ":link.properties}"}) {
    EXPECT_EQ(resolve(providers, text), text);
  }
  EXPECT_EQ(providers.roots().size(), 2u);
}

TEST_F(ProvidersTest, ObeysTheAllowList) {
  const auto providers = make({{"config.providers.env.param.allowlist.pattern", "WEIR_TEST_.*"}});
  EXPECT_EQ(resolve(providers, "${env:WEIR_TEST_REGION} ${env:HOME}"), "ap-southeast-2 ${env:HOME}");
}

TEST_F(ProvidersTest, RefusesABadSetup) {
  const auto refusal = [&](ConfigMap worker) {
    auto made = ConfigProviders::create(worker, warnings);
    return made ? std::string("accepted") : made.error().message;
  };
  EXPECT_EQ(refusal({{"config.providers", "x"}}), "Missing required configuration \"config.providers.x.class\" which has no default value.");
  EXPECT_EQ(refusal({{"config.providers", "x"}, {"config.providers.x.class", "com.example.Vault"}}),
            "Invalid value com.example.Vault for configuration config.providers.x.class: Class com.example.Vault could not be found.");
  EXPECT_EQ(refusal({{"config.providers", "x"}, {"config.providers.x.class", "file"}, {"config.providers.x.param.allowed.paths", "rel"}}),
            "Invalid value rel for configuration config.providers.x.param.allowed.paths: Path rel is not absolute");
  EXPECT_THAT(refusal({{"config.providers", "x"}, {"config.providers.x.class", "env"}, {"config.providers.x.param.allowlist.pattern", "("}}),
              HasSubstr("not a regular expression"));
}

}  // namespace
}  // namespace weir::runtime::config
