// SPDX-License-Identifier: MIT
//
// The order in which delayed calls are called, the clock they go by, and the waits between them (TIME-ORDER,
// TIME-CLOCK, TIME-WAIT).
#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

using Log = std::vector<std::string>;

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

/// A call that logs `name`.
Callback says(CaseContext& t, std::string name) {
  return [&t, name = std::move(name)] { t.log(name); };
}

CASE("TIME-BASIC-02", AnErrorOfLongAgoDelaysNothing,
     "a delayed call is called in the first pass that finds it due, whatever errno says of earlier "
     "calls",
     "time_old_errno_waits_again") {
  kernel::use_virtual_clock();
  TimePoint due, called;
  t.reactor().call_later(0s, [&] {
    due = t.reactor().now() + 50ms;
    t.reactor().call_later(50ms, [&] {
      called = t.reactor().now();
      t.reactor().stop();
    });
    errno = ENOSYS;
  });
  t.reactor().run();
  expect_on_time(t, called, due);
}

CASE("TIME-ORDER-01", DueCallsRunInOrderOfDeadline,
     "calls that are due together run earliest deadline first, no matter which was made first",
     "time_new_call_not_first") {
  kernel::use_virtual_clock();
  for (const int ms : {90, 30, 150, 60, 120}) {
    t.reactor().call_later(std::chrono::milliseconds(ms), says(t, std::to_string(ms)));
  }
  kernel::advance(500ms);
  t.run_window();
  EXPECT_EQ(t.events(), (Log{"30", "60", "90", "120", "150"}));
}

CASE("TIME-ORDER-01", CancellationsKeepTheOrder,
     "calls run in order of deadline also when others, made before or after them, were cancelled",
     "time_removal_spoils_heap") {
  kernel::use_virtual_clock();
  std::vector<DelayedCallRef> calls;
  const Log expected = {"1", "2", "3", "4", "5", "6", "7", "8", "100", "102", "103", "104"};
  for (const int tick : {1, 100, 2, 3, 4, 101, 102, 103, 104, 5, 6, 7, 8}) {
    calls.push_back(t.reactor().call_later(20ms * tick, says(t, std::to_string(tick))));
  }
  calls[5]->cancel();  // in a heap, one of the last fills the gap, among far later ones
  run_for(t, 20ms * 110);
  EXPECT_EQ(t.events(), expected);
}

CASE("TIME-ORDER-01", ManyCancellationsKeepTheOrder,
     "calls run in order of deadline however many of them were cancelled, and wherever",
     "time_gap_asks_another_parent") {
  kernel::use_virtual_clock();
  std::vector<int> ticks;  // each of 1 ... 306 once, in no order
  std::vector<DelayedCallRef> calls;
  for (int tick = 13; ticks.size() < 306; tick = tick * 13 % 307) {
    ticks.push_back(tick);
    calls.push_back(t.reactor().call_later(20ms * tick, says(t, std::to_string(tick))));
  }
  std::vector<int> kept;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (i % 3 == 0) {
      calls[i]->cancel();
    } else {
      kept.push_back(ticks[i]);
    }
  }
  std::ranges::sort(kept);
  Log expected;
  for (const int tick : kept) expected.push_back(std::to_string(tick));
  run_for(t, 20ms * 310);
  EXPECT_EQ(t.events(), expected);
}

CASE("TIME-ORDER-02", EqualDeadlinesRunInTheOrderTheyWereMade,
     "calls with equal deadlines run in the order they were made", "time_equal_in_heap_order") {
  kernel::use_virtual_clock();
  Log expected;
  std::vector<DelayedCallRef> calls;
  for (int i = 0; i < 100; ++i)
    calls.push_back(t.reactor().call_later(30ms, says(t, std::to_string(i))));
  for (int i = 0; i < 100; ++i) {
    if (i % 3 == 0) {
      calls[static_cast<std::size_t>(i)]->cancel();
    } else {
      expected.push_back(std::to_string(i));
    }
  }
  for (int i = 100; i < 130; ++i) {
    t.reactor().call_later(30ms, says(t, std::to_string(i)));
    expected.push_back(std::to_string(i));
  }
  run_for(t, 60ms);
  EXPECT_EQ(t.events(), expected);
}

CASE("TIME-ORDER-03", CallThatFallsDueMeanwhileWaitsForTheNextPass,
     "a call that becomes due while another is being called waits until the loop has asked the "
     "system once more",
     "time_serves_until_none_is_due") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  std::size_t waits = 0;
  reactor.call_later(30ms, [&] {
    kernel::advance(200ms);
    waits = kernel::wait_count();
  });
  bool called = false;
  reactor.call_later(100ms, [&] {
    called = true;
    EXPECT_GT(kernel::wait_count(), waits);
  });
  run_for(t, 500ms);
  EXPECT_TRUE(called);
}

