// SPDX-License-Identifier: MIT
//
// Delayed calls that are made and called, and what can be seen of them (TIME-BASIC, TIME-STATE).
#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

/// Runs the reactor until `delay` has passed on its clock: what was due by then has been called.
void run_for(CaseContext& t, Duration delay) {
  t.reactor().call_later(delay, [&t] { t.reactor().stop(); });
  t.reactor().run();
}

/// On the virtual clock: not early, and only as late as the mechanism rounds up.
void expect_on_time(const CaseContext& t, TimePoint called, TimePoint due) {
  EXPECT_GE(called - due, 0ns) << "early, or not at all";
  EXPECT_LE(called - due, t.backend().timer_resolution + 1ms) << "late";
}

bool listed(Reactor& reactor, const DelayedCallRef& call) {
  return std::ranges::count(reactor.get_delayed_calls(), call) == 1;
}

CASE("TIME-BASIC-01", CallsRunOnceAndNeverBeforeTheirDeadline,
     "a delayed call runs exactly once, and not before the whole delay has passed on the reactor's "
     "clock",
     "time_floor_to_ms") {
  Reactor& reactor = t.reactor();
  std::array<int, 100> calls{};
  Duration delay = 300us;
  for (int& count : calls) {
    const TimePoint due = reactor.now() + delay;
    reactor.call_later(delay, [&reactor, &count, due] {
      ++count;
      EXPECT_GE(reactor.now() - due, 0ns);
    });
    delay += 107us;
  }
  run_for(t, 12ms);
  t.run_window();
  EXPECT_EQ(std::ranges::count(calls, 1), 100);
}

CASE("TIME-BASIC-01", CallsAreNotEvenANanosecondEarly,
     "a call is not called in passes that are made a nanosecond before its deadline, but in those "
     "after it",
     "time_floor_to_ms, time_due_a_millisecond_early") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  int calls = 0;
  const TimePoint due = reactor.now() + 5ms;
  reactor.call_later(5ms, [&] {
    ++calls;
    EXPECT_GE(reactor.now() - due, 0ns);
  });
  kernel::advance(5ms - 1ns);
  t.run_window();
  kernel::advance(t.backend().timer_resolution + 1ms);
  t.run_window();
  EXPECT_EQ(calls, 1);
}

CASE("TIME-BASIC-02", IdleLoopWakesForTheEarliestCall,
     "an idle loop sleeps until the earliest deadline and calls that call in the pass that follows",
     "time_new_call_not_first") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  reactor.call_later(1h, [&] { ADD_FAILURE() << "slept until the later call"; });
  TimePoint called;
  const DelayedCallRef near = reactor.call_later(70ms, [&] {
    called = reactor.now();
    reactor.stop();
  });
  reactor.run();
  expect_on_time(t, called, near->deadline());
  EXPECT_LE(kernel::wait_count(), 9U);
}

CASE("TIME-BASIC-02", CallMadeForAnotherThreadEndsAWaitForALaterOne,
     "a call that a thread call makes while the loop sleeps for a later one is called at its own "
     "deadline",
     "time_wakes_only_without_calls") {
  Reactor& reactor = t.reactor();
  reactor.call_later(1h, [&] { reactor.stop(); });
  bool called = false;
  kernel::on_next_block([&] {
    std::thread([&] {
      reactor.call_from_thread([&] {
        reactor.call_later(1ms, [&] {
          called = true;
          reactor.stop();
        });
      });
    }).join();
  });
  reactor.run();
  EXPECT_TRUE(called);
}

CASE("TIME-BASIC-03", ZeroDelayIsNotCalledAtOnce,
     "call_later with a zero delay does not call inside the call", "time_zero_called_at_once") {
  int calls = 0;
  t.reactor().call_later(0ms, [&] { ++calls; });
  ASSERT_EQ(calls, 0);
  t.reactor().call_later(0ms, [&] {
    const int before = calls;
    t.reactor().call_later(0ms, [&] { ++calls; });
    EXPECT_EQ(calls, before) << "called inside the call";
  });
  t.run_window();
  EXPECT_EQ(calls, 2);
}

CASE("TIME-BASIC-04", ZeroDelayInACallMeansALaterPass,
     "a zero-delay call made in a delayed call is called after the loop has asked the system once "
     "more",
     "time_serves_until_none_is_due") {
  Reactor& reactor = t.reactor();
  std::size_t waits = 0;
  reactor.call_later(0ms, [&] {
    waits = kernel::wait_count();
    reactor.call_later(0ms, [&] {
      EXPECT_GT(kernel::wait_count(), waits);
      reactor.stop();
    });
  });
  reactor.run();
}

