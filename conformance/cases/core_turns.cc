// SPDX-License-Identifier: MIT
//
// run(): how callbacks take turns, and what the loop does when its wait is disturbed.
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

using Events = std::vector<std::string>;

CASE("CORE-RUN-10", CallbacksAreNeverNested,
     "the loop takes no step while a callback executes, whatever that callback asks for",
     "run_thread_call_in_place") {
  Reactor& reactor = t.reactor();
  int depth = 0;
  int deepest = 0;
  int calls = 0;
  const auto inside = [&](const auto& work) {
    deepest = std::max(deepest, ++depth);
    if (++calls == 300) reactor.stop();
    work();
    --depth;
  };
  const auto count = [&] { inside([] {}); };
  auto [near, far] = socket_pair();
  const std::shared_ptr<Probe> ends[] = {probe(std::move(near)), probe(std::move(far))};
  for (const auto& end : ends) {  // a byte goes to and fro
    end->on_read = [&, end = end.get()](Probe& self) {
      inside([&] {
        reactor.call_from_thread(count);
        self.read_some();
        reactor.add_writer(*std::ranges::find(ends, end, &std::shared_ptr<Probe>::get));
      });
      return Progress::more();
    };
    end->on_write = [&](Probe& self) {
      inside([&] {
        reactor.call_later(0s, count);
        self.write_one();
        reactor.remove_writer(self);
      });
      return Progress::more();
    };
    end->on_lost = [&](Probe&, const Failure&) { count(); };
    reactor.add_reader(end);
  }
  reactor.add_writer(ends[0]);
  reactor.run();
  EXPECT_EQ(deepest, 1);
  EXPECT_GE(calls, 302);  // with both ends' connection_lost
}

CASE("CORE-RUN-11", TheLoopGoesOnAfterACallback,
     "when a callback returns, whatever else was due is served", "run_one_call_a_batch") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  reactor.add_reader(descriptor);
  for (const char* name : {"first", "second"}) reactor.call_later(0s, [&t, name] { t.log(name); });
  reactor.call_from_thread([&] { t.log("thread call"); });
  reactor.call_later(1s, [&] { reactor.stop(); });
  reactor.run();
  Events events = t.events();
  std::ranges::sort(events);
  EXPECT_EQ(events, (Events{"first", "second", "thread call"}));
  EXPECT_EQ(descriptor->received, "x");
}

CASE("CORE-RUN-12", EverythingWaitsForASlowCallback,
     "a slow callback is not interrupted, and the delayed calls that are overdue then run in "
     "order of deadline",
     "run_overdue_in_order_of_arming") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, other] = socket_pair();
  const UniqueFd far = std::move(other);  // clang 14 captures no structured binding
  const auto descriptor = probe(std::move(near));
  reactor.add_reader(descriptor);
  reactor.call_later(300ms, [&] { t.log("300 ms"); });
  reactor.call_later(100ms, [&] { t.log("100 ms"); });
  reactor.call_later(200ms, [&] { t.log("200 ms"); });
  reactor.call_later(0s, [&] {
    t.log("slow begins");
    put(far, "x");
    kernel::advance(1s);
    EXPECT_EQ(descriptor->reads, 0);
    t.log("slow ends");
  });
  reactor.call_later(2s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"slow begins", "slow ends", "100 ms", "200 ms", "300 ms"}));
  EXPECT_EQ(descriptor->received, "x");
}

CASE("CORE-RUN-13", APassHasOneOrder,
     "a pass takes the queued thread calls, then the due delayed calls, then what is ready "
     "after one wait",
     "run_wait_before_thread_calls", .needs = Capability::kPassOrder) {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [&](Probe& self) {
    t.log("descriptor");
    reactor.stop();
    return self.read_some();
  };
  reactor.add_reader(descriptor);
  reactor.call_later(0s, [&] { t.log("delayed call"); });
  reactor.call_from_thread([&] { t.log("thread call"); });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"thread call", "delayed call", "descriptor"}));
}

constexpr int kLongestChain = 1000;

/// Runs a chain of calls, each of which hands the one that follows to `queue`, until `served` or until it is too long.
/// Its length.
int chain(Reactor& reactor, const std::function<void(const std::function<void()>&)>& queue,
          const std::function<bool()>& served) {
  int length = 0;
  std::function<void()> link = [&] {
    if (++length == kLongestChain || served()) return reactor.stop();
    queue(link);
  };
  queue(link);
  reactor.run();
  return length;
}

CASE("CORE-RUN-14", ZeroDelaysDoNotStarveTheRest,
     "an endless chain of zero-delay calls leaves room for descriptors and thread calls",
     "run_serves_calls_made_meanwhile") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  reactor.add_reader(descriptor);
  bool called = false;
  reactor.call_later(0s, [&] { reactor.call_from_thread([&] { called = true; }); });
  const int length = chain(
      reactor, [&](const auto& link) { reactor.call_later(0s, link); },
      [&] { return called && descriptor->reads > 0; });
  EXPECT_LT(length, kLongestChain);
}

