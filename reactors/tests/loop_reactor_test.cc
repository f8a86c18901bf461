// SPDX-License-Identifier: MIT
//
// What a reactor makes of a loop that fails, or tells more than there is. Ours do not, so this one does as a test says.
#include "reactors/parts/loop_reactor.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace loopmark {
namespace {

/// Waits for nothing: its passes do what the test says.
class ToldLoop final : public Loop {
 public:
  void pass(Duration at_most) override {
    waits.push_back(at_most);
    if (on_pass) on_pass();
  }
  void watch(int, Interest) override {}
  void unwatch(int) noexcept override {}
  void arm(TimerSlot slot, TimePoint) override { armed.push_back(slot); }
  void disarm(TimerSlot) noexcept override {}
  void wake() noexcept override {}
  std::string evidence() const override { return "a test"; }

  std::function<void()> on_pass;
  std::vector<Duration> waits;
  std::vector<TimerSlot> armed;
};

/// Readable and writable as often as it is told so.
class Stdin final : public Descriptor {
 public:
  int fileno() const override { return 0; }
  Progress do_read() override {
    ++calls;
    return Progress::more();
  }
  Progress do_write() override { return do_read(); }
  void connection_lost(const Failure&) override { ++calls; }

  int calls = 0;
};

class LoopReactors : public testing::Test {
 protected:
  LoopReactors() {
    reactor_.set_error_observer([this](const ErrorReport& report) {
      errors_.push_back(report.context + ": " + report.failure.message());
    });
  }

  LoopClient* client_ = nullptr;
  ToldLoop* loop_ = nullptr;
  std::vector<std::string> errors_;
  LoopReactor reactor_{[this](LoopClient& client) {
    auto made = std::make_unique<ToldLoop>();
    client_ = &client;
    loop_ = made.get();
    return made;
  }};
};

TEST_F(LoopReactors, ReportEachWaitThatFailsAndGoOn) {
  int left = 3;
  loop_->on_pass = [&] {
    if (left-- > 0) throw std::runtime_error("no wait");
    if (reactor_.running()) reactor_.stop();
  };
  reactor_.run();
  left = 2;
  for (int i = 0; i < 3; ++i) reactor_.iterate(Duration::zero());
  EXPECT_EQ(errors_, std::vector<std::string>(5, "waiting for events: no wait"));
}

TEST_F(LoopReactors, TellOfErrorsOnStderrWhereTheObserverDoesNot) {
  const Failure failure = Failure::of(std::runtime_error("not I"));
  for (const ErrorObserver& observer :
       {ErrorObserver(), ErrorObserver([](const ErrorReport&) { throw 1; })}) {
    reactor_.set_error_observer(observer);
    testing::internal::CaptureStderr();
    reactor_.report_error(failure, "a test");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "loopmark: unhandled exception in a test: not I\n");
  }
}

TEST_F(LoopReactors, DoNotWaitWhileACallFromAThreadIsLeft) {
  reactor_.call_from_thread([this] { reactor_.call_from_thread([] {}); });
  for (int i = 0; i < 2; ++i) reactor_.iterate(std::chrono::hours(1));
  EXPECT_EQ(loop_->waits, (std::vector<Duration>{Duration::zero(), std::chrono::hours(1)}));
}

TEST_F(LoopReactors, CallNothingThatIsNotDueWhateverTheLoopSays) {
  reactor_.call_later(std::chrono::hours(1), [] { FAIL() << "an hour early"; });
  loop_->on_pass = [this] { client_->due(loop_->armed.back()); };
  reactor_.iterate(Duration::zero());
  EXPECT_EQ(loop_->armed.size(), 2u);
  EXPECT_EQ(reactor_.get_delayed_calls().size(), 1u);
}

TEST_F(LoopReactors, CallNobodyWhoIsReadyForNothing) {
  const auto descriptor = std::make_shared<Stdin>();
  reactor_.add_reader(descriptor);
  reactor_.add_writer(descriptor);
  loop_->on_pass = [this] { client_->ready(0, Ready::kNone); };
  reactor_.iterate(Duration::zero());
  EXPECT_EQ(descriptor->calls, 0);
}

}  // namespace
}  // namespace loopmark
