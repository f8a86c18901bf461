// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "bench/arms.h"
#include "bench/planned_requests.h"
#include "bench/workload_row.h"
#include "reactors/registry.h"

namespace loopmark::bench {
namespace {

struct Measured {
  std::uint64_t events;
  harness::Histogram operation;
  SlotRecord record;
};

/// One slot of the workload, which must have been done right.
Measured measure(const Arm& arm, const char* workload, const char* parameters,
                 std::uint64_t events) {
  const WorkloadRow& row = find_workload(workload);
  const auto work = row.make(arm, parse_parameters(row, parameters));
  work->prepare();
  Measured measured;
  measured.record.operation = &measured.operation;
  measured.events = work->slot(events, measured.record);
  EXPECT_NO_THROW(work->verify());
  return measured;
}

Arm bare() {
  return {.name = "bare/epoll"};
}
Arm reactor() {
  return {.name = "epoll", .make_reactor = [] { return make_reactor("epoll"); }};
}

TEST(WakeUp, RecordsEachRoundTripAndEachWay) {
  for (const Arm& arm : {bare(), reactor()}) {
    const Measured both = measure(arm, "wake_up", "peer=loop", 500);
    EXPECT_EQ(both.events, 500u);
    EXPECT_EQ(both.operation.count(), 250u);
    EXPECT_EQ(both.record.histograms.at("one way").count(), 500u);
    EXPECT_LE(both.record.histograms.at("one way").least(), both.operation.least());
    const Measured one = measure(arm, "wake_up", "peer=thread", 500);
    EXPECT_EQ(one.operation.count(), 500u);
    EXPECT_EQ(one.record.histograms.at("one way").count(), 500u);
  }
}

TEST(WakeUp, ReadsNoClockUnlessAskedTo) {
  const WorkloadRow& row = find_workload("wake_up");
  for (const char* parameters : {"peer=loop", "peer=thread"}) {
    const auto work = row.make(bare(), parse_parameters(row, parameters));
    work->prepare();
    SlotRecord record;
    EXPECT_EQ(work->slot(100, record), 100u);
    EXPECT_TRUE(record.histograms.empty());
  }
}

TEST(Pummel, CountsDeliveriesAndWakeUpsApart) {
  for (const char* parameters : {"producers=1", "producers=4,depth=4"}) {
    const auto values = measure(bare(), "pummel", parameters, 20'000).record.values;
    EXPECT_EQ(values.at("delivered"), 20'000);
    EXPECT_GE(values.at("wake-ups"), 1);
    EXPECT_GE(values.at("coalesced"), 0);
    EXPECT_GE(values.at("longest queue"), 1);
    EXPECT_LE(values.at("longest queue"), std::string_view(parameters) == "producers=1" ? 1024 : 4);
  }
  // Nobody can see how often a reactor is woken.
  EXPECT_EQ(measure(reactor(), "pummel", "producers=1", 1000).record.values.count("wake-ups"), 0u);
}

TEST(OpenLoop, RecordsEachRequestOfItsPlan) {
  for (const Arm& arm : {bare(), reactor()}) {
    for (const char* parameters : {"rate=20000", "rate=20000,plan=poisson,connections=7"}) {
      const Measured measured = measure(arm, "open_loop", parameters, 1000);
      EXPECT_EQ(measured.events, 1000u);
      for (const char* name : {"planned", "sent", "generator"}) {
        EXPECT_EQ(measured.record.histograms.at(name).count(), 1000u) << name;
      }
      EXPECT_EQ(measured.operation.count(), 1000u);
      EXPECT_EQ(measured.record.values.at("planned_rate"), 20'000);
    }
  }
}

TEST(OpenLoop, TellsTheSendersOwnLatenessFromWhatTheWindowHeldBack) {
  using std::chrono::microseconds;
  const auto passage = [](microseconds noticed, microseconds sent) {
    Passage each;
    each.planned = microseconds(100);
    each.noticed = noticed;
    each.sent = sent;
    each.answered = microseconds(1000);
    return each;
  };
  SlotRecord record;
  record_sender({passage(microseconds(100), microseconds(100)),   // in time
                 passage(microseconds(120), microseconds(120)),   // not late by more than 20 us
                 passage(microseconds(121), microseconds(121)),   // late by itself
                 passage(microseconds(101), microseconds(150))},  // held back
                record);
  EXPECT_EQ(record.values.at("late_sends"), 2);
  EXPECT_EQ(record.values.at("held_back"), 1);
  EXPECT_EQ(record.values.at("achieved_rate"), 4000);
  EXPECT_EQ(record.histograms.at("generator").most(), 21'000u);
}

TEST(OpenLoop, GoesByThePaceItIsGivenAndElseByWhatTheBareLoopCanDo) {
  for (Arm arm : {bare(), reactor()}) {
    const auto own = measure(arm, "open_loop", "load=25", 400).record.values;
    EXPECT_GT(own.at("bare_rate"), 0);
    EXPECT_EQ(own.at("planned_rate"), own.at("bare_rate") / 4);
    arm.pace = 40'000;
    const auto given = measure(arm, "open_loop", "load=25", 400).record.values;
    EXPECT_EQ(given.at("bare_rate"), 40'000);
    EXPECT_EQ(given.at("planned_rate"), 10'000);
    EXPECT_EQ(measure(arm, "open_loop", "rate=5000", 100).record.values.at("planned_rate"), 5000);
  }
}

TEST(OpenLoop, LastsLongEnoughAtHighRates) {
  EXPECT_EQ(measure(bare(), "open_loop", "rate=200000", 1).events, 4000u);
}

// A loop that stands still once. With one request under way at a time, a clock that starts at the
// actual sending sees that in one request of 15000; who counts from the plan sees it in nearly all.
//
// The machine's speed does not matter. The plan is over when the loop goes on: each request is then
// late by what all before it take. If the slowest hundredth, from the sending, takes x or more, that
// alone is 150 times x. Only if all those came together at the very end would it not count.
TEST(OpenLoop, AStallShowsFromThePlannedTimeAndHardlyFromTheSending) {
  for (const Arm& arm : {bare(), reactor()}) {
    const Measured measured = measure(arm, "open_loop", "rate=30000,window=1,stall=500", 15'000);
    const double planned = measured.record.histograms.at("planned").percentile(0.99);
    const double sent = measured.record.histograms.at("sent").percentile(0.99);
    EXPECT_GE(measured.record.histograms.at("sent").most(), 500'000'000u);
    EXPECT_GT(planned, 100 * sent) << arm.name << ": " << planned << " ns against " << sent;
  }
}

TEST(LongTail, LeavesOutTheSlowRequestsAndNoOthers) {
  const Measured measured = measure(reactor(), "long_tail", "rate=10000,work=2000", 1000);
  EXPECT_EQ(measured.events, 1000u);
  EXPECT_EQ(measured.record.histograms.at("normal planned").count(), 990u);
  EXPECT_EQ(measured.record.histograms.at("normal sent").count(), 990u);
  EXPECT_EQ(measured.record.histograms.at("generator").count(), 1000u);
  // Of each hundred requests some came while a slow one kept the loop busy.
  EXPECT_GT(measured.operation.percentile(0.99), 500'000);
}

TEST(LatencyWorkloads, AreDoneRightByLibrariesOwnLoops) {
  const Registry registry = Registry::standard();
  int libraries = 0;
  for (const Registry::Entry& entry : registry.entries()) {
    if (entry.row->make_library_loop == nullptr) continue;
    ++libraries;
    for (const auto& [workload, parameters] :
         {std::pair{"wake_up", "peer=loop"}, std::pair{"wake_up", "peer=thread"},
          std::pair{"pummel", "producers=3"}, std::pair{"open_loop", "rate=20000,connections=3"},
          std::pair{"long_tail", "rate=10000,work=100"}}) {
      const std::string name = std::string(kLibraryArm) + std::string(entry.row->name);
      const Arm arm = find_arm(find_workload(workload), registry, name);
      EXPECT_EQ(measure(arm, workload, parameters, 600).events, 600u) << name << " " << workload;
    }
  }
  if (libraries == 0) GTEST_SKIP() << "no wrapper of a library is built";
}

TEST(LatencyParameters, ThatMakeNoSenseAreRefused) {
  const auto make = [](const char* workload, const char* text) {
    const WorkloadRow& row = find_workload(workload);
    row.make(bare(), parse_parameters(row, text));
  };
  EXPECT_THROW(make("wake_up", "peer=process"), std::invalid_argument);
  EXPECT_THROW(make("pummel", "producers=65"), std::invalid_argument);
  EXPECT_THROW(make("pummel", "producers=4,depth=3"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "rate=1000,load=50"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "rate=1"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "load=10,load=20"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "load=0"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "load=201"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "window=129"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "plan=random"), std::invalid_argument);
  EXPECT_THROW(make("open_loop", "stall=10001"), std::invalid_argument);
  EXPECT_THROW(make("long_tail", "rate=20000"), std::invalid_argument);
  EXPECT_THROW(make("long_tail", "rate=10"), std::invalid_argument);
}

}  // namespace
}  // namespace loopmark::bench
