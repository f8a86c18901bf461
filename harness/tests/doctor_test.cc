// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "harness/json.h"
#include "harness/machine_check.h"
#include "harness/tests/program.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

class Doctor : public ProgramTest {
 protected:
  ~Doctor() override { ::unsetenv("LOOPMARK_WORKLOAD_WORKER"); }
};

TEST_F(Doctor, MeasuresTheNoiseWithTheRealWorker) {
  ::setenv("LOOPMARK_WORKLOAD_WORKER", LOOPMARK_WORKLOADS, 1);
  const WorkerOutcome outcome = run({"doctor", "--rounds", "30", "--format", "json"});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  const Json json = Json::parse(outcome.output);
  const Json& noise = json.at("noise");
  EXPECT_EQ(noise.at("rounds"), 30);
  EXPECT_THAT(noise.at("scenario"), testing::StartsWith("ping_pong/"));
  EXPECT_LE(noise.at("wall").at("low"), noise.at("wall").at("ratio"));
  EXPECT_GT(noise.at("half_width"), 0.0);
  EXPECT_EQ(json.at("fit").at("conformance").at("fit"), true);
  EXPECT_TRUE(json.at("fit").contains("comparing backends"));
  EXPECT_TRUE(json.at("fit").contains("absolute numbers"));
  EXPECT_GT(json.at("clock").at("reading_ns"), 0.0);
}

TEST_F(Doctor, SaysWhatIsMissingWhereNothingCanBeMeasured) {
  ::unsetenv("LOOPMARK_WORKLOAD_WORKER");  // and none stands beside the program
  const WorkerOutcome outcome = run({"doctor"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.output, testing::ContainsRegex("fit for +conformance +yes"));
  EXPECT_THAT(outcome.output,
              testing::ContainsRegex("fit for +comparing backends +no: the worker"));
}

TEST(MachineCheck, LooksAtEachThingOnce) {
  std::vector<std::string> seen;
  for (const Finding& finding : check_machine({.watched = std::chrono::seconds(1)})) {
    EXPECT_FALSE(finding.text.empty()) << finding.about;
    seen.push_back(finding.about);
  }
  EXPECT_THAT(seen, testing::IsSupersetOf({"processors", "frequency", "clock", "load",
                                           "descriptors", "memory", "memory layout", "tracepoints",
                                           "strace", "valgrind", "gnuplot", "io_uring"}));
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

MachineLoad stolen(std::uint64_t ticks, std::uint64_t of_all) {
  MachineLoad load;
  load.steal_ticks = ticks;
  load.all_ticks = of_all;
  return load;
}

TEST(MachineCheck, WarnsOfStolenTime) {
  const MachineLoad before = stolen(10, 1000);
  EXPECT_EQ(check_stolen(before, stolen(10, 2000)).level, Finding::Level::kGood);
  EXPECT_EQ(check_stolen(before, stolen(60, 2000)).level, Finding::Level::kWarning);
  EXPECT_THAT(check_stolen(before, stolen(60, 2000)).text, HasSubstr("5.0 %"));
  EXPECT_EQ(check_stolen(before, before).level, Finding::Level::kGood);
}

TEST(NoiseFloor, NeedsRoundsByTheSquareOfTheWidth) {
  NoiseFloor noise;
  noise.rounds = 200;
  noise.wall = {1, 0.98, 1.02, 200};
  EXPECT_NEAR(static_cast<double>(noise.rounds_for(0.01)), 800, 2);
  EXPECT_NEAR(static_cast<double>(noise.rounds_for(0.02)), 200, 2);
}

TEST(SpinGaps, AreCountedWhileTheClockIsWatched) {
  const SpinGaps gaps = watch_clock(std::chrono::milliseconds(20));
  EXPECT_GE(gaps.watched, std::chrono::milliseconds(20));
  EXPECT_GT(gaps.reading_ns, 0);
  EXPECT_GE(gaps.over_1us, gaps.over_64us);
  EXPECT_GT(gaps.longest, Duration::zero());
}

}  // namespace
}  // namespace loopmark::harness
