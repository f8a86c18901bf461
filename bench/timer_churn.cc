// SPDX-License-Identifier: MIT
//
// What most timers are: timeouts, set for the case that something does not happen, and cancelled or
// moved when it does. None of them comes due here. At each time `n` of them are set; what an
// operation costs then, for different n, shows how a loop keeps them.
#include <sys/eventfd.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>

#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/timed_loop.h"
#include "bench/timer_proof.h"
#include "bench/workloads.h"
#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

enum Work : std::size_t { kInsertCancel, kRearm, kFill };
enum Deadlines : std::size_t { kRandom, kAscending, kEqual };

struct Plan {
  Work work;
  Deadlines deadlines;
  std::size_t timers;
  std::size_t cancelled;  // of them, by kFill
};

// Far enough off that none comes due while a process lives.
constexpr Duration kDelay = 300s;
// Operations in a callback. A pass of the loop after so many belongs to the work, or a loop could
// put all of it off to the pass.
constexpr std::uint64_t kBatch = 64;
// A proof after each slot, in so many tries of at most so many timers: outside what is timed.
constexpr std::size_t kProved = 1500;
constexpr std::size_t kProvedAtOnce = 500;

template <template <class> class Loop>
class TimerChurn final : public Workload {
 public:
  TimerChurn(const Arm& arm, const Plan& plan)
      : arm_(arm),
        plan_(plan),
        proof_(plan.timers, kProvedAtOnce),
        cancelled_in_(plan.work == kFill ? plan.timers : 0) {
    std::iota(cancelled_in_.begin(), cancelled_in_.end(), 0U);
    std::shuffle(cancelled_in_.begin(), cancelled_in_.end(), std::mt19937_64(plan.timers));
  }

