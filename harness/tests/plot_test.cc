// SPDX-License-Identifier: MIT
//
// "loopmark plot" as its users have it.
#include <gmock/gmock.h>

#include <sstream>

#include "harness/executables.h"
#include "harness/tests/program.h"
#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Plot : public ProgramTest {
 protected:
  void SetUp() override {
    if (find_program("gnuplot").empty()) GTEST_SKIP() << "gnuplot is not installed";
  }
};

TEST_F(Plot, DrawsAStoredRunAsSvgAndPng) {
  SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"quick", 0.9}, {"slow", 1.5}, {"gone"}}};
  scenario.arms[4].lost = "it broke";
  const RunFolder folder = store(scenario);
  const WorkerOutcome outcome = run({"plot", folder.path()});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  std::istringstream pictures(outcome.output);
  std::size_t count = 0;
  for (std::string path; std::getline(pictures, path); ++count)
    EXPECT_TRUE(std::filesystem::exists(path)) << path;
  EXPECT_EQ(count, 2u);

  const std::string svg = contents(folder / "plots/fake-ratios-size-1.svg");
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr(">slow<"));
  EXPECT_THAT(svg, HasSubstr("1.5"));
  EXPECT_THAT(svg, HasSubstr("loopmark bench"));
  EXPECT_THAT(svg, testing::Not(HasSubstr("gone")));
  const std::string png = contents(folder / "plots/fake-ratios-size-1.png");
  EXPECT_THAT(png, StartsWith("\x89PNG"));
  EXPECT_GT(png.size(), 1000u);
  EXPECT_THAT(contents(folder / "plots/data/fake-ratios-size-1.tsv"), HasSubstr("slow\t1.5"));
}

TEST_F(Plot, DrawsWhatHasTooFewRoundsForAnInterval) {
  const RunFolder folder =
      store({.arms = {{"base"}, {"lib/epoll", 1.2}, {"api:lib/epoll", 1.1}}, .rounds = 3});
  const WorkerOutcome outcome = run({"plot", folder.path()});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("triplets-lib-epoll.png"));
}

TEST_F(Plot, SaysSoWhenThereIsNothingToDraw) {
  SyntheticScenario scenario{.arms = {{"base"}, {"a"}}};
  for (SyntheticArm& arm : scenario.arms) arm.lost = "it broke";
  const WorkerOutcome outcome = run({"plot", store(scenario).path()});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.errors, HasSubstr("nothing to draw"));
}

}  // namespace
}  // namespace loopmark::harness
