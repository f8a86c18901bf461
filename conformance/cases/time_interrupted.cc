// SPDX-License-Identifier: MIT
//
// Delayed calls whose wait ends before they are due.
#include <cerrno>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

CASE("TIME-BASIC-01", EarlyEndOfAWaitIsNoDeadline,
     "a call is not called when the wait for it ends early with nothing ready, but at its deadline",
     "time_silent_wait_is_the_deadline") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  TimePoint called;
  const DelayedCallRef call = reactor.call_later(10s, [&] {
    called = reactor.now();
    reactor.stop();
  });
  reactor.call_later(0s, [] { kernel::fail_waits(EINTR, 3); });
  reactor.run();
  EXPECT_GE(called - call->deadline(), 0ns);
}

CASE("TIME-BASIC-02", WaitThatWasCutShortIsMadeForTheRest,
     "a call for which the loop waits anew, since a descriptor has ended the first wait, is called "
     "at its deadline",
     "time_wait_not_shortened") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  const auto reader = probe(std::move(near));
  reader->on_read = [](Probe& p) {
    kernel::advance(4s);
    return p.read_some();
  };
  reactor.add_reader(reader);
  put(far, "x");
  TimePoint called;
  const DelayedCallRef call = reactor.call_later(10s, [&] {
    called = reactor.now();
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(reader->reads, 1);
  EXPECT_GE(called - call->deadline(), 0ns);
  EXPECT_LE(called - call->deadline(), t.backend().timer_resolution + 1ms);
}

}  // namespace
}  // namespace loopmark::conformance
