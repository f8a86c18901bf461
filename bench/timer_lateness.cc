// SPDX-License-Identifier: MIT
//
// A timer, or many, set again each time it fires, and how much later than its deadline that is. What the
// kernel adds to a wait is in it (some microseconds to wake a thread, more on a virtual machine);
// what loops differ in is the clock they go by and the unit they wait in.
#include <optional>
#include <utility>
#include <vector>

#include "bench/exchange.h"
#include "bench/fault.h"
#include "bench/link.h"
#include "bench/planted_work.h"
#include "bench/timed_loop.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

struct Plan {
  Duration delay;
  bool load;
  std::size_t timers;
};

// A slot goes on for so long, though it may have done its events: short delays give more of them.
constexpr Duration kLeastSlot = 10ms;
// So many messages of the load at a time: it ends with the slot.
constexpr std::uint64_t kMessages = 64;

template <template <class> class Loop>
class TimerLateness final : public Workload {
 public:
  TimerLateness(const Arm& arm, const Plan& plan)
      : arm_(arm), plan_(plan), deadlines_(plan.timers) {}

  void prepare() override {
    loop_.emplace(arm_.make_loop(), *this);
    loop_->add_timers(plan_.timers);
    if (!plan_.load) return;
    link_ = make_link(LinkKind::kSocketpair);
    exchange_.emplace(link_.first, &link_.second, 1);
    loop_->watch(link_.first.in(), 0);
    loop_->watch(link_.second.in(), 1);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    verify();
    record_ = &record;
    record.values["early"] = 0;
    wanted_ = events;
    fired_ = 0;
    end_ = Clock::now() + kLeastSlot;
    // The first deadlines are spread over the delay, and so are those that follow from them.
    for (std::size_t i = 0; i < plan_.timers; ++i) {
      set(i, plan_.delay * static_cast<Duration::rep>(i + 1) /
                 static_cast<Duration::rep>(plan_.timers));
    }
    if (exchange_) exchange_->start(kMessages, nullptr);
    loop_->run();
    if (pending_ > 0) fault_.set("a timer did not fire");
    return fired_;
  }

  void verify() override {
    fault_.check();
    if (exchange_) exchange_->verify();
  }
  std::string evidence() const override { return loop_->evidence(); }

  void due(std::size_t timer) {
    planted_work(arm_.planted_steps);
    const TimePoint now = Clock::now();
    const auto deadline = std::exchange(deadlines_[timer], std::nullopt);
    if (!deadline) {
      fault_.set("a timer fired twice");
      return loop_->stop();
    }
    --pending_;
    ++fired_;
    record_lateness(now - *deadline);
    if (fired_ < wanted_ || now < end_) return set(timer, plan_.delay);
    if (pending_ == 0 && !exchange_) loop_->stop();
  }

  void readable(std::size_t i) {
    exchange_->readable(i);
    if (!exchange_->done()) return;
    if (pending_ > 0 && exchange_->undelivered() == 0) {
      exchange_->start(kMessages, nullptr);
    } else {
      loop_->stop();
    }
  }

 private:
  void set(std::size_t timer, Duration delay) {
    ++pending_;
    deadlines_[timer] = Clock::now() + delay;  // or some nanoseconds later, by the loop's reading
    loop_->set(timer, delay);
  }

  /// To fire early is a fault of the loop's, not one of the work: it is counted and shown.
  void record_lateness(Duration late) {
    if (late < Duration::zero()) {
      ++record_->values["early"];
      record_->histograms["earliness"].record(static_cast<std::uint64_t>(-late.count()));
      late = Duration::zero();
    }
    const auto nanoseconds = static_cast<std::uint64_t>(late.count());
    record_->histograms["lateness"].record(nanoseconds);
    if (record_->operation != nullptr) record_->operation->record(nanoseconds);
  }

  Arm arm_;
  Plan plan_;
  Link link_;
  std::optional<Exchange> exchange_;  // the load, if there is one
  std::optional<Loop<TimerLateness>> loop_;
  std::uint64_t wanted_ = 0;
  std::uint64_t fired_ = 0;
  TimePoint end_;                                    // of the slot, when enough have fired by then
  std::vector<std::optional<TimePoint>> deadlines_;  // of the timers that are set
  std::size_t pending_ = 0;                          // so many
  SlotRecord* record_ = nullptr;
  Fault fault_;
};

constexpr std::string_view kLoads[] = {"0", "1"};
constexpr std::uint64_t kLongest = 1'000'000;
constexpr std::uint64_t kMostTimers = 100'000;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t delay = whole(parameters, "delay_us", 0, kLongest);
  const std::uint64_t timers = whole(parameters, "timers", 1, kMostTimers);
  return make_timed<TimerLateness>(
      arm, Plan{std::chrono::microseconds(delay), choice(parameters, "load", kLoads) == 1, timers});
}

constexpr Parameter kParameters[] = {
    {"delay_us", "1000", "what the timer is set to, in microseconds, 0 to 1000000"},
    {"load", "0", "1: messages of one byte go to and fro beside it, in the same loop"},
    {"timers", "1",
     "that are set at a time, at most 100000, their deadlines spread over the delay"},
};

// How wide: harness/MEASURING.md, step 6.
constexpr std::string_view kWaking =
    "how long the kernel takes to wake a thread varies: intervals stay wider than 1 %";

constexpr Scenario kScenarios[] = {
    {"delay_us=100", true, false, 0.05, kWaking},
    {"delay_us=100,load=1", false, false},
    {"delay_us=0", false, false},
    {"delay_us=500", false, false},
    {"delay_us=1000", false, true},
    {"delay_us=5000", false, false},
    {"delay_us=10000", false, false},
    {"delay_us=1000,load=1", false, false},
    {"delay_us=10000,timers=100", false, false},
    {"delay_us=50000,timers=10000", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};
constexpr std::string_view kClauses[] = {"TIME-BASIC-01", "TIME-BASIC-02"};

}  // namespace

const WorkloadRow kTimerLateness = {
    .name = "timer_lateness",
    .question = "How late does a timer fire?",
    .unit = "firing",
    .operation = "lateness",
    .timed =
        "from the deadline, which is the delay from a reading of the clock just before the timer "
        "is set, to a reading that is the first thing its callback does; what fires early counts "
        "as not late, and is counted as early besides",
    .not_shown =
        "the work a timer costs; with many timers, which of them wait for one another's callbacks; "
        "which part is the kernel's, which ends waits up to 50 us late, to end several at once, "
        "for all arms alike (PR_SET_TIMERSLACK changes that; none does)",
    .verdicts =
        "the delay that tells loops that wait in milliseconds from others. Not beside a load: "
        "launches differ by 10 to 30 % there, so that 12.5 % of planted work was not found each "
        "time",
    .quantity = harness::Quantity::kOperation,
    .slot_events = 5,
    .slot_ms = 14,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .not_counted = "paced by the clock",
    .make = make,
};

}  // namespace loopmark::bench
