// SPDX-License-Identifier: MIT
#include "conformance/left_over.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>

#include "conformance/live_blocks.h"
#include "conformance/probe.h"

namespace loopmark::conformance::faults {
namespace {

TEST(LeftOver, IsNothingWhereNothingHasChanged) {
  const Holdings before = holdings();
  { const auto closed = make_pipe(); }
  std::thread([] {}).join();
  const nlohmann::ordered_json left = left_over(before, holdings(), true);
  for (const char* kind : {"descriptors", "children", "threads", "paths"}) EXPECT_EQ(left[kind], 0);
  EXPECT_EQ(left["what"], "");
}

TEST(LeftOver, NamesDescriptorsByNumberAndKind) {
  const Holdings before = holdings();
  const auto [reading, writing] = make_pipe();
  const nlohmann::ordered_json left = left_over(before, holdings(), true);
  EXPECT_EQ(left["descriptors"], 2);
  EXPECT_NE(left["what"].get<std::string>().find("descriptor " + std::to_string(writing.get()) +
                                                 " (pipe)"),
            std::string::npos);
}

TEST(LeftOver, SeesAnotherKindUnderAnOldNumber) {
  UniqueFd file = regular_file("text");
  const Holdings before = holdings();
  const auto [reading, writing] = make_pipe();
  ::dup2(reading.get(), file.get());
  EXPECT_EQ(left_over(before, holdings(), true)["descriptors"], 3);
}

TEST(LeftOver, CountsThreadsThatGoOn) {
  const Holdings before = holdings();
  std::atomic<bool> is_over = false;
  std::thread thread([&] {
    while (!is_over) std::this_thread::yield();
  });
  EXPECT_EQ(left_over(before, holdings(), true)["threads"], 1);
  is_over = true;
  thread.join();
}

TEST(LeftOver, NamesPathsThatNobodyTriedToRemove) {
  note_path("/run/one");
  note_path("/run/other");
  forget_path("/run/one");
  const nlohmann::ordered_json left = left_over(holdings(), holdings(), true);
  EXPECT_EQ(left["paths"], 1);
  EXPECT_EQ(left["what"], "/run/other");
  forget_path("/run/other");
}

const void* block(std::size_t number) {
  return reinterpret_cast<const void*>((std::uintptr_t{1} << 20) + number * 16);
}

TEST(LiveBlocks, AreThoseThatWereNotGivenBack) {
  std::set<std::size_t> alive;
  std::uint32_t random = 1;
  for (int i = 0; i < 200'000; ++i) {
    random = random * 1664525 + 1013904223;
    const std::size_t number = random >> 12;
    if (alive.insert(number).second) {
      note_block(block(number));
    } else {
      forget_block(block(number));
      alive.erase(number);
    }
    if (alive.size() > 60'000) {
      forget_block(block(*alive.begin()));
      alive.erase(alive.begin());
    }
    forget_block(block(number + (std::size_t{1} << 30)));  // which is none of them
  }
  EXPECT_EQ(live_blocks(), alive.size());
  for (const std::size_t number : alive) forget_block(block(number));
  EXPECT_EQ(live_blocks(), 0U);
}

}  // namespace
}  // namespace loopmark::conformance::faults
