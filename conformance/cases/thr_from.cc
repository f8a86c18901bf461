// SPDX-License-Identifier: MIT
//
// Section 7, Threads: calls from other threads.
#include <algorithm>
#include <atomic>
#include <thread>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

/// Runs `function` in a thread of its own, to its end.
void in_another_thread(const std::function<void()>& function) {
  std::jthread(function).join();
}

/// From here on the case fails, instead of hanging, when the loop is about to wait: `why` it must not. For a reactor
/// without pending calls of another kind.
void must_not_block(Reactor& reactor, const char* why) {
  kernel::on_next_block([&reactor, why] {
    ADD_FAILURE() << "the loop goes to sleep: " << why;
    in_another_thread([&reactor] { reactor.call_from_thread([&reactor] { reactor.crash(); }); });
  });
}

CASE("THR-FROM-01", ThreadCallsRunOnTheReactorsThread,
     "a function given to call_from_thread() in another thread runs on the reactor's thread",
     "thr_runs_where_made") {
  Reactor& reactor = t.reactor();
  std::thread::id ran_in;
  reactor.call_later(0ms, [&] {
    in_another_thread([&] {
      reactor.call_from_thread([&] {
        ran_in = std::this_thread::get_id();
        reactor.stop();
      });
    });
  });
  reactor.run();
  EXPECT_EQ(ran_in, std::this_thread::get_id());
}

CASE("THR-FROM-02", EachCallEndsTheWaitThatItFinds,
     "a call from another thread ends a wait without timeout, is made next, and the loop sleeps "
     "again",
     "thr_waker_not_drained, thr_wake_forgotten, thr_waker_armed_once") {
  constexpr int kCalls = 20;
  Reactor& reactor = t.reactor();
  kernel::limit_waits(1000);  // a loop that is woken for ever never blocks again
  int calls = 0;
  std::function<void()> call_when_blocked = [&] {
    kernel::on_next_block([&] {
      const std::size_t blocked = kernel::wait_count();
      in_another_thread([&, blocked] {
        reactor.call_from_thread([&, blocked] {
          EXPECT_LE(kernel::wait_count(), blocked + 1)
              << "waits that the loop made before the call";
          ++calls == kCalls ? reactor.stop() : call_when_blocked();
        });
      });
    });
  };
  call_when_blocked();
  reactor.run();
  EXPECT_EQ(calls, kCalls);
}

CASE("THR-FROM-02", CallDuringABatchIsNotLost,
     "a call that another thread makes while earlier ones are run is made without another wake-up",
     "thr_flag_cleared_after_batch") {
  Reactor& reactor = t.reactor();
  int rounds = 0;
  int late_calls = 0;
  std::function<void()> round = [&] {
    if (++rounds > 20) return reactor.stop();
    const auto call_late = [&] {
      in_another_thread([&] {
        reactor.call_from_thread([&] {
          ++late_calls;
          round();
        });
      });
      must_not_block(reactor, "a call that came during the batch is lost");
    };
    const bool first_of_batch = rounds % 2 == 1;
    if (first_of_batch) reactor.call_from_thread(call_late);
    reactor.call_from_thread([] {});
    if (!first_of_batch) reactor.call_from_thread(call_late);
  };
  round();
  reactor.run();
  EXPECT_EQ(late_calls, 20);
}

CASE("THR-FROM-03", EachThreadSeesItsOrder,
     "the calls of each thread run in the order in which it made them, also when several call at "
     "once",
     "thr_batch_reversed") {
  constexpr int kThreads = 3;
  constexpr int kCalls = 200;
  Reactor& reactor = t.reactor();
  std::vector<std::vector<int>> seen(kThreads);
  std::atomic<int> ready = 0;
  int left = kThreads * kCalls;
  std::vector<std::jthread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (int i = 0; i < kCalls; ++i) {
        reactor.call_from_thread([&, number, i] {
          seen[static_cast<std::size_t>(number)].push_back(i);
          if (--left == 0) reactor.stop();
        });
      }
    });
  }
  reactor.run();
  for (std::jthread& thread : threads) thread.join();
  for (const std::vector<int>& calls : seen) {
    EXPECT_EQ(calls.size(), static_cast<std::size_t>(kCalls));
    EXPECT_TRUE(std::is_sorted(calls.begin(), calls.end()));
  }
}

/// `make_call` makes a thread call in some callback. It must be made next, not when the far delayed call is due.
void expect_next(CaseContext& t, const std::function<void(Callback do_it)>& make_call) {
  Reactor& reactor = t.reactor();
  bool called = false;
  const DelayedCallRef far_away = reactor.call_later(60s, [&] {
    ADD_FAILURE() << "the loop slept on the call";
    reactor.crash();
  });
  make_call([&] {
    reactor.call_from_thread([&] {
      called = true;
      reactor.stop();
    });
    EXPECT_FALSE(called) << "the call was made at once";
    kernel::forget_waits();
  });
  reactor.run();
  EXPECT_TRUE(called);
  for (const kernel::Wait& wait : kernel::waits()) EXPECT_EQ(wait.timeout, 0ns) << wait.call;
  if (far_away->active()) far_away->cancel();
}

CASE("THR-FROM-04", OwnCallIsLaterButNotSleptOn,
     "made in a delayed call, a thread call is not synchronous, and the next wait does not sleep "
     "on it",
     "thr_own_call_not_woken, thr_runs_where_made") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  expect_next(t, [&](Callback do_it) { reactor.call_later(0ms, std::move(do_it)); });
}

