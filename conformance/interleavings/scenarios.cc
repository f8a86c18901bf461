// SPDX-License-Identifier: MIT
#include "conformance/interleavings/scenarios.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace loopmark::conformance::interleavings {
namespace {

/// Calls of several threads, each of which must be made once, in the order of its thread; the last one stops the reactor.
class Calls {
 public:
  /// `expected` calls of thread 0, 1 ...
  Calls(Reactor& reactor, std::vector<int> expected)
      : reactor_(reactor), expected_(std::move(expected)), made_(expected_.size(), 0) {
    for (const int count : expected_) left_ += count;
  }

  /// In any thread: hands in call `number` of `thread`, both from 0.
  void hand_in(std::size_t thread, int number) {
    reactor_.call_from_thread([this, thread, number] {
      if (made_[thread] != number) in_order_ = false;
      ++made_[thread];
      if (--left_ == 0) reactor_.stop();
    });
  }

  /// After the run.
  std::string fault() const {
    if (made_ != expected_) return "calls were lost, or made twice";
    return in_order_ ? "" : "the calls of a thread were not made in its order";
  }

 private:
  Reactor& reactor_;
  std::vector<int> expected_;
  std::vector<int> made_;
  int left_ = 0;
  bool in_order_ = true;
};

/// The least there is: few enough steps for every order, without a bound.
std::string one_call(Reactor& reactor) {
  Calls calls(reactor, {1});
  std::thread caller([&] { calls.hand_in(0, 0); });
  reactor.run();
  caller.join();
  return calls.fault();
}

/// They come before the run, while it begins, while the loop falls asleep, and in its sleep.
std::string two_callers(Reactor& reactor) {
  Calls calls(reactor, {2, 1});
  std::thread first([&] {
    calls.hand_in(0, 0);
    calls.hand_in(0, 1);
  });
  std::thread second([&] { calls.hand_in(1, 0); });
  reactor.run();
  first.join();
  second.join();
  return calls.fault();
}

/// Another thread's call comes beside those of the loop's own callbacks, for which nobody wakes it.
std::string call_during_a_batch(Reactor& reactor) {
  Calls calls(reactor, {1, 1});
  reactor.call_later(Duration::zero(),
                     [&] { reactor.call_from_thread([&] { calls.hand_in(0, 0); }); });
  std::thread other([&] { calls.hand_in(1, 0); });
  reactor.run();
  other.join();
  return calls.fault();
}

/// To wake a loop never blocks, also before the run, when nobody empties the counter.
std::string calls_to_a_full_waker(Reactor& reactor) {
  Calls calls(reactor, {1, 1});
  std::thread([&] { calls.hand_in(0, 0); }).join();
  std::thread caller([&] { calls.hand_in(1, 0); });
  reactor.run();
  caller.join();
  return calls.fault();
}

std::string call_while_a_timer_is_far(Reactor& reactor) {
  Calls calls(reactor, {1});
  const DelayedCallRef far = reactor.call_later(std::chrono::hours(1), [] {});
  std::thread caller([&] { calls.hand_in(0, 0); });
  reactor.run();
  caller.join();
  far->cancel();
  return calls.fault();
}

std::string stop_twice_over(Reactor& reactor) {
  for (int round = 0; round < 2; ++round) {
    std::thread stopper([&] { reactor.call_from_thread([&] { reactor.stop(); }); });
    reactor.run();
    stopper.join();
  }
  return reactor.running() ? "it still runs" : "";
}

/// The last call comes at the end of the run or after it, and is then made in the next.
std::string call_at_the_end(Reactor& reactor) {
  int made = 0;
  std::thread caller([&] {
    reactor.call_from_thread([&] { reactor.stop(); });
    reactor.call_from_thread([&] { ++made; });
  });
  reactor.run();
  caller.join();
  if (made == 0) {
    reactor.call_from_thread([&] { reactor.stop(); });
    reactor.run();
  }
  return made == 1 ? "" : "the last call was made " + std::to_string(made) + " times";
}

/// Both pieces of work must be under way at once, and each hands its result back.
std::string work_and_results(Reactor& reactor) {
  std::mutex mutex;
  std::condition_variable both_came;
  int under_way = 0;
  int results = 0;
  reactor.suggest_thread_pool_size(2);
  for (int piece = 0; piece < 2; ++piece) {
    reactor.call_in_thread([&] {
      {
        std::unique_lock lock(mutex);
        if (++under_way == 2) both_came.notify_one();
        both_came.wait(lock, [&] { return under_way == 2; });
      }
      reactor.call_from_thread([&] {
        if (++results == 2) reactor.stop();
      });
    });
  }
  reactor.run();
  return results == 2 ? "" : std::to_string(results) + " of 2 results came back";
}

constexpr Scenario kScenarios[] = {
    {"one_call", false, one_call},
    {"two_callers", false, two_callers},
    {"call_during_a_batch", false, call_during_a_batch},
    {"calls_to_a_full_waker", true, calls_to_a_full_waker},
    {"call_while_a_timer_is_far", false, call_while_a_timer_is_far},
    {"stop_twice_over", false, stop_twice_over},
    {"call_at_the_end", false, call_at_the_end},
    {"work_and_results", false, work_and_results},
};

}  // namespace

std::span<const Scenario> all_scenarios() {
  return kScenarios;
}

}  // namespace loopmark::conformance::interleavings
