// SPDX-License-Identifier: MIT
//
// Whether a loop gives each connection its turn: one that always has more to read, beside light ones
// that pass a byte to and fro; and then all of them alike.
#include <algorithm>
#include <numeric>
#include <optional>

#include "bench/carrier.h"
#include "bench/crowd.h"
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

class Fairness final : public Workload {
 public:
  Fairness(const Arm& arm, std::size_t lights) : arm_(arm), lights_(lights) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    crowd_.emplace(lights_);
    carrier_ = make_carrier(arm_, std::move(loop), *crowd_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    harness::Histogram& waited = record.histograms["light byte"];
    crowd_->begin_exchange(events, waited);
    carrier_->carry();
    record.stopwatch.stop();
    crowd_->settle();
    crowd_->begin_pump(kChunks * lights_);
    carrier_->carry();
    crowd_->settle();
    record.values["longest gap, us"] = static_cast<double>(waited.most()) * 1e-3;
    record.values["Jain index of equals"] = jain(crowd_->chunks());
    return waited.count();
  }

  void verify() override { crowd_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override {
    const bool draws =
        arm_.name.ends_with("libevent/poll") || arm_.name.ends_with("libevent/select");
    return draws ? "libevent's poll and select begin with a descriptor drawn by lot" : "";
  }

 private:
  Arm arm_;
  std::size_t lights_;
  std::optional<Crowd> crowd_;
  std::unique_ptr<Carrier> carrier_;  // ends before the crowd
};

constexpr std::uint64_t kMostLights = 450;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t lights = positive(parameters, "lights");
  if (lights > kMostLights) {
    throw std::invalid_argument("lights=" + std::to_string(lights) + ": at most " +
                                std::to_string(kMostLights) +
                                ", so that every loop can watch them");
  }
  return std::make_unique<Fairness>(arm, lights);
}

constexpr Parameter kParameters[] = {
    {"lights", "15", "light connections beside the greedy one, at most 450"},
};

constexpr Scenario kScenarios[] = {
    {"lights=1", false, false},
    {"lights=15", false, true},
    {"lights=255", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "FD-PASS-02"};

constexpr std::string_view kBareArms[] = {bare::Epoll::kName, bare::Poll::kName,
                                          bare::Select::kName};

}  // namespace

const WorkloadRow kFairness = {
    .name = "fairness",
    .question =
        "Does a greedy connection keep light ones waiting, and are equal ones served alike?",
    .unit = "light byte",
    .operation = "",
    .timed =
        "one connection with always more to read, and light ones that each pass a byte to and fro; "
        "a call reads at most 4 KiB, for all arms. Histogram: how long a light byte waited to be "
        "read. Values: the longest of these; then, when the greedy one is silent and all light "
        "ones "
        "are as it was, the index of Jain over what each got (1: all the same; 1/n: one got all)",
    .not_shown =
        "fairness between descriptors and delayed calls or other threads' calls; connections whose "
        "callback reads until there is no more, which is the application's choice",
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
