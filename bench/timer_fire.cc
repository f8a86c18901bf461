// SPDX-License-Identifier: MIT
//
// Timers that are set, come due together, and fire. Those of delay zero are due when the loop gets
// to them; those at random are waited for outside what is timed. So no time passes in waiting.
#include <time.h>

#include <algorithm>
#include <optional>
#include <random>

#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/timed_loop.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

struct Plan {
  std::size_t timers;
  std::size_t pending;
  bool random;
};

constexpr Duration kSpread = 10ms;  // of deadlines at random
constexpr Duration kFar = 300s;

/// The time by the kernel's coarse clock, which stands still for some milliseconds at a time. Some
/// loops go by it.
TimePoint coarse_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

template <template <class> class Loop>
class TimerFire final : public Workload {
 public:
  TimerFire(const Arm& arm, const Plan& plan)
      : arm_(arm), plan_(plan), delays_(plan.timers), set_(plan.timers) {
    std::mt19937_64 random(plan.timers);
    std::uniform_int_distribution<Duration::rep> upto(0, kSpread.count());
    if (plan_.random)
      std::generate(delays_.begin(), delays_.end(), [&] { return Duration(upto(random)); });
  }

  void prepare() override {
    loop_.emplace(arm_.make_loop(), *this);
    loop_->add_timers(plan_.timers + plan_.pending);
    std::mt19937_64 random(plan_.pending);
    std::uniform_int_distribution<Duration::rep> more(0, Duration(60s).count());
    for (std::size_t i = 0; i < plan_.pending; ++i) {
      loop_->set(plan_.timers + i, kFar + Duration(more(random)));
    }
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    verify();
    record_ = &record;
    const std::uint64_t batches = (events + plan_.timers - 1) / plan_.timers;
    batches_left_ = batches;
    set_batch();
    loop_->run();
    if (left_ + batches_left_ > 0) fail(std::to_string(left_) + " timers did not fire");
    return batches * plan_.timers;
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return loop_->evidence(); }

  void readable(std::size_t) {}

  void due(std::size_t timer) {
    if (timer >= plan_.timers) return fail("a timer fired long before it was due");
    if (!set_[timer]) return fail("a timer fired twice");
    set_[timer] = 0;
    if (arm_.keeps_order && !in_order(timer)) return fail("timers fired out of order");
    if (--left_ > 0) return;
    if (batches_left_ > 0) {
      set_batch();
    } else {
      loop_->stop();
    }
  }

 private:
  void set_batch() {
    --batches_left_;
    left_ = plan_.timers;
    next_ = 0;
    latest_ = Duration::zero();
    planted_.owe_for(plan_.timers);
    const TimePoint begin = Clock::now();
    for (std::size_t timer = 0; timer < plan_.timers; ++timer) {
      set_[timer] = 1;
      loop_->set(timer, delays_[timer]);
    }
    const TimePoint end = Clock::now();
    setting_took_ = end - begin;
    if (!plan_.random) return;
    record_->stopwatch.stop();
    while (coarse_now() <= end + kSpread) {
    }
    record_->stopwatch.start();
  }

  /// Of one delay, in the order in which they were set. Of different ones, by deadline, which we
  /// know to within the time that it took to set them all.
  bool in_order(std::size_t timer) {
    if (!plan_.random) return timer == next_++;
    latest_ = std::max(latest_, delays_[timer]);
    return delays_[timer] >= latest_ - setting_took_;
  }

  void fail(std::string_view what) {
    fault_.set(what);
    loop_->stop();
  }

  Arm arm_;
  Plan plan_;
  PlantedDebt planted_{arm_.planted_steps};
  std::optional<Loop<TimerFire>> loop_;
  std::vector<Duration> delays_;
  std::vector<std::uint8_t> set_;
  std::uint64_t batches_left_ = 0;
  std::size_t left_ = 0;  // of the batch
  std::size_t next_ = 0;
  Duration latest_{};
  Duration setting_took_{};
  SlotRecord* record_ = nullptr;
  Fault fault_;
};

constexpr std::string_view kDeadlines[] = {"equal", "random"};
constexpr std::uint64_t kMostTimers = 1'000'000;  // both kinds together

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t timers = whole(parameters, "n", 1, kMostTimers);
  const std::uint64_t pending = whole(parameters, "pending", 0, kMostTimers - timers);
  return make_timed<TimerFire>(
      arm, Plan{timers, pending, choice(parameters, "deadlines", kDeadlines) == 1});
}

constexpr Parameter kParameters[] = {
    {"n", "1000", "timers that are due at a time"},
    {"pending", "0", "timers that are set besides, minutes off; at most 1000000 with n"},
    {"deadlines", "equal",
     "equal: delay zero, so due one after another as they were set; random: within 10 ms, which "
     "are waited for (use n of 10000 and more, or the waiting takes long)"},
};

constexpr Scenario kScenarios[] = {
    {"n=1000", true, false},
    {"n=1", false, false},
    {"n=100", false, false},
    {"n=10000", false, true},
    {"n=100000", false, false},
    {"n=1000,pending=100000", false, false},
    {"n=10000,deadlines=random", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};
constexpr std::string_view kClauses[] = {"TIME-BASIC-01", "TIME-BASIC-04", "TIME-ORDER-01"};

}  // namespace

const WorkloadRow kTimerFire = {
    .name = "timer_fire",
    .question = "What does it cost to set a timer and have it fire, n at a time?",
    .unit = "timer",
    .operation = "",
    .timed =
        "for each timer its setting, which reads the clock afresh (also on the bare arm and within "
        "the time of the api: arms), and its firing; for each n of them one pass of the loop, "
        "which does not wait; with deadlines=random the waiting for them is not in it",
    .not_shown = "lateness; waiting; what a timer costs that does not fire",
    .verdicts = "one, for firing differs less among loops than setting does",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
