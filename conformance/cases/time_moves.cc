// SPDX-License-Identifier: MIT
//
// Delayed calls that are moved (TIME-RESET, TIME-DELAY).
#include <algorithm>
#include <random>
#include <thread>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

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

CASE("TIME-RESET-01", ResetMovesTheDeadlineSoonerAndLater,
     "reset moves the deadline to so much from now, both ways", "time_reset_never_later") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  for (const Duration moved : {Duration(300ms), Duration(60ms)}) {
    TimePoint called;
    const DelayedCallRef call = reactor.call_later(100ms, [&] { called = reactor.now(); });
    kernel::advance(30ms);
    const TimePoint due = reactor.now() + moved;
    call->reset(moved);
    EXPECT_EQ(call->deadline() - due, 0ns);
    run_for(t, 500ms);
    expect_on_time(t, called, due);
  }
}

CASE("TIME-RESET-02", FarCallResetToZeroIsServedNext,
     "a far call that is reset to zero in a callback is called in the next pass, whatever was "
     "armed before",
     "time_sooner_not_moved_up") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  reactor.call_later(1h, [] { ADD_FAILURE() << "slept until a later call"; });
  TimePoint called;
  const DelayedCallRef far = reactor.call_later(24h, [&] {
    called = reactor.now();
    reactor.stop();
  });
  TimePoint moved;
  reactor.call_later(30ms, [&] {
    moved = reactor.now();
    far->reset(0ms);
  });
  reactor.run();
  expect_on_time(t, called, moved);
}

CASE("TIME-RESET-02", SleepingLoopIsWokenByAResetToSooner,
     "a call that a thread call resets to sooner while the loop sleeps for it does not wait for "
     "its old deadline",
     "time_wakes_only_without_calls") {
  Reactor& reactor = t.reactor();
  const TimePoint old = reactor.now() + 1h;
  const DelayedCallRef call = reactor.call_later(1h, [&] { reactor.stop(); });
  kernel::on_next_block(
      [&] { std::thread([&] { reactor.call_from_thread([&] { call->reset(1ms); }); }).join(); });
  reactor.run();
  EXPECT_LT(reactor.now() - old, 0ns);
}

CASE("TIME-RESET-03", NothingHappensAtTheOldDeadline,
     "a call whose deadline reset has put off is not called at the old", "time_reset_never_later") {
  kernel::use_virtual_clock();
  int calls = 0;
  const DelayedCallRef call = t.reactor().call_later(50ms, [&] { ++calls; });
  t.reactor().call_later(10ms, [&] { call->reset(300ms); });
  run_for(t, 200ms);
  EXPECT_EQ(calls, 0);
  run_for(t, 200ms);
  EXPECT_EQ(calls, 1);
}

CASE("TIME-RESET-04", EndedCallsCannotBeMoved,
     "reset and delay throw AlreadyCalled or AlreadyCancelled on a call that has ended, also in "
     "its own function",
     "time_ended_the_other_way, time_ended_moved_in_silence, time_ended_starts_anew") {
  const DelayedCallRef cancelled = t.reactor().call_later(1h, [] {});
  cancelled->cancel();
  EXPECT_THROW(cancelled->reset(1ms), AlreadyCancelled);
  EXPECT_THROW(cancelled->delay(1ms), AlreadyCancelled);
  EXPECT_THROW(cancelled->delay(-1ms), AlreadyCancelled);
  DelayedCallRef called;
  const auto refuses = [&] {
    EXPECT_THROW(called->reset(1ms), AlreadyCalled);
    EXPECT_THROW(called->delay(1ms), AlreadyCalled);
    EXPECT_THROW(called->delay(-1ms), AlreadyCalled);
  };
  called = t.reactor().call_later(0ms, refuses);
  t.run_window();
  refuses();
  EXPECT_TRUE(t.reactor().get_delayed_calls().empty());
}