CASE("TIME-ORDER-04", ExceptionLeavesTheRestOfTheBatch,
     "an exception in a delayed call is reported, and the other due calls are called",
     "time_exception_loses_the_batch") {
  kernel::use_virtual_clock();
  t.reactor().call_later(30ms, [] { throw std::runtime_error("deliberate"); });
  t.reactor().call_later(60ms, says(t, "second"));
  t.reactor().call_later(90ms, [] { throw 5; });
  t.reactor().call_later(120ms, says(t, "fourth"));
  kernel::advance(200ms);
  t.run_window();
  EXPECT_EQ(t.events(), (Log{"second", "fourth"}));
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].failure.message(), "deliberate");
  EXPECT_TRUE(errors[1].failure.is<int>());
}

CASE("TIME-CLOCK-01", DeadlinesGoByTheReactorsClock,
     "now is the clock that call_later, reset and deadline go by",
     "time_deadline_from_stale_clock") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const auto agree = [&] {
    const TimePoint before = reactor.now();
    const DelayedCallRef call = reactor.call_later(20s, [] {});
    EXPECT_EQ(call->deadline() - before, 20s);
    kernel::advance(7s);
    EXPECT_EQ(reactor.now() - before, 7s);
    call->reset(20s);
    EXPECT_EQ(call->deadline() - before, 27s);
    call->cancel();
  };
  agree();
  reactor.call_later(30ms, agree);
  run_for(t, 100ms);
  agree();
}

CASE("TIME-CLOCK-02", ClockIsSteady, "the reactor's clock is the steady one, in nanoseconds",
     "time_deadline_on_wall_clock") {
  static_assert(TimePoint::clock::is_steady && std::is_same_v<Duration, std::chrono::nanoseconds>);
  Reactor& reactor = t.reactor();
  TimePoint last = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    const TimePoint now = reactor.now();
    const DelayedCallRef call = reactor.call_later(1h, [] {});
    EXPECT_GE(now, last);
    last = std::chrono::steady_clock::now();
    EXPECT_GE(call->deadline(), now + 1h);
    EXPECT_LE(call->deadline(), last + 1h);
    call->cancel();
  }
}

CASE("TIME-CLOCK-02", SteppedWallClockMovesNoDeadline,
     "a step of the wall clock, forward or back, makes no call come sooner or later",
     "time_deadline_on_wall_clock") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  TimePoint called;
  const DelayedCallRef call = reactor.call_later(50s, [&] { called = reactor.now(); });
  const TimePoint due = reactor.now() + 50s;
  kernel::step_wall_clock(24h);
  run_for(t, 30s);
  EXPECT_EQ(called, TimePoint());
  kernel::step_wall_clock(-240h);
  EXPECT_EQ(call->deadline() - due, 0ns);
  run_for(t, 30s);
  expect_on_time(t, called, due);
}

CASE("TIME-CLOCK-03", DeadlineIsReckonedFromAFreshReading,
     "after a slow callback, call_later and reset reckon from the present time, not from the "
     "beginning of the pass",
     "time_deadline_from_stale_clock") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const DelayedCallRef moved = reactor.call_later(1h, says(t, "moved"));
  TimePoint due;
  TimePoint called;
  reactor.call_later(30ms, [&] {
    kernel::advance(300ms);
    due = reactor.now() + 100ms;
    EXPECT_EQ(reactor.call_later(100ms, [&] { called = reactor.now(); })->deadline(), due);
    moved->reset(200ms);
    EXPECT_EQ(moved->deadline() - due, 100ms);
  });
  run_for(t, 1s);
  expect_on_time(t, called, due);
  EXPECT_EQ(t.events(), Log{"moved"});
}

CASE("TIME-CLOCK-04", DayPassesOnTheVirtualClock,
     "with the clock replaced, a call in a day is called without waiting",
     "time_wait_in_int_of_us") {
  kernel::use_virtual_clock();
  kernel::limit_waits(2000);
  Reactor& reactor = t.reactor();
  const TimePoint start = reactor.now();
  run_for(t, 24h);
  expect_on_time(t, reactor.now(), start + 24h);
}

