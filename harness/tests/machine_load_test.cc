// SPDX-License-Identifier: MIT
#include "harness/machine_load.h"

#include <gtest/gtest.h>

namespace loopmark::harness {
namespace {

constexpr const char* kStat = "cpu  100 10 40 800 20 0 10 20 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
constexpr const char* kPressure =
    "some avg10=1.00 avg60=1.00 avg300=1.00 total=5000\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n";

TEST(MachineLoad, ReadsWhatTheKernelSays) {
  const MachineLoad load = MachineLoad::parse(kStat, kPressure);
  EXPECT_EQ(load.all_ticks, 1000u);  // a guest's are in user and nice
  EXPECT_EQ(load.steal_ticks, 20u);
  EXPECT_EQ(load.waiting_us, 5000);
}

TEST(MachineLoad, IsAFractionOfTheSpan) {
  MachineLoad before = MachineLoad::parse(kStat, kPressure);
  before.when = TimePoint(std::chrono::seconds(10));
  MachineLoad after = before;
  after.all_ticks += 200;
  after.steal_ticks += 5;
  *after.waiting_us += 250'000;
  after.when += std::chrono::seconds(1);
  const Json fractions = after.since(before);
  EXPECT_EQ(fractions["steal"], 0.025);
  EXPECT_EQ(fractions["pressure"], 0.25);
  EXPECT_EQ(load_text(fractions), "steal 2.5 %, CPU pressure 25 %");
}

TEST(MachineLoad, WhatTheKernelDoesNotSayIsUnknown) {
  const MachineLoad nothing = MachineLoad::parse("", "");
  EXPECT_EQ(load_text(nothing.since(nothing)), "steal unknown, CPU pressure unknown");
  EXPECT_EQ(load_text(Json()), "steal unknown, CPU pressure unknown");
}

TEST(MachineLoad, GrowsOnThisMachine) {
  const MachineLoad load = MachineLoad::now();
  EXPECT_GT(load.all_ticks, load.steal_ticks);
}

}  // namespace
}  // namespace loopmark::harness