CASE("TIME-BASIC-04", CallsThatRenewThemselvesLeaveDescriptorsTheirTurn,
     "a zero-delay call that makes itself anew for ever does not starve a ready descriptor",
     "time_serves_until_none_is_due") {
  Reactor& reactor = t.reactor();
  auto [near, far] = make_pipe();
  put(far, "x");
  const auto reader = probe(std::move(near));
  int calls = 0;
  int calls_before_read = -1;
  reader->on_read = [&](Probe& self) {
    calls_before_read = calls;
    reactor.remove_reader(self);
    return Progress::more();
  };
  reactor.add_reader(reader);
  const Callback again = [&] {
    if (++calls < 100) {
      reactor.call_later(0ms, again);
    } else {
      reactor.stop();
    }
  };
  reactor.call_later(0ms, again);
  reactor.run();
  EXPECT_GE(calls_before_read, 0);
  EXPECT_LE(calls_before_read, t.offers(Capability::kPassOrder) ? 1 : 3);
}

CASE("TIME-BASIC-06", NegativeDurationsAreRefused,
     "call_later and reset throw on a negative duration, and change nothing",
     "time_negative_accepted") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  EXPECT_THROW(reactor.call_later(-1ns, [] { ADD_FAILURE() << "called"; }), std::invalid_argument);
  EXPECT_THROW(reactor.call_later(Duration::min(), [] { ADD_FAILURE() << "called"; }),
               std::invalid_argument);
  EXPECT_TRUE(reactor.get_delayed_calls().empty());

  int calls = 0;
  const DelayedCallRef call = reactor.call_later(50ms, [&] { ++calls; });
  const TimePoint due = call->deadline();
  EXPECT_THROW(call->reset(-1ns), std::invalid_argument);
  EXPECT_EQ(call->deadline() - due, 0ns);
  EXPECT_TRUE(call->active());
  t.run_window();
  EXPECT_EQ(calls, 0);
  run_for(t, 100ms);
  EXPECT_EQ(calls, 1);
}

CASE("TIME-BASIC-07", VeryLongDelaysAreNotShort,
     "the longest delays are accepted, are not called early, and leave the loop responsive and "
     "asleep",
     "time_deadline_overflows") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const std::vector<Duration> delays = {kNever, kNever - 1ns, kNever / 2,
                                        Duration(std::int64_t{1} << 55), 200 * 365 * kDay};
  std::vector<DelayedCallRef> calls;
  for (const Duration delay : delays) {
    calls.push_back(reactor.call_later(delay, [&] { ADD_FAILURE() << "called early"; }));
  }
  EXPECT_EQ(calls[0]->deadline(), TimePoint::max());
  calls[4]->reset(kNever - 1ns);
  run_for(t, 50ms);
  for (const DelayedCallRef& call : calls) {
    EXPECT_TRUE(call->active());
    EXPECT_TRUE(listed(reactor, call));
    EXPECT_GT(call->deadline() - reactor.now(), kDay);
  }
  EXPECT_LE(kernel::wait_count(), 9U);
}

CASE("TIME-BASIC-08", WaitsForFarCallsAreFiniteAndRenewed,
     "a wait for a far call is neither zero nor without end, whatever the mechanism can express, "
     "and is made again",
     "time_wait_in_int_of_us") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  for (const Duration delay : {Duration(36min), Duration(71min), 25 * kDay}) {
    bool called = false;
    const DelayedCallRef call = reactor.call_later(delay, [&] { called = true; });
    const TimePoint start = reactor.now();
    for (int pass = 0; pass < 3 && reactor.now() < call->deadline(); ++pass) {
      reactor.iterate(kNever);
    }
    EXPECT_GE(reactor.now() - start, 50s) << "did not wait";
    kernel::advance(delay);
    t.run_window();
    EXPECT_TRUE(called);
  }
}

CASE("TIME-BASIC-09", CallIsMadeAlthoughItsHandleWasDropped,
     "a pending call is the reactor's: it is called also when nobody holds its handle",
     "time_handle_owns_the_call") {
  kernel::use_virtual_clock();
  const auto captured = std::make_shared<int>(0);
  t.reactor().call_later(20ms, [captured] { ++*captured; });
  ASSERT_EQ(captured.use_count(), 2);
  run_for(t, 50ms);
  EXPECT_EQ(*captured, 1);
  EXPECT_EQ(captured.use_count(), 1);
}

CASE("TIME-BASIC-09", PendingCallEndsWithItsReactor,
     "a call that is pending when its reactor is destroyed is let go of, and has ended for whoever "
     "holds its handle",
     "time_call_outlives_reactor") {
  const auto captured = std::make_shared<int>(0);
  const DelayedCallRef call = t.reactor().call_later(1h, [captured] { ++*captured; });
  t.destroy_reactor();
  EXPECT_EQ(captured.use_count(), 1);
  ASSERT_FALSE(call->active());
  EXPECT_THROW(call->cancel(), AlreadyCancelled);
}

