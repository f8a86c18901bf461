// SPDX-License-Identifier: MIT
//
// Runs and system events that meet each other: ended twice, fired again, completed too late.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"

namespace loopmark {
namespace {

class LifeCycle : public testing::Test {
 protected:
  void on(Phase phase, const char* event, Trigger trigger) {
    reactor_->add_system_event_trigger(phase, event, std::move(trigger));
  }
  void soon(Callback function) { reactor_->call_later(Duration::zero(), std::move(function)); }

  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
};

using Runs = LifeCycle;
using SystemEvents = LifeCycle;

TEST_F(Runs, AreRefusedToOtherThreadsWhileOneIsUnderWay) {
  bool refused = false;
  reactor_->call_when_running([&] {
    reactor_->call_in_thread([&] {
      try {
        reactor_->run();
      } catch (const ReactorAlreadyRunning&) {
        refused = true;
      }
      reactor_->call_from_thread([&] { reactor_->stop(); });
    });
  });
  reactor_->run();
  EXPECT_TRUE(refused);
}

TEST_F(Runs, ThatCrashInTheBatchOfTheirStopHaveNoShutdown) {
  bool shut_down = false;
  on(Phase::kDuring, "shutdown", [&] { shut_down = true; });
  soon([&] {
    reactor_->stop();
    reactor_->call_from_thread([&] { reactor_->crash(); });
  });
  reactor_->run();
  EXPECT_FALSE(shut_down);
}

TEST_F(Runs, ThatACallFromAThreadEndsMakeNoPassMore) {
  reactor_->call_when_running([&] {
    soon([] { FAIL() << "the run is over"; });
    reactor_->call_from_thread([&] { reactor_->fire_system_event("shutdown"); });
  });
  reactor_->run();
  EXPECT_EQ(reactor_->get_delayed_calls().size(), 1u);
}

TEST_F(Runs, ThatAreOverDoNotCrash) {
  reactor_->crash();
  int calls = 0;
  for (int i = 0; i < 2; ++i) {
    on(Phase::kAfter, "shutdown", [&] {
      reactor_->crash();
      ++calls;
    });
  }
  soon([&] { reactor_->stop(); });
  reactor_->run();
  EXPECT_EQ(calls, 2);
}

TEST_F(Runs, GoOnWithTheThreadsOfOneThatCrashed) {
  for (int i = 0; i < 2; ++i) {
    reactor_->call_in_thread([&] { reactor_->call_from_thread([&] { reactor_->crash(); }); });
    reactor_->run();
  }
  EXPECT_TRUE(reactor_->thread_pool()->started());
}

TEST_F(Runs, ConsumeNoSigpipeThatWasPendingBefore) {
  sigset_t sigpipe, before;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  for (const bool is_pending : {false, true}) {
    if (is_pending) ::raise(SIGPIPE);
    soon([&] {
      int ends[2];
      check_call(::pipe2(ends, O_CLOEXEC), "pipe2");
      const UniqueFd writing(ends[1]);
      ::close(ends[0]);
      EXPECT_EQ(::write(writing.get(), "x", 1), -1);
      reactor_->stop();
    });
    reactor_->run();
    sigset_t pending;
    sigpending(&pending);
    EXPECT_EQ(sigismember(&pending, SIGPIPE) == 1, is_pending);
  }
  const timespec at_once{};
  ::sigtimedwait(&sigpipe, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(SystemEvents, NamedStartupAndFiredByHandBeginNoRun) {
  int calls = 0;
  on(Phase::kDuring, "startup", [&] { ++calls; });
  reactor_->fire_system_event("startup");
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(reactor_->running());
}

TEST_F(SystemEvents, ThatAreFiredAgainMeanwhileStartWhatWasAddedAndNoMore) {
  Deferred open;
  std::vector<std::string> calls;
  on(Phase::kBefore, "event", [&] {
    calls.push_back("before");
    return open;
  });
  on(Phase::kDuring, "event", [&] {
    calls.push_back("during");
    reactor_->fire_system_event("event");
  });
  reactor_->fire_system_event("event");
  on(Phase::kBefore, "event", [&] { calls.push_back("before, added"); });
  reactor_->fire_system_event("event");
  EXPECT_EQ(calls, (std::vector<std::string>{"before", "before, added"}));
  open.callback();
  EXPECT_EQ(calls, (std::vector<std::string>{"before", "before, added", "during"}));
}

TEST_F(SystemEvents, ThatWereGivenUpAreNotTakenForTheNextFiring) {
  Deferred of_first, of_second;
  on(Phase::kBefore, "startup", [&] { return of_first; });
  soon([&] { reactor_->crash(); });
  reactor_->run();
  on(Phase::kBefore, "startup", [&] { return of_second; });
  soon([&] {
    of_first.callback();
    EXPECT_FALSE(reactor_->running());
    of_second.callback();
    EXPECT_TRUE(reactor_->running());
    reactor_->stop();
  });
  reactor_->run();
}

TEST_F(SystemEvents, ThatAreGivenUpAndFiredByTheirOwnTriggerBeginAnew) {
  Deferred open;
  int before = 0, during = 0;
  on(Phase::kBefore, "startup", [&] {
    reactor_->crash();
    reactor_->fire_system_event("startup");
  });
  on(Phase::kBefore, "startup", [&] {
    ++before;
    return open;
  });
  on(Phase::kDuring, "startup", [&] { ++during; });
  reactor_->run();
  EXPECT_EQ(before, 1);
  EXPECT_EQ(during, 0);
  open.callback();
  EXPECT_EQ(during, 1);
}

TEST_F(SystemEvents, WhoseReactorIsGoneMayStillComplete) {
  Deferred open;
  on(Phase::kBefore, "event", [&] { return open; });
  on(Phase::kDuring, "event", [] { FAIL() << "the reactor is gone"; });
  reactor_->fire_system_event("event");
  reactor_.reset();
  open.callback();
}

TEST_F(SystemEvents, WhoseTriggersHoldOthersGoWithTheReactor) {
  int removed = 0;
  Reactor& dying = *reactor_;
  std::vector<TriggerId> all;
  auto held = std::shared_ptr<int>(&removed, [&](int* count) {
    for (const TriggerId each : all) dying.remove_system_event_trigger(each);
    ++*count;
  });
  for (const Phase phase : {Phase::kBefore, Phase::kDuring, Phase::kAfter}) {
    all.push_back(dying.add_system_event_trigger(
        phase, "event", [held] { FAIL() << "nobody fires it: " << *held; }));
  }
  all.push_back(dying.add_system_event_trigger(Phase::kAfter, "event", [] {}));
  held = nullptr;
  reactor_.reset();
  EXPECT_EQ(removed, 1);
}

TEST_F(LifeCycle, EndsThoughWhatIsLetGoCallsFromThreads) {
  int made = 0;
  Reactor& dying = *reactor_;
  dying.call_from_thread([held = std::shared_ptr<int>(&made, [&](int* count) {
                            dying.call_from_thread(
                                [count] { FAIL() << "nobody runs it: " << *count; });
                            ++*count;
                          })] { FAIL() << "nobody runs it: " << *held; });
  reactor_.reset();
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace loopmark
