// SPDX-License-Identifier: MIT
#include "harness/exact_counters.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(ReadTrace, CountsWhatBeginsInTimedRegions) {
  const auto slots = read_trace(
      "7 execve(0x1, 0x2) = 0\n"
      "7 write(2, \"loopmark-region: begins\\n\", 24) = 24\n"
      "7 epoll_wait(0x5, 0x6, 0x100, 0xffffffff) = 0x1\n"
      "7 read(0x3, 0x7, 0x1) = 0x1\n"
      "7 write(4, \"\\0\", 1) = 1\n"
      "7 write(2, \"loopmark-region: ends\\n\", 22) = 22\n"
      "7 write(2, \"loopmark-region: slot\\n\", 22) = 22\n"
      "7 exit_group(0) = ?\n");
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_THAT(slots[0].sums, ElementsAre(Pair("epoll_wait", 1), Pair("read", 1), Pair("write", 1)));
}

TEST(ReadTrace, LeavesOutWhatIsSetUpBetweenTheRegionsOfASlot) {
  const auto slots = read_trace(
      "write(2, \"loopmark-region: begins\\n\", 24) = 24\n"
      "read(0x3, 0x7, 0x1) = 0x1\n"
      "write(2, \"loopmark-region: ends\\n\", 22) = 22\n"
      "pipe2(0x7, 0) = 0\n"
      "write(2, \"loopmark-region: begins\\n\", 24) = 24\n"
      "read(0x3, 0x7, 0x1) = 0x1\n"
      "write(2, \"loopmark-region: ends\\n\", 22) = 22\n"
      "write(2, \"loopmark-region: slot\\n\", 22) = 22\n");
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_THAT(slots[0].sums, ElementsAre(Pair("read", 2)));
}

TEST(ReadTrace, CountsACallOfTwoThreadsOnceWhereItBegins) {
  const auto slots = read_trace(
      "8 poll(0x1, 0x2, 0x3 <unfinished ...>\n"
      "7 write(2, \"loopmark-region: begins\\n\", 24 <unfinished ...>\n"
      "8 <... poll resumed>) = 0x1\n"
      "7 <... write resumed>) = 24\n"
      "7 futex(0x1, 0x80 <unfinished ...>\n"
      "8 read(0x3, 0x7, 0x1) = 0x1\n"
      "7 <... futex resumed>) = 0\n"
      "8 +++ exited with 0 +++\n"
      "7 write(2, \"loopmark-region: ends\\n\", 22) = 22\n"
      "7 write(2, \"loopmark-region: slot\\n\", 22) = 22\n");
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_THAT(slots[0].sums, ElementsAre(Pair("futex", 1), Pair("read", 1)));
}

std::string part(const std::string& trigger, int total) {
  return "# callgrind format\ncreator: callgrind-3.19.0\ndesc: Trigger: " + trigger +
         "\n\nevents: Ir\nsummary: 1\n\nfn=(1) main\n5 1\n\ntotals: " + std::to_string(total) +
         "\n";
}

TEST(ReadProfile, AddsThePartsThatEndWithARegion) {
  const auto slots = read_profile({part("--dump-after=loopmark_region_begins", 1000000),
                                   part("--dump-before=loopmark_region_ends", 300),
                                   part("--dump-after=loopmark_region_begins", 5000),
                                   part("--dump-before=loopmark_region_ends", 400),
                                   part("--dump-before=loopmark_slot_ends", 20),
                                   part("--dump-after=loopmark_region_begins", 3000),
                                   part("--dump-before=loopmark_region_ends", 6000),
                                   part("--dump-before=loopmark_slot_ends", 20)});
  ASSERT_EQ(slots.size(), 2u);
  EXPECT_THAT(slots[0].sums, ElementsAre(Pair("user", 700)));
  EXPECT_THAT(slots[1].sums, ElementsAre(Pair("user", 6000)));
}

TEST(ReadProfile, RefusesAPartWithoutItsTotal) {
  EXPECT_THROW(read_profile({"desc: Trigger: --dump-after=loopmark_region_begins\n"}),
               std::runtime_error);
}

TEST(ReadAnnouncements, AddsRegionsAndKeepsStates) {
  const auto slots = read_announcements(
      "a library's warning without its line break: loopmark-region: begins\n"
      "loopmark-region: ends calls=2 bytes=64 frees=1\n"
      "loopmark-region: begins\n"
      "some other line\n"
      "loopmark-region: ends calls=3 bytes=100 frees=3\n"
      "loopmark-region: slot heap=5000 resident=4096\n");
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_THAT(slots[0].sums, ElementsAre(Pair("bytes", 164), Pair("calls", 5), Pair("frees", 4)));
  EXPECT_THAT(slots[0].states, ElementsAre(Pair("heap", 5000), Pair("resident", 4096)));
}

TEST(ReadAnnouncements, RefuseWhatIsOutOfTurn) {
  EXPECT_THROW(read_announcements("loopmark-region: ends\n"), std::runtime_error);
  EXPECT_THROW(read_announcements("loopmark-region: begins\nloopmark-region: begins\n"),
               std::runtime_error);
  EXPECT_THROW(read_announcements("loopmark-region: begins\nloopmark-region: slot\n"),
               std::runtime_error);
}

TEST(ReadAnnouncements, ASlotThatDidNotEndIsNone) {
  EXPECT_THAT(read_announcements("loopmark-region: begins\nloopmark-region: ends calls=1\n"),
              IsEmpty());
}

TEST(PerEvent, IsTheGrowthOfWhatEitherSlotDid) {
  EXPECT_THAT(per_event({{"read", 1010}, {"set_up", 5}}, {{"late", 5000}, {"read", 6010}}, 5000),
              ElementsAre(Pair("late", 1), Pair("read", 1), Pair("set_up", -0.001)));
}

}  // namespace
}  // namespace loopmark::harness
