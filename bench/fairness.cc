// SPDX-License-Identifier: MIT
//
// Whether a loop gives each connection its turn: light ones, that pass a byte to and fro, beside one
// that always has more to read, or beside delayed calls of 0 s that are made again and again.
#include <algorithm>
#include <optional>
#include <vector>

#include "bench/carrier.h"
#include "bench/crowd.h"
#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/timed_loop.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

// Chunks that each of the equal connections would get, if all got the same.
constexpr std::uint64_t kChunks = 32;

/// Jain's index: 1 when all got the same, 1/n when one got all.
double jain(const std::vector<std::uint64_t>& shares) {
  double sum = 0;
  double squares = 0;
  for (const std::uint64_t share : shares) {
    sum += static_cast<double>(share);
    squares += static_cast<double>(share) * static_cast<double>(share);
  }
  return squares > 0 ? sum * sum / (static_cast<double>(shares.size()) * squares) : 0;
}

constexpr const char* kLightByte = "light byte";
constexpr const char* kLongestGap = "longest gap, us";

class BesideConnection final : public Workload {
 public:
  BesideConnection(const Arm& arm, std::size_t lights) : arm_(arm), lights_(lights) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    crowd_.emplace(lights_);
    carrier_ = make_carrier(arm_, std::move(loop), *crowd_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    harness::Histogram& waited = record.histograms[kLightByte];
    crowd_->begin_exchange(events, waited, Crowd::Greedy::kReadable);
    carrier_->carry();
    record.stopwatch.stop();
    crowd_->settle();
    crowd_->begin_pump(kChunks * lights_);
    carrier_->carry();
    crowd_->settle();
    record.values[kLongestGap] = static_cast<double>(waited.most()) * 1e-3;
    record.values["Jain index of equals"] = jain(crowd_->chunks());
    return waited.count();
  }

  void verify() override { crowd_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override { return arm_.left_to_chance; }

 private:
  Arm arm_;
  std::size_t lights_;
  std::optional<Crowd> crowd_;
  std::unique_ptr<Carrier> carrier_;  // ends before the crowd
};

/// As many calls as connections, each due at once, and set again whenever it is made.
template <template <class> class Loop>
class BesideCalls final : public Workload {
 public:
  BesideCalls(const Arm& arm, std::size_t lights) : arm_(arm), is_set_(lights) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    crowd_.emplace(is_set_.size());
    loop_.emplace(std::move(loop), *this);
    loop_->add_timers(is_set_.size());
    for (std::size_t i = 0; i < crowd_->size(); ++i) loop_->watch(crowd_->descriptor(i), i);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    if (fault_) return 0;
    harness::Histogram& waited = record.histograms[kLightByte];
    crowd_->begin_exchange(events, waited, Crowd::Greedy::kSilent);
    made_ = 0;
    for (std::size_t call = 0; call < is_set_.size(); ++call) set(call);
    loop_->run();
    record.stopwatch.stop();
    if (pending_ > 0) fault_.set("a delayed call was not made");
    crowd_->settle();
    const auto bytes = static_cast<double>(std::max<std::uint64_t>(waited.count(), 1));
    record.values[kLongestGap] = static_cast<double>(waited.most()) * 1e-3;
    record.values["calls a light byte"] = static_cast<double>(made_) / bytes;
    return waited.count();
  }

  void verify() override {
    fault_.check();
    crowd_->verify();
  }
  std::string evidence() const override { return loop_->evidence(); }
  std::string left_to_chance() const override { return arm_.left_to_chance; }

  void readable(std::size_t i) { crowd_->readable(i); }

  /// The slot ends when all bytes were passed and no call is set.
  void due(std::size_t call) {
    planted_work(arm_.planted_steps);
    if (!is_set_[call]) fault_.set("a delayed call was made twice");
    is_set_[call] = false;
    --pending_;
    ++made_;
    if (!fault_ && !crowd_->done()) return set(call);
    if (fault_ || pending_ == 0) loop_->stop();
  }

 private:
  void set(std::size_t call) {
    is_set_[call] = true;
    ++pending_;
    loop_->set(call, Duration::zero());
  }

  Arm arm_;
  std::vector<bool> is_set_;
  std::size_t pending_ = 0;  // that are set
  std::uint64_t made_ = 0;   // in this slot
  Fault fault_;
  std::optional<Crowd> crowd_;
  std::optional<Loop<BesideCalls>> loop_;  // ends before the crowd
};

constexpr std::string_view kGreedy[] = {"connection", "calls"};
constexpr std::uint64_t kMostLights = 450;  // every loop can watch them

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t lights = whole(parameters, "lights", 1, kMostLights);
  if (choice(parameters, "greedy", kGreedy) == 1) return make_timed<BesideCalls>(arm, lights);
  return std::make_unique<BesideConnection>(arm, lights);
}

constexpr Parameter kParameters[] = {
    {"lights", "15", "light connections, at most 450"},
    {"greedy", "connection",
     "beside them: connection: one that always has more to read; calls: as many delayed calls of "
     "0 s, each set again when it is made"},
};

constexpr Scenario kScenarios[] = {
    {"lights=1", false, false},
    {"lights=15", false, true},
    {"lights=255", false, false},
    {"lights=15,greedy=calls", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "FD-PASS-02", "TIME-BASIC-03",
                                         "TIME-BASIC-04"};

constexpr std::string_view kBareArms[] = {kBareEpoll, kBarePoll, kBareSelect};

}  // namespace

const WorkloadRow kFairness = {
    .name = "fairness",
    .question = "Do a greedy connection or delayed calls keep light ones waiting?",
    .unit = "light byte",
    .operation = "",
    .timed =
        "one connection with always more to read, and light ones that each pass a byte to and fro; "
        "a call reads at most 4 KiB, for all arms. Histogram: how long a light byte waited to be "
        "read. Values: the longest of these; then, when the greedy one is silent and all light "
        "ones are as it was, the index of Jain over what each got (1: all the same; 1/n: one got "
        "all). With greedy=calls: how many of these calls the loop makes for each light byte",
    .not_shown =
        "fairness between descriptors and other threads' calls; timers beside a load, which "
        "timer_lateness shows; connections whose callback reads until there is no more, which is "
        "the application's choice",
    .verdicts =
        "none: the longest wait and the shares are what counts, and neither has a median to "
        "compare",
    .quantity = harness::Quantity::kValue,
    .slot_events = 2000,
    .slot_ms = 20,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
