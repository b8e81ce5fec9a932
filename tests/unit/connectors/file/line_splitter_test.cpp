#include "line_splitter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace weir::connectors::file {
namespace {

using Lines = std::vector<std::pair<std::string, std::int64_t>>;

/// The lines of text when it comes in blocks of `step` bytes.
Lines split(std::string_view text, std::size_t step) {
  LineSplitter splitter;
  OwnedArena arena;
  Lines lines;
  for (std::size_t at = 0; at < text.size(); at += step) {
    const std::string_view block = text.substr(at, step);
    const std::size_t used =
        splitter.feed(block, arena.view(), [&](std::string_view line, std::int64_t position) {
          lines.emplace_back(line, position);
          return true;
        });
    EXPECT_EQ(used, block.size());
  }
  return lines;
}

TEST(LineSplitter, all_three_ends_in_blocks_of_every_size) {
  const std::string text = "one\ntwo\r\nthree\rfour\n\n\r\r\n\r\nlast\nunfinished";
  const Lines expected{{"one", 4}, {"two", 9}, {"three", 15}, {"four", 20}, {"", 21},
                       {"", 22},   {"", 24},   {"", 26},      {"last", 31}};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    EXPECT_EQ(split(text, step), expected) << step;
  }
}

TEST(LineSplitter, carriage_return_at_the_end_waits_for_what_follows) {
  EXPECT_EQ(split("a\r", 2), Lines{});
  EXPECT_EQ(split("a\rb", 2), (Lines{{"a", 2}}));
  EXPECT_EQ(split("a\r\n", 2), (Lines{{"a", 3}}));
}

TEST(LineSplitter, stops_when_told_and_goes_on_with_the_rest) {
  LineSplitter splitter;
  OwnedArena arena;
  std::string_view text = "a\nb\r\nc\n";
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t used =
        splitter.feed(text, arena.view(), [&](std::string_view line, std::int64_t) {
          lines.emplace_back(line);
          return false;
        });
    text.remove_prefix(used);
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(splitter.position(), 7);
}

TEST(ToUtf8, good_text_is_not_copied) {
  OwnedArena arena;
  const std::string text = "plain ASCII, caf\xC3\xA9 \xE6\x8A\xB9 \xF0\x9F\x8D\xB5 and more of it";
  EXPECT_EQ(to_utf8(text, arena.view()).data(), text.data());
}

TEST(ToUtf8, malformed_sequences_become_replacement_characters_as_in_java) {
  OwnedArena arena;
  const auto fixed = [&](std::string_view text) {
    return std::string(to_utf8(text, arena.view()));
  };
  EXPECT_EQ(fixed("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(fixed("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(fixed("\xE6\x8A!"), "\xEF\xBF\xBD!");
  EXPECT_EQ(fixed("\xF0\x9F\x8D"), "\xEF\xBF\xBD");
  EXPECT_EQ(fixed("12345678\xED\xA0\x80"), "12345678\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace weir::connectors::file
