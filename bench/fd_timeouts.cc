// SPDX-License-Identifier: MIT
//
// The ring of fd_scaling, as a server has it: each descriptor has an idle timeout, which is put off
// whenever something is read. Its time over that of fd_scaling with the same parameters is what
// timeouts cost.
#include <algorithm>
#include <optional>
#include <random>

#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/ring.h"
#include "bench/timed_loop.h"
#include "bench/timer_proof.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

struct Plan {
  RingSize size;
  PairKind kind;
};

constexpr Duration kTimeout = 10s;
constexpr Duration kJitter = 1s;
constexpr std::size_t kProvedAtOnce = 64;  // after each slot: outside what is timed

template <template <class> class Loop>
class FdTimeouts final : public Workload {
 public:
  FdTimeouts(const Arm& arm, const Plan& plan)
      : arm_(arm), plan_(plan), timeouts_(plan.size.fds), proof_(plan.size.fds, kProvedAtOnce) {
    std::mt19937_64 random(plan.size.fds);
    std::uniform_int_distribution<Duration::rep> jitter(0, Duration(kJitter).count());
    for (Duration& timeout : timeouts_) timeout = kTimeout + Duration(jitter(random));
  }

  void prepare() override {
    begun_ = Clock::now();
    loop_.emplace(arm_.make_loop(), *this);
    ring_.emplace(kernel_links(plan_.size.fds, plan_.kind), plan_.size.active, RingOrder::kInTurn);
    loop_->add_timers(plan_.size.fds);
    for (std::size_t i = 0; i < plan_.size.fds; ++i) {
      loop_->watch(ring_->descriptor(i), i);
      loop_->set(i, timeouts_[i]);
    }
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    if (fault_ || ring_->undelivered() > 0) verify();  // or it would wait for what is lost
    events = std::max<std::uint64_t>(events, plan_.size.active);
    const std::uint64_t before = ring_->undelivered();
    ring_->start(events);
    loop_->run();
    record.stopwatch.stop();
    const std::uint64_t done = events - (ring_->undelivered() - before);
    if (done == events && !fault_) prove();
    return done;
  }

  void rewind() override {
    ring_->rewind();
    for (std::size_t i = 0; i < plan_.size.fds; ++i) loop_->cancel(i);
    for (std::size_t i = 0; i < plan_.size.fds; ++i) loop_->set(i, timeouts_[i]);
  }

  void verify() override {
    fault_.check();
    ring_->verify();
  }
  std::string evidence() const override { return loop_->evidence(); }
  /// It decides in which order timeouts move.
  std::string left_to_chance() const override { return arm_.left_to_chance; }

  void readable(std::size_t i) {
    planted_.owe_for(1);
    ring_->readable(i);
    loop_->reset(i, timeouts_[i]);
    if (ring_->done()) loop_->stop();
  }

  void due(std::size_t i) {
    if (proof_.fired(*loop_, i)) return;
    if (Clock::now() - begun_ < kTimeout) {
      fault_.set("a timeout came before its time");
      loop_->stop();
    } else {
      loop_->set(i, timeouts_[i]);  // it was idle for so long
    }
  }

 private:
  void prove() {
    if (proof_.run(*loop_, [this](std::size_t i) { loop_->set(i, timeouts_[i]); }) > 0) {
      fault_.set("a timeout was lost");
    }
  }

  Arm arm_;
  PlantedDebt planted_{arm_.planted_steps};
  Plan plan_;
  std::vector<Duration> timeouts_;
  TimerProof proof_;
  TimePoint begun_;
  std::optional<BasicRing<KernelLink>> ring_;
  std::optional<Loop<FdTimeouts>> loop_;  // ends before the ring, whose descriptors it watches
  Fault fault_;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::string_view kPairs[] = {"pipe", "socketpair"};
  const auto kind = static_cast<PairKind>(choice(parameters, "pair", kPairs));
  return make_timed<FdTimeouts>(arm, Plan{ring_size(parameters), kind});
}

constexpr Parameter kParameters[] = {
    {"fds", "100", "pairs that are watched; each takes two descriptors, and has a timeout"},
    {"active", "1", "bytes under way at a time, at most fds"},
    {"pair", "pipe", "pipe or socketpair"},
};

constexpr Scenario kScenarios[] = {
    {"fds=1000,active=100", true, false},  {"fds=1000,active=1", false, true},
    {"fds=100,active=1", false, false},    {"fds=9900,active=1", false, false},
    {"fds=9900,active=100", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};
constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "TIME-BASIC-01",
                                         "TIME-RESET-01", "TIME-RESET-03"};

}  // namespace

const WorkloadRow kFdTimeouts = {
    .name = "fd_timeouts",
    .question = "What do idle timeouts cost, put off by each read?",
    .unit = "event",
    .operation = "",
    .timed =
        "from the first byte written to the last byte read: for each event one read of a byte, one "
        "write of a byte, one timeout of 10 to 11 s moved, which reads the clock afresh (also on "
        "the bare arm and within the time of the api: arms), and its share of the waits",
    .not_shown =
        "registration, which is done before; timeouts that expire; what loops offer for many "
        "timeouts of one length",
    .verdicts =
        "many bytes at a time, where waits are shared and putting off a timeout is the largest "
        "part; each scenario has its counterpart in fd_scaling",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
