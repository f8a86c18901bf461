// SPDX-License-Identifier: MIT
#include "bench/bare/timer_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <vector>

namespace loopmark::bench::bare {
namespace {

/// What the heap must be like: a multimap keeps equal keys in the order in which they came.
class Reference {
 public:
  explicit Reference(std::size_t timers) : places_(timers) {}

  bool is_set(std::size_t timer) const { return places_[timer].has_value(); }
  bool empty() const { return timers_.empty(); }
  TimePoint next() const { return timers_.begin()->first; }

  void set(std::size_t timer, TimePoint deadline) {
    if (is_set(timer)) cancel(timer);
    places_[timer] = timers_.emplace(deadline, timer);
  }
  void cancel(std::size_t timer) {
    timers_.erase(*places_[timer]);
    places_[timer].reset();
  }
  bool take_due(TimePoint now, std::size_t& timer) {
    if (empty() || next() > now) return false;
    timer = timers_.begin()->second;
    cancel(timer);
    return true;
  }

 private:
  using Timers = std::multimap<TimePoint, std::size_t>;
  Timers timers_;
  std::vector<std::optional<Timers::iterator>> places_;
};

/// Does the same to both, at random, and compares.
class HeapAndReference {
 public:
  HeapAndReference(std::size_t timers, std::size_t deadlines, unsigned seed)
      : timers_(timers), deadlines_(deadlines), random_(seed), reference_(timers) {
    heap_.add(timers);
  }

  void step() {
    const std::size_t timer = below(timers_);
    const std::size_t what = below(100);
    if (what < 60) {
      const TimePoint deadline = now_ + Duration(static_cast<Duration::rep>(below(deadlines_)));
      heap_.set(timer, deadline);
      reference_.set(timer, deadline);
    } else if (what < 90 && reference_.is_set(timer)) {
      heap_.cancel(timer);
      reference_.cancel(timer);
    } else if (what >= 99) {
      now_ += Duration(static_cast<Duration::rep>(below(deadlines_) / 2));
      take_all_due();
    }
    ASSERT_EQ(heap_.empty(), reference_.empty());
    if (!heap_.empty()) {
      ASSERT_EQ(heap_.next(), reference_.next());
    }
  }

  void take_all() {
    now_ = TimePoint::max();
    take_all_due();
    ASSERT_TRUE(heap_.empty());
  }

  int taken() const { return taken_; }

 private:
  void take_all_due() {
    for (std::size_t expected; reference_.take_due(now_, expected); ++taken_) {
      std::size_t timer = timers_;
      ASSERT_TRUE(heap_.take_due(now_, timer));
      ASSERT_EQ(timer, expected);
    }
    std::size_t timer;
    ASSERT_FALSE(heap_.take_due(now_, timer));
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  std::size_t timers_;
  std::size_t deadlines_;
  std::mt19937 random_;
  TimePoint now_{std::chrono::hours(1)};
  TimerHeap heap_;
  Reference reference_;
  int taken_ = 0;
};

TEST(TimerHeap, GivesTimersInTheOrderOfAMultimapWhateverIsDoneToIt) {
  const struct {
    std::size_t timers;
    std::size_t deadlines;
  } sizes[] = {{1, 10}, {2, 2}, {5, 3}, {17, 1000}, {64, 4}, {300, 1'000'000}, {3000, 50}};
  for (const auto& size : sizes) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("timers " + std::to_string(size.timers) + ", deadlines " +
                   std::to_string(size.deadlines) + ", seed " + std::to_string(seed));
      HeapAndReference both(size.timers, size.deadlines, seed);
      for (int step = 0; step < 5000; ++step) {
        both.step();
        if (testing::Test::HasFatalFailure()) return;
      }
      both.take_all();
      if (testing::Test::HasFatalFailure()) return;
      EXPECT_GT(both.taken(), 0);
    }
  }
}

TEST(TimerHeap, KeepsEqualDeadlinesInTheOrderOfSettingAlsoWhenOneIsSetAnew) {
  TimerHeap heap;
  heap.add(4);
  const TimePoint deadline{std::chrono::seconds(1)};
  for (std::size_t timer = 0; timer < 4; ++timer) heap.set(timer, deadline);
  heap.set(1, deadline);
  for (const std::size_t expected : {0U, 2U, 3U, 1U}) {
    std::size_t timer;
    ASSERT_TRUE(heap.take_due(deadline, timer));
    EXPECT_EQ(timer, expected);
  }
}

TEST(TimerHeap, GivesNoneBeforeItsDeadline) {
  TimerHeap heap;
  heap.add(1);
  const TimePoint deadline{std::chrono::seconds(1)};
  heap.set(0, deadline);
  std::size_t timer;
  EXPECT_FALSE(heap.take_due(deadline - Duration(1), timer));
  EXPECT_TRUE(heap.take_due(deadline, timer));
}

}  // namespace
}  // namespace loopmark::bench::bare
