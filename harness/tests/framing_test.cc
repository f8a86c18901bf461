// SPDX-License-Identifier: MIT
#include "harness/framing.h"

#include <gmock/gmock.h>

#include "harness/result_line.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

std::string complaint(const std::string& line) {
  try {
    parse_result_line(line);
  } catch (const BadResultLine& error) {
    return error.what();
  }
  return "none";
}

TEST(ResultLine, HasTheChecksumOfIeee8023) {
  EXPECT_EQ(checksum("123456789"), "cbf43926");  // the check value that CRC catalogues give
}

TEST(ResultLine, IsReadBackAsItWasWritten) {
  ResultLines lines;
  lines.feed(result_line(R"({"verdict":"pass"})"));
  const auto result = lines.next();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->at("verdict"), "pass");
  EXPECT_FALSE(lines.next());
}

TEST(ResultLine, MayComeInPieces) {
  ResultLines lines;
  for (const char byte : result_line("{}")) {
    EXPECT_FALSE(lines.next());
    lines.feed({&byte, 1});
  }
  EXPECT_TRUE(lines.next());
  EXPECT_EQ(lines.rest(), "");
}

TEST(ResultLine, IsRefusedWhenAnyBitOfItChanges) {
  const std::string good = result_line(R"({"n":1})");
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {
    std::string bad = good.substr(0, good.size() - 1);
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_NE(complaint(bad), "none") << "byte " << i;
  }
}

TEST(ResultLine, IsRefusedWithTheReason) {
  EXPECT_THAT(complaint("hello"), HasSubstr("a line that is no result: \"hello\""));
  EXPECT_THAT(complaint("LM1 "), HasSubstr("without checksum"));
  EXPECT_THAT(complaint("LM1 00000000 {}"), HasSubstr("wrong checksum"));
  EXPECT_THAT(complaint("LM1 " + checksum("[1]") + " [1]"), HasSubstr("no JSON object"));
  EXPECT_THAT(complaint("LM1 " + checksum("{") + " {"), HasSubstr("no JSON object"));
}

TEST(ResultLine, OfGarbageIsShownPrintableAndShort) {
  const std::string shown = complaint(std::string(5000, '\x01'));
  EXPECT_LT(shown.size(), 120U);
  EXPECT_THAT(shown, HasSubstr("????"));
}

TEST(ResultLines, GoOnAfterABadLine) {
  ResultLines lines;
  lines.feed("noise\n" + result_line("{}"));
  EXPECT_THROW(lines.next(), BadResultLine);
  EXPECT_TRUE(lines.next());
}

}  // namespace
}  // namespace loopmark::harness