CASE("CORE-RUN-14", ThreadCallsDoNotStarveTheRest,
     "an endless chain of thread calls leaves room for delayed calls and descriptors",
     "run_drains_thread_calls") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  reactor.add_reader(descriptor);
  bool called = false;
  reactor.call_later(0s, [&] { called = true; });
  const int length = chain(
      reactor, [&](const auto& link) { reactor.call_from_thread(link); },
      [&] { return called && descriptor->reads > 0; });
  EXPECT_LT(length, kLongestChain);
}

CASE("CORE-RUN-15", AFailedWaitIsReportedOnce,
     "a wait that fails is reported once, and the loop goes on", "run_failed_wait_ends_it") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  bool called = false;
  reactor.call_later(0s, [&] {
    kernel::fail_waits(ENOMEM);
    reactor.call_later(1s, [&] {
      called = true;
      reactor.stop();
    });
  });
  reactor.run();
  EXPECT_TRUE(called);
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(errors[0].failure.is<std::system_error>()) << errors[0].failure.message();
  EXPECT_FALSE(errors[0].context.empty());
}

/// How often this thread has gone to sleep so far; to lose the processor to another one is no sleep.
long sleeps() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

CASE("CORE-RUN-15", WaitsThatKeepFailingDoNotSpin,
     "when the wait fails again and again, the loop slows down instead of spinning",
     "run_failing_waits_spin") {
  Reactor& reactor = t.reactor();
  int failed = 0;
  reactor.set_error_observer([&](const ErrorReport&) {
    if (++failed == 4) reactor.stop();
  });
  reactor.call_later(0s, [] { kernel::fail_waits(ENOMEM, 4); });
  const TimePoint begin = Clock::now();
  const long slept = sleeps();
  reactor.run();
  EXPECT_EQ(failed, 4);
  EXPECT_GE(Clock::now() - begin, 5ms);
  EXPECT_GE(sleeps() - slept, 2);
}

CASE("CORE-RUN-16", AnInterruptedWaitIsNoError,
     "a wait that ends with EINTR is not reported, and the loop goes on",
     "run_eintr_is_an_error, run_eintr_of_poll_is_an_error, run_eintr_of_select_is_an_error") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] { kernel::fail_waits(EINTR, 3); });
  reactor.call_later(1s, [&] {
    t.log("delayed call");
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(t.events(), Events{"delayed call"});
  EXPECT_EQ(t.take_errors().size(), 0u);
}

std::atomic<int> signals_handled = 0;

/// What the kernel says of a thread of this process: 'S' when it sleeps.
char state_of(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end_of_name = line.rfind(") ");
  return end_of_name + 2 < line.size() ? line[end_of_name + 2] : '?';
}

CASE("CORE-RUN-16", ASignalDoesNotEndTheWait,
     "a signal whose handler runs while the loop waits is no error, and the loop lives on",
     "run_eintr_is_an_error") {
  Reactor& reactor = t.reactor();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { ++signals_handled; };
  ::sigaction(SIGUSR1, &action, &before);
  std::jthread sender;
  kernel::on_next_block([&, loop = ::pthread_self(), number = ::gettid()] {
    sender = std::jthread([&reactor, loop, number] {
      while (state_of(number) != 'S') std::this_thread::yield();
      ::pthread_kill(loop, SIGUSR1);
      while (signals_handled == 0) std::this_thread::yield();
      reactor.call_from_thread([&reactor] { reactor.stop(); });
    });
  });
  reactor.run();
  if (sender.joinable()) sender.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(signals_handled, 1);
  EXPECT_EQ(t.take_errors().size(), 0u);
}

CASE("CORE-RUN-17", AnyTypeThatIsThrownIsCaught,
     "an exception that does not derive from std::exception is caught and reported like any other",
     "run_catches_std_exceptions_only") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [](Probe&) -> Progress { throw 4; };
  descriptor->on_lost = [&](Probe&, const Failure& reason) {
    EXPECT_TRUE(reason.is<int>());
    reactor.stop();
  };
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { throw 1; });
  reactor.call_from_thread([] { throw 2; });
  reactor.call_later(0s, [&] {
    reactor.add_reader(descriptor);
    throw 3;
  });
  EXPECT_NO_THROW(reactor.run());
  const std::vector<ErrorReport> errors = t.take_errors();
  EXPECT_EQ(errors.size(), 4u);
  for (const ErrorReport& error : errors) EXPECT_TRUE(error.failure.is<int>()) << error.context;
}

}  // namespace
}  // namespace loopmark::conformance
