// SPDX-License-Identifier: MIT
//
// Workloads that change what is watched notice a change that is lost, not only an event.
#include <gtest/gtest.h>

#include "bench/arms.h"
#include "bench/tests/dropping_reactor.h"
#include "reactors/registry.h"

namespace loopmark::bench {
namespace {

Arm losing_changes(unsigned every) {
  const auto count = std::make_shared<std::atomic<unsigned>>(0);
  return {.name = "dropping", .make_reactor = [every, count] {
            return std::make_unique<DroppingReactor>(make_reactor("epoll"), every,
                                                     DroppingReactor::Drops::kChanges, count);
          }};
}

struct Sample {
  const char* workload;
  const char* parameters;

  std::unique_ptr<Workload> prepared(const Arm& arm) const {
    const WorkloadRow& row = find_workload(workload);
    std::unique_ptr<Workload> made = row.make(arm, parse_parameters(row, parameters));
    made->prepare();
    return made;
  }
  friend std::ostream& operator<<(std::ostream& out, const Sample& sample) {
    return out << sample.workload << " " << sample.parameters;
  }
};

class ChangingInterest : public testing::TestWithParam<Sample> {};

INSTANTIATE_TEST_SUITE_P(Workloads, ChangingInterest,
                         testing::Values(Sample{"registration", "phase=add,fds=100"},
                                         Sample{"registration", "phase=modify,fds=100"},
                                         Sample{"registration", "phase=remove,fds=100"},
                                         Sample{"registration", "phase=first,fds=100"},
                                         Sample{"toggle", "fds=10,off=served"},
                                         Sample{"toggle", "fds=10,off=at_once"}));

TEST_P(ChangingInterest, IsDoneRightWhenNoneIsLost) {
  const std::unique_ptr<Workload> workload = GetParam().prepared(losing_changes(0));
  SlotRecord record;
  EXPECT_GE(workload->slot(3000, record), 3000u);
  EXPECT_NO_THROW(workload->verify());
}

// An odd number, for changes come in pairs: interest that began, and interest that ended, are lost in
// turn.
TEST_P(ChangingInterest, FailsWhenOneChangeInAThousandIsLost) {
  const std::unique_ptr<Workload> workload = GetParam().prepared(losing_changes(999));
  SlotRecord record;
  workload->slot(3000, record);
  EXPECT_THROW(workload->verify(), WorkIsWrong);
}

TEST(Registration, IsTimedInOnePhaseOnly) {
  const auto workload = Sample{"registration", "phase=add,fds=100"}.prepared({.name = "bare/poll"});
  SlotRecord record;
  Stopwatch whole;
  whole.start();
  record.stopwatch.start();
  workload->slot(2000, record);
  record.stopwatch.stop();
  whole.stop();
  // Adding is a store into an array. Trying it is four system calls.
  EXPECT_LT(record.stopwatch.used().cpu, whole.used().cpu / 2);
}

TEST(Iteration, TakesNoDescriptorsAndRefusesNone) {
  const WorkloadRow& row = find_workload("iteration");
  const auto workload = row.make({.name = "bare/epoll"}, parse_parameters(row, "quiet=0"));
  workload->prepare();
  SlotRecord record;
  EXPECT_EQ(workload->slot(100, record), 100u);
  EXPECT_NO_THROW(workload->verify());
  EXPECT_THROW(row.make({.name = "bare/epoll"}, parse_parameters(row, "quiet=-1")),
               std::invalid_argument);
}

}  // namespace
}  // namespace loopmark::bench
