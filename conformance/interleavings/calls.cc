// SPDX-License-Identifier: MIT
#include "conformance/interleavings/calls.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "conformance/interleavings/scheduler.h"
#include "conformance/interleavings/wakers.h"

namespace loopmark::conformance::interleavings {
namespace {

/// A thread that hands in calls. The counters belong to the reactor's thread, but for what the mutex guards.
class Caller {
 public:
  Caller(Reactor& reactor, std::uint64_t calls, std::uint64_t seed, Duration patience)
      : reactor_(reactor), calls_(calls), random_(seed), patience_(patience) {}

  /// In a thread of its own.
  void hand_in_all() {
    for (std::uint64_t first = 0; first < calls_;) {
      const std::uint64_t end = std::min(calls_, first + (std::uint64_t{1} << random_() % 6));
      for (std::uint64_t number = first; number < end; ++number) {
        reactor_.call_from_thread(
            [this, number, last = number + 1 == end] { be_made(number, last); });
      }
      ++bursts;
      wait_until_made(end);
      first = end;
    }
    reactor_.call_from_thread([this] {
      over = true;
      when_over();
    });
  }

  std::uint64_t made = 0;
  std::uint64_t bursts = 0;
  bool in_order = true;
  bool over = false;
  Callback when_over;

 private:
  void be_made(std::uint64_t number, bool last) {
    if (number != made) in_order = false;
    ++made;
    if (!last) return;
    const std::lock_guard lock(mutex_);
    told_ = number + 1;
    told_changed_.notify_one();
  }

  void wait_until_made(std::uint64_t end) {
    std::unique_lock lock(mutex_);
    if (told_changed_.wait_for(lock, patience_, [&] { return told_ == end; })) return;
    fail("calls are lost: a thread waits for its call " + std::to_string(end - 1) + " to be made");
  }

  Reactor& reactor_;
  const std::uint64_t calls_;
  std::mt19937_64 random_;
  const Duration patience_;
  std::mutex mutex_;
  std::condition_variable told_changed_;
  std::uint64_t told_ = 0;
};

}  // namespace

Called call_from_two_threads(const Backend& backend, std::uint64_t calls, std::uint64_t seed,
                             Duration patience) {
  const auto reactor = backend.make();
  reactor->set_error_observer([](const ErrorReport& report) {
    fail("an error was reported: " + report.context + ": " + report.failure.message());
  });
  Caller first(*reactor, calls / 2, 2 * seed, patience);
  Caller second(*reactor, calls - calls / 2, 2 * seed + 1, patience);
  first.when_over = second.when_over = [&] {
    if (first.over && second.over) reactor->stop();
  };
  std::thread first_thread([&] { first.hand_in_all(); });
  std::thread second_thread([&] { second.hand_in_all(); });
  count_sleeps();
  reactor->run();
  first_thread.join();
  second_thread.join();
  if (!first.in_order || !second.in_order)
    fail("the calls of a thread were not made once each, in its order");
  if (first.made + second.made != calls) fail("calls were lost");
  return {.bursts = first.bursts + second.bursts, .sleeps = sleeps()};
}

}  // namespace loopmark::conformance::interleavings
