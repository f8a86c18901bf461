// SPDX-License-Identifier: MIT
//
// Section 8, Signals: how they get to the loop, and past it.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "conformance/cases/dispositions.h"
#include "conformance/cases/passes.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

std::atomic<int> own_signals = 0;

CASE("SIG-10", ForeignSignalsDisturbNothing,
     "signals that the application handles go to its handler in the midst of a wait, and the loop "
     "waits on",
     "run_eintr_is_an_error") {
  const DefaultDispositions clean;
  const Disposition own(SIGUSR1, [](int) { ++own_signals; });
  Reactor& reactor = t.reactor();
  std::jthread sender;
  reactor.call_when_running([&, runs = ::pthread_self(), tid = ::gettid()] {
    sender = std::jthread([&reactor, runs, tid] {
      for (int sent = 1; sent <= 20; ++sent) {
        await_sleep(tid);
        ::pthread_kill(runs, SIGUSR1);
        while (own_signals < sent) std::this_thread::yield();
      }
      reactor.call_from_thread([&reactor] { reactor.stop(); });
    });
  });
  signals(t).run();
  sender.join();
  EXPECT_EQ(own_signals, 20);
  EXPECT_EQ(signals(t).exit_signal(), std::nullopt);
}

CASE("SIG-11", BlockingCallsGoOn,
     "a blocking read(2) in a callback goes on when SIGCHLD is delivered, and does not fail with "
     "EINTR",
     "sig_without_restart") {
  const DefaultDispositions clean;
  t.reactor().call_later(0s, [&] {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reading(ends[0]), writing(ends[1]);
    std::jthread sender([&writing, reads = ::pthread_self(), tid = ::gettid()] {
      for (int sent = 0; sent < 20; ++sent) {
        await_sleep(tid);
        ::pthread_kill(reads, SIGCHLD);
      }
      put(writing, "x");
    });
    char byte = 0;
    EXPECT_EQ(::read(reading.get(), &byte, 1), 1) << errno;
    sender.join();
    t.reactor().stop();
  });
  signals(t).run();
}

CASE("SIG-12", ChildSignalWakesTheLoop,
     "SIGCHLD that lands on another thread while the loop waits reaches it all the same, on its "
     "thread",
     "sig_child_does_not_wake, sig_pipe_not_watched") {
  const DefaultDispositions clean;
  Reactor& reactor = t.reactor();
  int told = 0;
  signals(t).on_child_signal([&] {
    ++told;
    EXPECT_TRUE(reactor.in_reactor_thread());
    reactor.stop();
  });
  kernel::on_next_block([] { std::jthread([] { ::raise(SIGCHLD); }).join(); });
  signals(t).run();
  EXPECT_EQ(told, 1);
}

CASE("SIG-12", EveryFunctionIsTold,
     "a SIGCHLD is told to all functions that were given to on_child_signal()",
     "sig_first_child_function_only") {
  const DefaultDispositions clean;
  signals(t).on_child_signal([&] { t.log("first"); });
  signals(t).on_child_signal([&] {
    t.log("second");
    t.reactor().stop();
  });
  t.reactor().call_later(0s, [&] {
    raise_handled(t, SIGCHLD);
    after_passes(t, 3, [&] {
      if (t.events().size() < 2) t.reactor().stop();
    });
  });
  signals(t).run();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"first", "second"}));
}

/// More signals of one kind than a pipe has room for.
void raise_a_flood() {
  for (int i = 0; i < 70'000; ++i) ::raise(SIGCHLD);
}

CASE("SIG-02", FloodOfAnotherSignalHidesNoTerminate,
     "SIGTERM stops the run also when it comes behind a flood of SIGCHLD",
     "sig_identity_in_a_byte") {
  const DefaultDispositions clean;
  t.reactor().call_later(0s, [&] {
    raise_a_flood();
    raise_handled(t, SIGTERM);
    after_passes(t, 10, [&] {
      if (!signals(t).exit_signal()) t.reactor().crash();
    });
  });
  signals(t).run();
  EXPECT_EQ(signals(t).exit_signal(), SIGTERM);
}

CASE("SIG-07", HandlerLeavesErrnoAlone,
     "the handler leaves errno as it was, also when it cannot wake the loop any more",
     "sig_handler_changes_errno") {
  const DefaultDispositions clean;
  t.reactor().call_later(0s, [&] {
    raise_a_flood();
    errno = ENOTTY;
    ::raise(SIGCHLD);
    const int left = errno;
    EXPECT_EQ(left, ENOTTY);
    t.reactor().stop();
  });
  signals(t).run();
}

}  // namespace
}  // namespace loopmark::conformance
