// SPDX-License-Identifier: MIT
//
// What is special about the workloads of time: they also run on libraries' own loops, and notice
// what a loop does wrong with timers. That they notice a lost event is tested with all workloads.
#include <gtest/gtest.h>

#include "bench/arms.h"
#include "bench/tests/dropping_reactor.h"
#include "bench/tests/reactor_as_library.h"
#include "reactors/registry.h"

namespace loopmark::bench {
namespace {

constexpr std::uint64_t kEvents = 3000;

struct Sample {
  std::string_view workload;
  std::string_view parameters;

  friend std::ostream& operator<<(std::ostream& out, const Sample& sample) {
    return out << sample.workload << " " << sample.parameters;
  }
};

/// A workload on `arm`, ready to run.
std::unique_ptr<Workload> prepared(const Sample& sample, const Arm& arm) {
  const WorkloadRow& row = find_workload(sample.workload);
  std::unique_ptr<Workload> workload = row.make(arm, parse_parameters(row, sample.parameters));
  workload->prepare();
  return workload;
}

std::uint64_t do_slot(Workload& workload, std::uint64_t events = kEvents) {
  SlotRecord record;
  return workload.slot(events, record);
}

template <class Library = ReactorAsLibrary>
Arm library(unsigned dropping_every = 0) {
  return {.name = "library", .make_library_loop = [=] {
            return std::make_unique<Library>(
                std::make_unique<DroppingReactor>(make_reactor("epoll"), dropping_every));
          }};
}

constexpr Sample kSamples[] = {
    {"timer_churn", "work=insert_cancel,n=100"},
    {"timer_churn", "work=insert_cancel,n=1000,deadlines=ascending"},
    {"timer_churn", "work=rearm,n=2"},
    {"timer_churn", "work=rearm,n=5000,deadlines=equal"},
    {"timer_churn", "work=fill,n=700"},
    {"timer_fire", "n=100"},
    {"timer_fire", "n=500,pending=1000"},
    {"timer_fire", "n=3000,deadlines=random"},
    {"timer_lateness", "delay_us=50"},
    {"timer_lateness", "delay_us=50,load=1"},
    {"timer_lateness", "delay_us=500,timers=30"},
    {"timer_lateness", "delay_us=500,timers=30,load=1"},
    {"fd_timeouts", "fds=100,active=10"},
    {"fd_timeouts", "fds=1,active=1,pair=socketpair"},
    {"cascade", "pairs=10,setup=inside"},
    {"cascade", "pairs=300,setup=outside"},
    {"call_soon", "chains=1"},
    {"call_soon", "chains=70"},
};

class EveryTimedWorkload : public testing::TestWithParam<Sample> {};
INSTANTIATE_TEST_SUITE_P(Samples, EveryTimedWorkload, testing::ValuesIn(kSamples));

TEST_P(EveryTimedWorkload, IsDoneRightByABareLoop) {
  const auto workload = prepared(GetParam(), {.name = "bare/epoll"});
  for (int slot = 0; slot < 3; ++slot) EXPECT_GE(do_slot(*workload), kEvents);
  EXPECT_NO_THROW(workload->verify());
}

TEST_P(EveryTimedWorkload, IsDoneRightByALibrarysOwnLoop) {
  const auto workload = prepared(GetParam(), library());
  for (int slot = 0; slot < 3; ++slot) EXPECT_GE(do_slot(*workload), kEvents);
  EXPECT_NO_THROW(workload->verify());
}

TEST_P(EveryTimedWorkload, IsDoneRightByEachBackendAndLibraryThatIsBuilt) {
  const WorkloadRow& row = find_workload(GetParam().workload);
  const Registry registry = Registry::standard();
  std::vector<std::string> arms;
  for (const Registry::Entry& entry : registry.entries()) {
    arms.emplace_back(entry.row->name);
    if (entry.row->make_library_loop) arms.push_back("api:" + arms.back());
  }
  for (const std::string& arm : arms) {
    const auto workload = prepared(GetParam(), find_arm(row, registry, arm));
    for (int slot = 0; slot < 2; ++slot) EXPECT_GE(do_slot(*workload, 20), 20u) << arm;
    EXPECT_NO_THROW(workload->verify()) << arm;
  }
}

TEST_P(EveryTimedWorkload, FailsOnALibrarysLoopThatDropsOneEventInAThousand) {
  const auto workload = prepared(GetParam(), library(1000));
  do_slot(*workload);
  EXPECT_THROW(workload->verify(), WorkIsWrong);
  EXPECT_THROW(do_slot(*workload, 1), WorkIsWrong) << "goes on though it is worth nothing";
}

/// Fires every second timer later than the others.
class OutOfOrder final : public ReactorAsLibrary {
 public:
  using ReactorAsLibrary::ReactorAsLibrary;
  void arm(std::size_t timer, Duration delay) override {
    ReactorAsLibrary::arm(timer, delay + std::chrono::microseconds(timer % 2 == 0 ? 100 : 0));
  }
};

TEST(TimersOutOfOrder, AreWrongWhereTheArmPromisesTheOrderOnly) {
  for (const Sample& sample : {Sample{"timer_fire", "n=100"}, Sample{"call_soon", "chains=2"}}) {
    Arm arm = library<OutOfOrder>();
    const auto strict = prepared(sample, arm);
    do_slot(*strict);
    EXPECT_THROW(strict->verify(), WorkIsWrong) << sample;
    arm.keeps_order = false;
    const auto tolerant = prepared(sample, arm);
    do_slot(*tolerant);
    EXPECT_NO_THROW(tolerant->verify()) << sample;
  }
}

/// Fires timers in the reverse order of their delays, all of which are over.
class Reversed final : public ReactorAsLibrary {
 public:
  using ReactorAsLibrary::ReactorAsLibrary;
  void arm(std::size_t timer, Duration delay) override {
    ReactorAsLibrary::arm(timer, std::chrono::milliseconds(10) - delay);
  }
};

TEST(TimersOutOfOrder, AreFoundAlsoAmongDifferentDeadlines) {
  const auto workload = prepared({"timer_fire", "n=1000,deadlines=random"}, library<Reversed>());
  do_slot(*workload);
  EXPECT_THROW(workload->verify(), WorkIsWrong);
}

/// Cancels nothing.
class NeverCancels final : public ReactorAsLibrary {
 public:
  using ReactorAsLibrary::ReactorAsLibrary;
  void disarm(std::size_t) override {}
};

TEST(TimersThatCannotBeCancelled, AreFoundThoughNoneComesDueInTheWork) {
  for (const char* parameters : {"work=insert_cancel", "work=rearm", "work=fill"}) {
    const auto workload = prepared({"timer_churn", parameters}, library<NeverCancels>());
    do_slot(*workload);
    EXPECT_THROW(workload->verify(), WorkIsWrong) << parameters;
  }
  const auto ring = prepared({"fd_timeouts", ""}, library<NeverCancels>());
  do_slot(*ring);
  EXPECT_THROW(ring->verify(), WorkIsWrong);
}

/// Takes a tenth of a delay for the whole.
class Early final : public ReactorAsLibrary {
 public:
  using ReactorAsLibrary::ReactorAsLibrary;
  void arm(std::size_t timer, Duration delay) override { ReactorAsLibrary::arm(timer, delay / 10); }
};

TEST(TimerLateness, CountsTimersThatAreEarlyAndSaysByHowMuch) {
  const auto workload = prepared({"timer_lateness", "delay_us=1000000"}, library<Early>());
  SlotRecord record;
  EXPECT_EQ(workload->slot(1, record), 1u);
  EXPECT_EQ(record.values["early"], 1);
  EXPECT_EQ(record.histograms["earliness"].count(), 1u);
  EXPECT_LE(record.histograms["earliness"].most(), 900'000'000u);
  EXPECT_NO_THROW(workload->verify()) << "it is a figure of the loop, not a fault of the work";
}

TEST(TimerLateness, RecordsEachFiringOnceIfAsked) {
  for (const char* parameters : {"delay_us=20", "delay_us=20,load=1"}) {
    const auto workload = prepared({"timer_lateness", parameters}, {.name = "bare/epoll"});
    harness::Histogram lateness;
    SlotRecord record{.operation = &lateness};
    const std::uint64_t fired = workload->slot(100, record);
    EXPECT_GE(fired, 100u);
    EXPECT_EQ(lateness.count(), fired);
    EXPECT_EQ(record.values["early"], 0);
    do_slot(*workload, 10);
    EXPECT_EQ(lateness.count(), fired) << "recorded though not asked to";
  }
}

TEST(TimedWorkloads, TakeWholeRounds) {
  EXPECT_EQ(do_slot(*prepared({"timer_fire", "n=100"}, {.name = "bare/epoll"}), 101), 200u);
  EXPECT_EQ(do_slot(*prepared({"cascade", "pairs=10"}, {.name = "bare/epoll"}), 11), 20u);
  EXPECT_EQ(do_slot(*prepared({"call_soon", "chains=3"}, {.name = "bare/epoll"}), 4), 6u);
  EXPECT_EQ(do_slot(*prepared({"timer_churn", "work=fill,n=100"}, {.name = "bare/epoll"}), 1),
            100u);
}

TEST(TimedWorkloads, RefuseWhatWouldChangeTheWorkSilently) {
  const Arm bare{.name = "bare/epoll"};
  for (const Sample& sample : {
           Sample{"timer_churn", "n=1"},
           Sample{"timer_churn", "n=10000001"},
           Sample{"timer_churn", "n=10001,work=fill"},
           Sample{"timer_churn", "work=cancel"},
           Sample{"timer_churn", "work=rearm,cancelled=half"},
           Sample{"timer_fire", "n=1000001"},
           Sample{"timer_fire", "n=1,pending=1000000"},
           Sample{"timer_fire", "deadlines=ascending"},
           Sample{"timer_lateness", "delay_us=1000001"},
           Sample{"timer_lateness", "load=2"},
           Sample{"timer_lateness", "timers=100001"},
           Sample{"fd_timeouts", "fds=10,active=11"},
           Sample{"cascade", "setup=none"},
           Sample{"call_soon", "chains=0"},
           Sample{"call_soon", "via=post"},
       }) {
    EXPECT_THROW(prepared(sample, bare), std::invalid_argument) << sample;
  }
  EXPECT_THROW(prepared({"call_soon", "via=call_from_thread"}, library()), std::invalid_argument);
  EXPECT_THROW(prepared({"timer_fire", ""}, {.name = "bare/poll"}), Refused);
  EXPECT_THROW(prepared({"cascade", "pairs=90000000"}, bare), Refused);
}

TEST(FindArm, KnowsWhoKeepsTheOrderOfEqualDeadlines) {
  Registry registry = Registry::built_in();
  constexpr Deviation kUnordered[] = {{"TIME-ORDER-02", Deviates::kFails, "", "", ""}};
  Backend unordered = *registry.at("poll").row;
  unordered.name = "unordered";
  unordered.deviations = kUnordered;
  registry.add(unordered);
  const WorkloadRow& row = find_workload("timer_fire");
  EXPECT_TRUE(find_arm(row, registry, "epoll").keeps_order);
  EXPECT_TRUE(find_arm(row, registry, "bare/epoll").keeps_order);
  EXPECT_FALSE(find_arm(row, registry, "unordered").keeps_order);
}

TEST(FindArm, KnowsWhatALibraryDrawsByLot) {
  Registry registry = Registry::built_in();
  Backend drawing = *registry.at("poll").row;
  drawing.name = "drawing";
  drawing.left_to_chance = "who comes first";
  registry.add(drawing);
  const WorkloadRow& row = find_workload("fairness");
  EXPECT_EQ(row.make(find_arm(row, registry, "drawing"), {{"lights", "1"}, {"greedy", "calls"}})
                ->left_to_chance(),
            "who comes first");
  EXPECT_EQ(find_arm(row, registry, "poll").left_to_chance, "");
}

}  // namespace
}  // namespace loopmark::bench