CASE("TIME-WAIT-01", WaitsAreExact,
     "the wait ends with the earliest deadline, reckoned anew in every pass",
     "time_wait_from_stale_clock", .needs = Capability::kExactWaits) {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const auto last_timeout = [] { return kernel::waits().back().timeout; };
  const auto rounded_up = [&](Duration waited, Duration left) {
    EXPECT_GE(waited, left);
    EXPECT_LT(waited, left + t.backend().timer_resolution);
  };
  Duration left{};
  DelayedCallRef second;
  reactor.call_later(2'900'700ns, [&] {
    kernel::advance(1'300'100ns);
    left = second->deadline() - reactor.now();
  });
  second = reactor.call_later(20ms, [] {});
  reactor.iterate(kNever);
  rounded_up(last_timeout(), 2'900'700ns);
  reactor.iterate(kNever);  // calls the first, which takes its time, and waits for the second
  rounded_up(last_timeout(), left);

  reactor.call_later(0ms, [&] { kernel::advance(100ms); });
  reactor.call_later(50ms, [] {});
  reactor.iterate(kNever);  // the one of 50 ms becomes overdue
  EXPECT_EQ(last_timeout(), Duration::zero());
}

CASE("TIME-WAIT-01", IdleSecondTakesFewWaits,
     "a second in which nothing happens takes at most nine waits", "time_wait_in_int_of_us") {
  kernel::use_virtual_clock();
  run_for(t, 1s);
  EXPECT_LE(kernel::wait_count(), 9U);
  kernel::forget_waits();
  kernel::limit_waits(1000);
  run_for(t, 36min);  // more microseconds than an int can count
  EXPECT_LE(kernel::wait_count(), 99U);
}

CASE("TIME-WAIT-01", NothingPendingMeansNoTimeout,
     "with no call pending the loop waits without limit, or for long",
     "time_idle_wait_is_bounded") {
  Reactor& reactor = t.reactor();
  kernel::on_next_block(
      [&] { std::thread([&] { reactor.call_from_thread([&] { reactor.stop(); }); }).join(); });
  reactor.run();
  Duration longest{};
  for (const kernel::Wait& wait : kernel::waits()) longest = std::max(longest, wait.timeout);
  EXPECT_GE(longest, t.offers(Capability::kExactWaits) ? kNever : Duration(10s));
}

CASE("TIME-WAIT-02", LastFractionOfAMillisecondIsNotSpun,
     "timeouts are rounded up: a call in 2.9 ms takes one wait and not many short ones",
     "time_wait_rounded_down") {
  kernel::use_virtual_clock();
  kernel::limit_waits(1000);
  run_for(t, 2'900us);
  run_for(t, 700ns);
  EXPECT_LE(kernel::wait_count(), t.offers(Capability::kExactWaits) ? 6U : 9U);
}

CASE("TIME-WAIT-03", CallsMadeInAnyCallbackAreOnTime,
     "call_later in do_read, in do_write and in a delayed call, while a library's dispatch is on "
     "the stack, is on time",
     "time_deadline_from_stale_clock") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  int on_time = 0;
  const auto make_call = [&] {
    kernel::advance(250ms);
    const TimePoint due = reactor.now() + 70ms;
    reactor.call_later(70ms, [&, due] {
      expect_on_time(t, reactor.now(), due);
      ++on_time;
    });
  };
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto both = probe(std::move(near));
  both->on_read = [&](Probe& self) {
    reactor.remove_reader(self);
    make_call();
    return Progress::more();
  };
  reactor.call_later(20ms, make_call);
  run_for(t, 2s);
  reactor.add_reader(both);
  run_for(t, 2s);
  both->on_write = [&](Probe& self) {
    reactor.remove_writer(self);
    make_call();
    return Progress::more();
  };
  reactor.add_writer(both);
  run_for(t, 2s);
  EXPECT_EQ(on_time, 3);
}

CASE("TIME-WAIT-04", CallMadeByADescriptorBoundsTheNextWait,
     "the wait that follows do_read respects a delayed call that was made in it",
     "time_new_call_not_first") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, far] = make_pipe();
  put(far, "x");
  const auto reader = probe(std::move(near));
  TimePoint due;
  reader->on_read = [&](Probe& self) {
    reactor.remove_reader(self);
    due = reactor.now() + 70ms;
    reactor.call_later(70ms, [&] { reactor.stop(); });
    kernel::forget_waits();
    return Progress::drained();
  };
  reactor.add_reader(reader);
  const DelayedCallRef far_call =
      reactor.call_later(1h, [] { ADD_FAILURE() << "slept until the later call"; });
  reactor.run();
  expect_on_time(t, reactor.now(), due);
  EXPECT_LE(kernel::wait_count(), 9U);
  EXPECT_TRUE(far_call->active());
}

}  // namespace
}  // namespace loopmark::conformance