  void prepare() override {
    loop_.emplace(arm_.make_loop(), *this);
    ready_ = UniqueFd(check_call(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
    loop_->watch(ready_.get(), 0);
    loop_->add_timers(plan_.timers);
    if (plan_.work != kFill) set_all();
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    verify();
    if (plan_.work == kFill) {
      events = fill(events, record);
    } else {
      run(events);
      record.stopwatch.stop();
    }
    if (!fault_) prove();
    return events;
  }

  void rewind() override {
    random_ = 1;
    ascending_ = 0;
    if (plan_.work == kFill) return;
    for (std::size_t timer = 0; timer < plan_.timers; ++timer) loop_->cancel(timer);
    set_all();
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return loop_->evidence(); }

  void readable(std::size_t) {
    if (left_ == 0) return;  // proving
    const std::uint64_t count = std::min(left_, kBatch);
    planted_.owe_for(count);
    for (std::uint64_t k = 0; k < count; ++k) operate();
    left_ -= count;
    if (left_ == 0) loop_->stop();
  }

  void due(std::size_t timer) {
    if (!proof_.fired(*loop_, timer)) fail("a timer fired that was cancelled, or far from due");
  }

 private:
  void run(std::uint64_t operations) {
    left_ = operations;
    loop_->run();
    if (left_ > 0) fail("the loop has ended before the work");
  }

  /// As often as makes `events` timers that are set, or more. Returns how many. What is left over
  /// each time is cancelled outside what is timed.
  std::uint64_t fill(std::uint64_t events, SlotRecord& record) {
    std::uint64_t set = 0;
    while (set < events && !fault_) {
      record.stopwatch.start();
      filled_ = 0;
      run(plan_.timers + plan_.cancelled);
      record.stopwatch.stop();
      for (std::size_t k = plan_.cancelled; k < plan_.timers; ++k) loop_->cancel(cancelled_in_[k]);
      set += plan_.timers;
    }
    return set;
  }

  void operate() {
    if (plan_.work == kFill) return set_or_cancel();
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    const std::size_t timer = (random_ >> 32) * plan_.timers >> 32;
    if (plan_.work == kRearm) return loop_->reset(timer, delay());
    loop_->cancel(timer);
    loop_->set(timer, delay());
  }

  /// First all are set, one after another; then they are cancelled.
  void set_or_cancel() {
    if (filled_ < plan_.timers) {
      random_ = random_ * 6364136223846793005U + 1442695040888963407U;
      loop_->set(filled_, delay());
    } else {
      loop_->cancel(cancelled_in_[filled_ - plan_.timers]);
    }
    ++filled_;
  }

  Duration delay() {
    if (plan_.deadlines == kEqual) return kDelay;
    if (plan_.deadlines == kAscending) return kDelay + ++ascending_ * 1us;
    return kDelay + (random_ & 0xffffffff) * 16ns;  // up to 69 s more
  }

  void set_all() {
    for (std::size_t timer = 0; timer < plan_.timers; ++timer) loop_->set(timer, delay());
  }

  void prove() {
    if (plan_.work == kFill) set_all();
    for (std::size_t done = 0; done < kProved && !fault_;) {
      done += std::min(plan_.timers / 2, kProvedAtOnce);
      if (proof_.run(*loop_, [this](std::size_t timer) { loop_->set(timer, delay()); }) > 0) {
        fail("a timer was lost");
      }
    }
    if (plan_.work != kFill || fault_) return;
    for (std::size_t timer = 0; timer < plan_.timers; ++timer) loop_->cancel(timer);
  }

  void fail(const char* what) {
    fault_.set(what);
    loop_->stop();
  }

  Arm arm_;
  Plan plan_;
  PlantedDebt planted_{arm_.planted_steps};
  std::optional<Loop<TimerChurn>> loop_;
  UniqueFd ready_;  // at all times: who watches it is called in each pass
  TimerProof proof_;
  std::uint64_t left_ = 0;
  std::uint64_t random_ = 1;
  int ascending_ = 0;
  std::size_t filled_ = 0;                   // operations of this filling
  std::vector<std::uint32_t> cancelled_in_;  // this order, by kFill
  Fault fault_;
};

constexpr std::string_view kWorks[] = {"insert_cancel", "rearm", "fill"};
constexpr std::string_view kDeadlines[] = {"random", "ascending", "equal"};
constexpr std::string_view kCancelled[] = {"all", "half", "none"};
constexpr std::uint64_t kMostTimers = 10'000'000;
constexpr std::uint64_t kMostFilled = 10'000;  // or a single fill would be a long slot

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const auto work = static_cast<Work>(choice(parameters, "work", kWorks));
  const auto deadlines = static_cast<Deadlines>(choice(parameters, "deadlines", kDeadlines));
  const std::uint64_t timers = whole(parameters, "n", 2, work == kFill ? kMostFilled : kMostTimers);
  const std::size_t cancelled = choice(parameters, "cancelled", kCancelled);
  if (cancelled != 0 && work != kFill)
    throw std::invalid_argument("cancelled=" + std::string(kCancelled[cancelled]) +
                                ": only with work=fill");
  const std::size_t counts[] = {timers, timers / 2, 0};
  return make_timed<TimerChurn>(arm, Plan{work, deadlines, timers, counts[cancelled]});
}

constexpr Parameter kParameters[] = {
    {"n", "1000", "timers that are set at a time, 2 to 10000000"},
    {"work", "insert_cancel",
     "insert_cancel: one of n is cancelled and set anew; rearm: one of n is moved; fill: none is "
     "set at first, n are set, then all are cancelled (n at most 10000)"},
    {"cancelled", "all",
     "of work=fill: all, half or none of the n; the others are cancelled outside what is timed"},
    {"deadlines", "random",
     "random: 300 to 369 s off; ascending: each 1 us later than the one before; equal: 300 s off, "
     "as idle timeouts are, so only as far apart as the operations"},
};

constexpr Scenario kScenarios[] = {
    {"work=insert_cancel,n=1000", true, true},
    {"work=rearm,n=1000", true, false},
    {"work=rearm,n=100000", false, false},
    {"work=insert_cancel,n=10", false, false},
    {"work=insert_cancel,n=100", false, true},
    {"work=insert_cancel,n=10000", false, false},
    {"work=insert_cancel,n=100000", false, true},
    {"work=insert_cancel,n=1000000", false, false},
    {"work=rearm,n=100", false, false},
    {"work=rearm,n=10000", false, false},
    {"work=insert_cancel,n=10000,deadlines=ascending", false, false},
    {"work=insert_cancel,n=10000,deadlines=equal", false, false},
    {"work=rearm,n=10000,deadlines=equal", false, false},
    {"work=fill,n=1000", false, false},
    {"work=fill,n=10000", false, false},
    {"work=fill,n=10000,cancelled=half", false, false},
    {"work=fill,n=10000,cancelled=none", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};
constexpr std::string_view kClauses[] = {"TIME-BASIC-01", "TIME-CANCEL-01", "TIME-RESET-01",
                                         "TIME-RESET-02", "TIME-CLOCK-03"};

}  // namespace

const WorkloadRow kTimerChurn = {
    .name = "timer_churn",
    .question = "What does a timeout cost that never comes due, among n others?",
    .unit = "operation",
    .operation = "",
    .timed =
        "for each operation a timer drawn at random, cancelled and set anew or moved, or with "
        "work=fill the next one set, and its share of those that are cancelled; 64 in a callback, "
        "and the pass of the loop after each 64; each reads the clock afresh for its deadline, "
        "also on the bare arm and within the time of the api: arms",
    .not_shown =
        "the first n timers, set before (but with work=fill), and the memory they take; firing; "
        "what a wrapper allocates for a call is in, what an api: arm allocates for a timer is not, "
        "for its timers are made before",
    .verdicts =
        "both uses of a timeout where a heap is in the cache. Not where it is not: what a timer "
        "costs then goes by what else has run on the processor, and 5 % of planted work came out "
        "as 2 to 4 %",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