CASE("THR-FROM-04", OwnCallOfADescriptorIsLaterButNotSleptOn,
     "made in do_read, a thread call is not synchronous, and the next wait does not sleep on it",
     "thr_runs_where_made") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  const auto reader = probe(std::move(near));
  put(far, "x");
  expect_next(t, [&](Callback do_it) {
    reader->on_read = [do_it = std::move(do_it)](Probe& self) {
      do_it();
      return self.read_some();
    };
    reactor.add_reader(reader);
  });
}

CASE("THR-FROM-05", ChainOfCallsLeavesTurnsToOthers,
     "a call made inside a thread call runs in a later pass, with a turn for delayed calls between",
     "thr_chain_starves") {
  constexpr int kEnough = 1000;
  Reactor& reactor = t.reactor();
  int links = 0;
  int links_before_delayed_call = kEnough;
  int links_before_read = kEnough;
  auto [near, other] = socket_pair();
  const UniqueFd far = std::move(other);  // clang 14 captures no structured binding
  const auto reader = probe(std::move(near));
  reader->on_read = [&](Probe& self) {
    links_before_read = std::min(links_before_read, links);
    return self.read_some();
  };
  const std::function<void()> link = [&] {
    if (++links == kEnough) return reactor.stop();
    reactor.call_from_thread(link);
  };
  reactor.call_from_thread([&] {
    reactor.call_later(0ms, [&] { links_before_delayed_call = links; });
    reactor.add_reader(reader);
    put(far, "x");
    link();
  });
  reactor.run();
  EXPECT_LT(links_before_delayed_call, kEnough / 2);
  EXPECT_LT(links_before_read, kEnough / 2);
}

CASE("THR-FROM-06", CallsBeforeTheRunWaitForIt,
     "calls made before run() wait, and are made in order once startup is over",
     "thr_outside_run_at_once") {
  Reactor& reactor = t.reactor();
  reactor.call_from_thread([&] { t.log("first"); });
  in_another_thread([&] { reactor.call_from_thread([&] { t.log("second"); }); });
  reactor.add_system_event_trigger(Phase::kAfter, "startup", [&] { t.log("started"); });
  EXPECT_EQ(t.events(), std::vector<std::string>());
  t.run_window();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"started", "first", "second"}));
}

CASE("THR-FROM-08", ExceptionCostsOneCallOnly,
     "an exception from a thread call is reported, and the later calls of its batch run",
     "thr_throw_loses_batch") {
  Reactor& reactor = t.reactor();
  for (const char* name : {"first", "second", "third"}) {
    reactor.call_from_thread([&t, name = std::string(name)] {
      t.log(name);
      if (name == "first") throw std::runtime_error("thrown by the first");
    });
  }
  t.run_window();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"first", "second", "third"}));
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown by the first");
}

CASE("THR-FROM-09", EmptyFunctionIsRefused,
     "call_from_thread() throws when it is given an empty function", "thr_empty_accepted") {
  Reactor& reactor = t.reactor();
  EXPECT_THROW(reactor.call_from_thread(nullptr), std::logic_error);
  in_another_thread([&] { EXPECT_THROW(reactor.call_from_thread({}), std::logic_error); });
  t.run_window();
  EXPECT_TRUE(t.take_errors().empty()) << "something was queued, and called";
}

CASE("THR-FROM-10", CallsAfterTheRunWaitForTheNext,
     "a call made after a run is accepted, not executed in this run, and served by the next",
     "thr_outside_run_dropped, thr_outside_run_at_once") {
  Reactor& reactor = t.reactor();
  t.run_window();
  reactor.call_from_thread([&] { t.log("first"); });
  in_another_thread([&] { reactor.call_from_thread([&] { t.log("second"); }); });
  EXPECT_EQ(t.events(), std::vector<std::string>());
  t.run_window();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"first", "second"}));
}

CASE("THR-FROM-11", StopIsPostedBeforeTheRun,
     "call_from_thread(stop) from another thread works before the run has begun",
     "thr_outside_run_dropped") {
  Reactor& reactor = t.reactor();
  in_another_thread([&] { reactor.call_from_thread([&] { reactor.stop(); }); });
  must_not_block(reactor, "it was to be stopped before it began");
  reactor.run();
  EXPECT_FALSE(reactor.running());
}

CASE("THR-FROM-11", StopIsPostedToASleepingLoop,
     "call_from_thread(stop) from another thread ends a run that sleeps", "thr_wake_forgotten") {
  Reactor& reactor = t.reactor();
  bool slept = false;
  kernel::on_next_block([&] {
    slept = true;
    in_another_thread([&] { reactor.call_from_thread([&] { reactor.stop(); }); });
  });
  reactor.run();
  EXPECT_TRUE(slept);
}

CASE("THR-FROM-11", StopIsPostedAtAnyMoment,
     "call_from_thread(stop) ends a run, whenever another thread posts it", "thr_wake_forgotten") {
  Reactor& reactor = t.reactor();
  for (int round = 0; round < 30; ++round) {
    std::jthread stops([&] { reactor.call_from_thread([&] { reactor.stop(); }); });
    reactor.run();
    stops.join();
  }
}

}  // namespace
}  // namespace loopmark::conformance
