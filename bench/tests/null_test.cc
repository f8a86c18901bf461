// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "bench/arms.h"
#include "bench/memory_link.h"
#include "bench/ring.h"
#include "reactors/registry.h"

namespace loopmark::bench {
namespace {

TEST(Null, DoesEachWorkRightOnEachOfItsArms) {
  const WorkloadRow& row = find_workload("null");
  for (const char* parameters : {"work=ring", "work=ring,fds=10,active=10", "work=passes"}) {
    for (const std::string_view arm : row.bare_arms) {
      const auto workload = row.make({.name = std::string(arm)}, parse_parameters(row, parameters));
      workload->prepare();
      for (int slot = 0; slot < 3; ++slot) {
        SlotRecord record;
        EXPECT_EQ(workload->slot(3000, record), 3000u) << arm << " " << parameters;
      }
      EXPECT_NO_THROW(workload->verify()) << arm << " " << parameters;
    }
  }
}

TEST(Null, HasNoBackends) {
  EXPECT_THROW(find_arm(find_workload("null"), Registry::built_in(), "epoll"),
               std::invalid_argument);
}

/// Passes `events` bytes round a ring of ten in memory, and loses one of every so many.
void pass_round(BasicRing<MemoryLink>& ring, MemoryQueue& queue, int events, int lost) {
  ring.start(static_cast<std::uint64_t>(events));
  for (int event = 1; !ring.done() && queue.look(); ++event) {
    const std::size_t pair = queue.front();
    std::uint8_t byte;
    if (event % lost == 0) {
      MemoryLink(queue, pair).take(byte);
    } else {
      ring.readable(pair);
    }
  }
}

TEST(MemoryRing, FailsForGoodWhenOneByteInAThousandIsLost) {
  for (const std::size_t active : {1U, 10U}) {
    MemoryQueue queue(active);
    std::vector<MemoryLink> links;
    for (std::size_t i = 0; i < 10; ++i) links.emplace_back(queue, i);
    BasicRing<MemoryLink> ring(std::move(links), active, RingOrder::kRandom);
    pass_round(ring, queue, 900, 1000);
    EXPECT_NO_THROW(ring.verify());
    pass_round(ring, queue, 3000, 1000);
    EXPECT_THROW(ring.verify(), WorkIsWrong);
    pass_round(ring, queue, 100, 1000);
    EXPECT_THROW(ring.verify(), WorkIsWrong);
  }
}

TEST(VisitingOrder, HasEachPairOnce) {
  for (const std::size_t count : {1U, 2U, 3U, 7U, 10U, 100U, 1000U, 9900U}) {
    for (const RingOrder order : {RingOrder::kInTurn, RingOrder::kRandom}) {
      std::vector<std::uint32_t> visited = visiting_order(count, order);
      std::sort(visited.begin(), visited.end());
      std::vector<std::uint32_t> all(count);
      std::iota(all.begin(), all.end(), 0);
      EXPECT_EQ(visited, all);
    }
  }
}

// What poll and select take grows with the place of what is ready.
TEST(VisitingOrder, IsSpreadEvenlyWhereverAShortSlotBegins) {
  constexpr std::size_t kSlot = 64;
  for (const std::size_t count : {300U, 1000U, 9900U}) {
    const std::vector<std::uint32_t> visited = visiting_order(count, RingOrder::kInTurn);
    for (std::size_t begin = 0; begin < count; ++begin) {
      double sum = 0;
      for (std::size_t k = 0; k < kSlot; ++k) sum += visited[(begin + k) % count];
      EXPECT_NEAR(sum / kSlot / (static_cast<double>(count - 1) / 2), 1, 0.15) << begin;
    }
  }
}

TEST(RandomRing, VisitsEachPairOnceARoundAndNotInTurn) {
  MemoryQueue queue(1);
  std::vector<MemoryLink> links;
  for (std::size_t i = 0; i < 100; ++i) links.emplace_back(queue, i);
  BasicRing<MemoryLink> ring(std::move(links), 1, RingOrder::kRandom);
  std::vector<int> visits(100, 0);
  int in_turn = 0;
  std::size_t before = 0;
  ring.start(100);
  while (!ring.done() && queue.look()) {
    const std::size_t pair = queue.front();
    ++visits[pair];
    in_turn += pair == (before + 1) % 100;
    before = pair;
    ring.readable(pair);
  }
  EXPECT_EQ(visits, std::vector<int>(100, 1));
  EXPECT_LT(in_turn, 20);
}

}  // namespace
}  // namespace loopmark::bench
