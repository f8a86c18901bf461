// SPDX-License-Identifier: MIT
#include "conformance/programs/model.h"

#include <gtest/gtest.h>

namespace loopmark::conformance::programs {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Duration time) {
  return TimePoint(time);
}

TEST(Model, OwesATimerOnceAndNotEarly) {
  Model model(Duration::zero(), true);
  model.made(0, at(5ms), 0);
  EXPECT_FALSE(model.owed(at(4ms)));
  EXPECT_TRUE(model.owed(at(5ms)));
  EXPECT_THROW(model.timer_called(0, at(4ms), 1), Broken);
  model.timer_called(0, at(5ms), 1);
  EXPECT_THROW(model.timer_called(0, at(5ms), 1), Broken);
  EXPECT_FALSE(model.owed(at(5ms)));
}

TEST(Model, OrdersTimersAsFarAsIsPromised) {
  Model model(1ms, true);
  model.made(0, at(9ms), 0);
  model.made(1, at(5ms), 0);
  model.made(2, at(5ms), 0);
  EXPECT_THROW(model.timer_called(0, at(20ms), 1), Broken);
  EXPECT_THROW(model.timer_called(2, at(20ms), 1), Broken);
  model.timer_called(1, at(20ms), 1);
  model.moved(2, at(1ms), 1);  // in the turn in which the first is called: too late for its batch
  EXPECT_NO_THROW(model.timer_called(0, at(20ms), 1));

  Model lax(1ms, false);
  lax.made(0, at(5ms), 0);
  lax.made(1, at(5ms), 0);
  EXPECT_NO_THROW(lax.timer_called(1, at(5ms), 1));
}

TEST(Model, OrdersTheCallsOfOneThread) {
  Model model(Duration::zero(), true);
  model.queued(0, false);
  model.queued(1, true);
  model.queued(2, false);
  EXPECT_THROW(model.thread_call_called(2), Broken);
  model.thread_call_called(1);
  model.thread_call_called(0);
  EXPECT_THROW(model.thread_call_called(0), Broken);
  EXPECT_TRUE(model.owed(at(0ms)));
  model.thread_call_called(2);
  EXPECT_FALSE(model.owed(at(0ms)));
}

TEST(Model, AllowsADescriptorWhatItIsOwed) {
  const Model model(Duration::zero(), true);
  Watched watched{.name = "line"};
  EXPECT_THROW(model.read(watched), Broken);
  watched.reading = true;
  EXPECT_THROW(model.read(watched), Broken);
  EXPECT_FALSE(Model::owed(watched));
  watched.bytes = 1;
  EXPECT_NO_THROW(model.read(watched));
  EXPECT_TRUE(Model::owed(watched));
  EXPECT_THROW(model.wrote(watched), Broken);
  EXPECT_THROW(model.lost(watched), Broken);
  EXPECT_THROW(model.read_lost(watched), Broken);
  watched.gone = true;
  EXPECT_NO_THROW(model.lost(watched));
  EXPECT_FALSE(watched.registered());
  EXPECT_THROW(model.lost(watched), Broken);
}

TEST(Model, CountsReports) {
  Model model(Duration::zero(), true);
  EXPECT_THROW(model.error_reported(), Broken);
  model.threw();
  EXPECT_TRUE(model.owed(at(0ms)));
  model.error_reported();
  EXPECT_FALSE(model.owed(at(0ms)));
}

}  // namespace
}  // namespace loopmark::conformance::programs
