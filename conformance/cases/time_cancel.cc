// SPDX-License-Identifier: MIT
//
// Delayed calls that are taken back (TIME-CANCEL).
#include <malloc.h>

#include <algorithm>
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

CASE("TIME-CANCEL-01", CancelledCallIsNeverCalled,
     "a cancelled call is called neither at its deadline nor later", "time_cancel_only_marks") {
  kernel::use_virtual_clock();
  int calls = 0;
  const DelayedCallRef soon = t.reactor().call_later(0ms, [&] { ++calls; });
  const DelayedCallRef later = t.reactor().call_later(30ms, [&] { ++calls; });
  soon->cancel();
  later->cancel();
  t.run_window();
  run_for(t, 100ms);
  t.run_window();
  EXPECT_EQ(calls, 0);
}

CASE("TIME-CANCEL-02", CancellingTwiceThrowsAlreadyCancelled,
     "cancel on a cancelled call throws AlreadyCancelled, as long as the handle is held",
     "time_ended_the_other_way") {
  const DelayedCallRef call = t.reactor().call_later(1h, [] {});
  call->cancel();
  EXPECT_THROW(call->cancel(), AlreadyCancelled);
  const DelayedCallRef another = t.reactor().call_later(1h, [] {});
  t.run_window();
  EXPECT_THROW(call->cancel(), AlreadyCancelled);
  EXPECT_TRUE(another->active());
  t.destroy_reactor();
  EXPECT_THROW(call->cancel(), AlreadyCancelled);
}

CASE("TIME-CANCEL-03", CancellingAfterTheCallThrowsAlreadyCalled,
     "cancel on a call that was called throws AlreadyCalled, as long as the handle is held",
     "time_ended_the_other_way") {
  const DelayedCallRef call = t.reactor().call_later(0ms, [] {});
  t.run_window();
  EXPECT_THROW(call->cancel(), AlreadyCalled);
  const DelayedCallRef another = t.reactor().call_later(1h, [] {});
  t.run_window();
  EXPECT_THROW(call->cancel(), AlreadyCalled);
  EXPECT_TRUE(another->active());
}

CASE("TIME-CANCEL-04", CancellingItselfThrowsAlreadyCalled,
     "a call counts as called once its function has begun: cancel from inside throws AlreadyCalled",
     "time_ended_after_the_call") {
  DelayedCallRef call;
  bool called = false;
  call = t.reactor().call_later(0ms, [&] {
    called = true;
    EXPECT_THROW(call->cancel(), AlreadyCalled);
  });
  t.run_window();
  EXPECT_TRUE(called);
}

CASE("TIME-CANCEL-05", DueCallsThatCancelEachOtherRunOnce,
     "of two calls due in the same batch that cancel each other, exactly one is called",
     "time_cancel_misses_the_due") {
  kernel::use_virtual_clock();
  int calls = 0;
  DelayedCallRef one;
  DelayedCallRef other;
  one = t.reactor().call_later(30ms, [&] {
    ++calls;
    other->cancel();
  });
  other = t.reactor().call_later(30ms, [&] {
    ++calls;
    one->cancel();
  });
  kernel::advance(100ms);
  t.run_window();
  EXPECT_EQ(calls, 1);
  EXPECT_NE(one->to_string(), other->to_string());
}

CASE("TIME-CANCEL-05", DescriptorCancelsACallThatFellDue,
     "a call that fell due and is cancelled by a descriptor's callback before it was called is "
     "skipped",
     "time_cancel_only_marks") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, far] = make_pipe();
  put(far, "x");
  const auto reader = probe(std::move(near));
  const DelayedCallRef call = reactor.call_later(30ms, [] { ADD_FAILURE() << "called"; });
  reader->on_read = [&](Probe& self) {
    kernel::advance(100ms);
    call->cancel();
    reactor.remove_reader(self);
    return Progress::drained();
  };
  reactor.add_reader(reader);
  t.run_window();
  EXPECT_EQ(reader->reads, 1);
  EXPECT_FALSE(call->active());
}

CASE("TIME-CANCEL-06", CancelledCallBoundsNoWait,
     "when the only call is cancelled, the loop waits as an idle one",
     "time_cancelled_stays_queued") {
  Reactor& reactor = t.reactor();
  reactor.call_later(5ms, [] { ADD_FAILURE() << "called"; })->cancel();
  kernel::forget_waits();
  kernel::on_next_block(
      [&] { std::thread([&] { reactor.call_from_thread([&] { reactor.stop(); }); }).join(); });
  reactor.run();
  Duration longest{};
  for (const kernel::Wait& wait : kernel::waits()) longest = std::max(longest, wait.timeout);
  EXPECT_GE(longest, t.offers(Capability::kExactWaits) ? kNever : Duration(10s));
  EXPECT_LE(kernel::wait_count(), 9U);
}

CASE("TIME-CANCEL-07", CancelDestroysTheFunction,
     "cancel destroys the function and what it captured before it returns, also when the handle is "
     "held",
     "time_cancel_only_marks") {
  auto captured = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = captured;
  const DelayedCallRef call = t.reactor().call_later(1h, [captured = std::move(captured)] {});
  EXPECT_FALSE(watched.expired());
  call->cancel();
  EXPECT_TRUE(watched.expired());
}

CASE("TIME-CANCEL-08", ManyCancelledCallsLeaveNothingBehind,
     "many far calls that are made and cancelled again and again leave no list and take no more "
     "memory",
     "time_cancel_keeps_the_slot") {
  constexpr std::size_t kCalls = 1500;
  const auto round = [&] {
    std::vector<DelayedCallRef> calls;
    for (std::size_t i = 0; i < kCalls; ++i) calls.push_back(t.reactor().call_later(1h, [] {}));
    for (const DelayedCallRef& call : calls) call->cancel();
    EXPECT_TRUE(t.reactor().get_delayed_calls().empty());
    calls.clear();
    t.run_window(1);
    const auto memory = ::mallinfo2();
    return memory.uordblks +
           memory.hblkhd;  // bytes in use; large blocks have mappings of their own
  };
  round();
  const std::size_t after_one = round();
  round();
  round();
  EXPECT_LE(round(), after_one + 2 * kCalls);
}

}  // namespace
}  // namespace loopmark::conformance