CASE("TIME-BASIC-10", CallStopsAReactorWithNothingElse,
     "stop works from a delayed call when nothing but that is registered",
     "time_stop_still_waits") {
  Reactor& reactor = t.reactor();
  bool called = false;
  kernel::on_next_block([&] {
    EXPECT_FALSE(called) << "waits although it was stopped";
    std::thread([&] { reactor.call_from_thread([] {}); }).join();
  });
  reactor.call_later(0ms, [&] {
    called = true;
    reactor.stop();
  });
  reactor.run();
  EXPECT_TRUE(called);
  EXPECT_FALSE(reactor.running());
}

CASE("TIME-STATE-01", CallIsActiveUntilItIsCalledOrCancelled,
     "active is true until the call is called or cancelled, and false already in its own function",
     "time_ended_after_the_call") {
  kernel::use_virtual_clock();
  DelayedCallRef called;
  called = t.reactor().call_later(20ms, [&] { EXPECT_FALSE(called->active()); });
  const DelayedCallRef cancelled = t.reactor().call_later(20ms, [] {});
  EXPECT_TRUE(called->active());
  EXPECT_TRUE(cancelled->active());
  t.run_window();
  EXPECT_TRUE(called->active());
  cancelled->cancel();
  EXPECT_FALSE(cancelled->active());
  run_for(t, 50ms);
  EXPECT_FALSE(called->active());
  EXPECT_FALSE(cancelled->active());
}

CASE("TIME-STATE-02", DeadlineIsTheAbsoluteTimeMovesIncluded,
     "deadline is the time on the reactor's clock at which the call falls due, after reset and "
     "delay, too",
     "time_delay_from_now") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const TimePoint start = reactor.now();
  TimePoint called;
  const DelayedCallRef call = reactor.call_later(50s, [&] { called = reactor.now(); });
  EXPECT_EQ(call->deadline() - start, 50s);
  kernel::advance(10s);
  EXPECT_EQ(call->deadline() - start, 50s);
  call->reset(20s);
  EXPECT_EQ(call->deadline() - start, 30s);
  call->delay(5s);
  EXPECT_EQ(call->deadline() - start, 35s);
  call->delay(-15s);
  EXPECT_EQ(call->deadline() - start, 20s);
  run_for(t, 20s);
  expect_on_time(t, called, start + 20s);
  EXPECT_EQ(call->deadline() - start, 20s);
}

CASE("TIME-STATE-03", ListHoldsExactlyThePendingCalls,
     "get_delayed_calls holds the pending calls, those made in this pass included, and none that "
     "is cancelled, was "
     "called or is being called",
     "time_ended_after_the_call") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  DelayedCallRef first;
  DelayedCallRef made;
  const DelayedCallRef cancelled = reactor.call_later(20ms, [] {});
  const DelayedCallRef far = reactor.call_later(1h, [] {});
  first = reactor.call_later(20ms, [&] {
    made = reactor.call_later(0ms, [] {});
    EXPECT_FALSE(listed(reactor, first)) << "it is being called";
    EXPECT_TRUE(listed(reactor, made)) << "made in this pass";
  });
  EXPECT_EQ(reactor.get_delayed_calls().size(), 3U);
  cancelled->cancel();
  EXPECT_FALSE(listed(reactor, cancelled));
  EXPECT_TRUE(listed(reactor, first));
  run_for(t, 50ms);
  EXPECT_EQ(reactor.get_delayed_calls(), std::vector{far});
}

CASE("TIME-STATE-04", TextTellsStateAndTimeLeft,
     "a delayed call can be written as text in every state, which tells that state and the time "
     "left",
     "time_ended_the_other_way") {
  kernel::use_virtual_clock();
  const DelayedCallRef called = t.reactor().call_later(30s, [] {});
  const DelayedCallRef cancelled = t.reactor().call_later(30s, [] {});
  const std::string pending = called->to_string();
  EXPECT_NE(pending.find("pending"), std::string::npos) << pending;
  EXPECT_NE(pending.find("30"), std::string::npos) << pending;
  kernel::advance(10s);
  EXPECT_NE(called->to_string().find("20"), std::string::npos) << called->to_string();
  cancelled->cancel();
  run_for(t, 30s);
  EXPECT_NE(called->to_string().find("called"), std::string::npos) << called->to_string();
  EXPECT_NE(cancelled->to_string().find("cancelled"), std::string::npos) << cancelled->to_string();
  EXPECT_NE(called->to_string(), cancelled->to_string());
  EXPECT_FALSE(t.reactor().call_later(kNever, [] {})->to_string().empty());
}

}  // namespace
}  // namespace loopmark::conformance