CASE("TIME-DELAY-01", DelayAddsToTheDeadline, "delay adds to the deadline, not to the present time",
     "time_delay_from_now") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  TimePoint called;
  const DelayedCallRef call = reactor.call_later(50s, [&] { called = reactor.now(); });
  kernel::advance(10s);
  call->delay(20s);
  const TimePoint due = reactor.now() + 60s;
  EXPECT_EQ(call->deadline() - due, 0ns);
  run_for(t, 100s);
  expect_on_time(t, called, due);
}

CASE("TIME-DELAY-02", NegativeDelayBringsACallForward,
     "delay with a negative duration makes a call due sooner, and one thereby overdue is called in "
     "the next pass",
     "time_delay_from_now") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const TimePoint start = reactor.now();
  int calls = 0;
  const DelayedCallRef call = reactor.call_later(50s, [&] { ++calls; });
  call->delay(-20s);
  EXPECT_EQ(call->deadline() - start, 30s);
  t.run_window();
  EXPECT_EQ(calls, 0);
  call->delay(-90s);
  EXPECT_EQ(call->deadline() - start, -60s);
  t.run_window();
  EXPECT_EQ(calls, 1);
  expect_on_time(t, reactor.now(), start);
}

CASE("TIME-DELAY-03", DueCallThatIsMovedLeavesItsBatch,
     "a due call whose deadline one ahead of it moves is not called in this batch, but at its new "
     "deadline",
     "time_batch_ignores_moves") {
  kernel::use_virtual_clock();
  int delayed_calls = 0;
  int reset_calls = 0;
  DelayedCallRef delayed;
  DelayedCallRef reset;
  t.reactor().call_later(30ms, [&] {
    delayed->delay(1s);
    reset->reset(1s);
  });
  delayed = t.reactor().call_later(60ms, [&] { ++delayed_calls; });
  reset = t.reactor().call_later(90ms, [&] { ++reset_calls; });
  kernel::advance(150ms);
  t.run_window();
  EXPECT_EQ(delayed_calls + reset_calls, 0);
  run_for(t, 2s);
  EXPECT_EQ(delayed_calls, 1);
  EXPECT_EQ(reset_calls, 1);
}

CASE("TIME-DELAY-04", MovedCallTakesItsNewPlace,
     "a call moved behind another, before the run or in a callback, is called after it",
     "time_reset_never_later") {
  kernel::use_virtual_clock();
  const auto make = [&](Duration delay, const char* name) {
    return t.reactor().call_later(delay, [&t, name] { t.log(name); });
  };
  const DelayedCallRef third = make(1s, "third");
  make(2s, "second");
  const DelayedCallRef fourth = make(10s, "fourth");
  make(5s, "fifth");
  const DelayedCallRef sixth = make(600ms, "sixth");
  t.reactor().call_later(500ms, [&] {
    fourth->reset(3500ms);
    sixth->reset(5s);
    t.log("first");
  });
  third->delay(2s);
  run_for(t, 6s);
  EXPECT_EQ(t.events(),
            (std::vector<std::string>{"first", "second", "third", "fourth", "fifth", "sixth"}));
}

CASE("TIME-DELAY-04", RandomMovesKeepTheOrder,
     "calls that are moved and cancelled at random are called in order of their deadlines",
     "time_sooner_not_moved_up") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  std::mt19937 random(20);
  std::vector<int> places(400);
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int>(i) + 1;
  std::ranges::shuffle(places, random);
  std::vector<TimePoint> served;
  std::vector<DelayedCallRef> calls;
  for (std::size_t i = 0; i < places.size() / 2; ++i) {
    calls.push_back(
        reactor.call_later(20ms * places[i], [&, i] { served.push_back(calls[i]->deadline()); }));
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {  // each to a place that no other has
    const int choice = static_cast<int>(random() % 4);
    const Duration place = 20ms * places[places.size() / 2 + i];
    if (choice == 0) calls[i]->cancel();
    if (choice == 1) calls[i]->reset(place);
    if (choice == 2) calls[i]->delay(place - 20ms * places[i]);
  }
  const auto pending = reactor.get_delayed_calls().size();
  run_for(t, 20ms * 500);
  EXPECT_EQ(served.size(), pending);
  EXPECT_TRUE(std::ranges::is_sorted(served));
}

}  // namespace
}  // namespace loopmark::conformance
