// What the loader does before any code of a file runs. Real plugins are loaded by tests/abi.
#include "runtime/plugin/loader.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace weir::runtime::plugin {
namespace {

namespace fs = std::filesystem;

class LoaderTest : public testing::Test {
 protected:
  LoaderTest() {
    std::string pattern = (fs::temp_directory_path() / "weir-loader-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    fs::permissions(folder, fs::perms::owner_all);
  }
  ~LoaderTest() override { fs::remove_all(folder); }
  fs::path write(const char* name, std::string_view text, fs::perms perms = fs::perms(0644)) {
    const fs::path file = folder / name;
    std::ofstream(file, std::ios::binary) << text;
    fs::permissions(file, perms);
    return file;
  }
  std::string refusal(const fs::path& file) {
    auto loaded = loader.load_file(file);
    EXPECT_FALSE(loaded);
    return loaded ? std::string() : loaded.error().message;
  }
  fs::path folder;
  Registry registry;
  Loader loader{registry};
};

TEST_F(LoaderTest, RefusesWhatIsNoSharedLibrary) {
  const auto text = write("text.so", "#!/bin/sh\necho this is no library at all\n");
  EXPECT_EQ(refusal(text), text.string() + " is not a shared library");
  const auto empty = write("empty.so", "");
  EXPECT_EQ(refusal(empty), empty.string() + " is not a shared library");
  std::string arm("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x28\0", 20);
  const auto other = write("arm.so", arm);
  EXPECT_EQ(refusal(other), other.string() + " is built for another kind of machine");
}

TEST_F(LoaderTest, RefusesADamagedLibrary) {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  std::string head(4096, '\0');
  in.read(head.data(), 4096);
  const auto cut = write("cut.so", head);
  EXPECT_EQ(refusal(cut), cut.string() + " is not a shared library that can be read: it is damaged or cut short");
}

TEST_F(LoaderTest, RefusesWhatOthersMayWrite) {
  const auto file = write("open.so", "x", fs::perms(0666));
  EXPECT_EQ(refusal(file), file.string() + " is refused: others than its owner may write to its file (mode 666); take that "
                                           "right away");
  const auto fine = write("fine.so", "x");
  fs::permissions(folder, fs::perms(0770));
  EXPECT_EQ(refusal(fine), fine.string() + " is refused: others than its owner may write to its folder (mode 770); take "
                                           "that right away");
}

TEST_F(LoaderTest, NotesFailuresAndGoesOn) {
  write("a.so", "text");
  write("b.so", "text");
  write("readme.txt", "text");
  loader.load_path({folder, folder / "missing"});
  ASSERT_EQ(registry.failures().size(), 3u);
  EXPECT_EQ(registry.failures()[0].path, (folder / "a.so").string());
  EXPECT_EQ(registry.failures()[2].reason, (folder / "missing").string() + " of plugin.path does not exist");
  loader.load_path({folder / "missing"}, true);
  EXPECT_EQ(registry.failures().size(), 3u);
}

}  // namespace
}  // namespace weir::runtime::plugin
