// SPDX-License-Identifier: MIT
//
// Requests come when they come, not when the last one was answered: so the time from the planned
// sending to the answer is what a user would wait, also while the loop stands still or falls behind.
// Beside it stands the time from the actual sending, which is what most benchmarks show.
#include <algorithm>
#include <cmath>
#include <optional>

#include "bench/bare/epoll.h"
#include "bench/planned_requests.h"
#include "bench/record_time.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

// A slot lasts at least so long, however high the rate: overload needs time to show.
constexpr double kShortestSlot = 0.02;  // seconds

struct Settings {
  std::size_t connections;
  std::size_t window;
  bool poisson;
  std::uint64_t seed;
  std::optional<std::uint64_t> rate;  // a second
  double load;                        // of the highest rate; used where there is no `rate`
  Duration stall;
};

class OpenLoop final : public Workload {
 public:
  OpenLoop(const Arm& arm, const Settings& settings) : arm_(arm), settings_(settings) {}

  void prepare() override {
    if (settings_.rate) {
      rate_ = static_cast<double>(*settings_.rate);
    } else {
      highest_ = arm_.pace > 0 ? arm_.pace : highest_rate_of_bare_loop();
      rate_ = settings_.load * highest_;
    }
    requests_.emplace(arm_, settings_.connections);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    record.stopwatch.stop();
    const SendPlan plan =
        plan_of(std::max(events, static_cast<std::uint64_t>(rate_ * kShortestSlot)));
    record.stopwatch.start();
    const std::vector<Passage> passages = requests_->carry_out(plan, settings_.window);
    record.stopwatch.stop();
    if (!passages.empty()) keep(passages, record);
    return passages.size();
  }

  void verify() override { requests_->verify(); }
  std::string evidence() const override { return requests_->evidence(); }
  double pace() const override { return highest_; }

 private:
  /// Whatever the arm is, so that load means the same for all. A whole number, which others are told
  /// as it is.
  double highest_rate_of_bare_loop() const {
    const Arm bare{.name = std::string(kBareEpoll), .peer_cpu = arm_.peer_cpu};
    PlannedRequests requests(bare, settings_.connections);
    const double highest = requests.highest_rate();
    requests.verify();
    return std::round(highest);
  }

  SendPlan plan_of(std::uint64_t count) {
    SendPlan plan = settings_.poisson ? poisson_plan(rate_, count, settings_.seed + slots_++)
                                      : fixed_plan(rate_, count);
    plan[count / 10].work = settings_.stall;
    return plan;
  }

  void keep(const std::vector<Passage>& passages, SlotRecord& record) const {
    harness::Histogram& planned = record.histograms["planned"];
    harness::Histogram& sent = record.histograms["sent"];
    for (const Passage& each : passages) {
      record_time(planned, each.planned, each.answered);
      record_time(sent, each.sent, each.answered);
    }
    if (record.operation != nullptr) record.operation->merge(planned);
    record_sender(passages, record);
    if (highest_ > 0) record.values["bare_rate"] = highest_;
    record.values["planned_rate"] = rate_;
  }

  Arm arm_;
  Settings settings_;
  std::optional<PlannedRequests> requests_;
  double highest_ = 0;
  double rate_ = 0;
  std::uint64_t slots_ = 0;
};

std::optional<std::uint64_t> whole_if_given(const Parameters& parameters, std::string_view name,
                                            std::uint64_t least, std::uint64_t most) {
  if (parameters.find(name)->second == "none") return std::nullopt;
  return whole(parameters, name, least, most);
}

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::string_view kPlans[] = {"fixed", "poisson"};
  const auto load = whole_if_given(parameters, "load", 1, 200);
  const auto stall = whole_if_given(parameters, "stall", 1, 10'000);
  const Settings settings{
      .connections = whole(parameters, "connections", 1, 10'000),
      .window = whole(parameters, "window", 1, Generator::kMostUnderWay),
      .poisson = choice(parameters, "plan", kPlans) == 1,
      .seed = positive(parameters, "seed"),
      .rate = whole_if_given(parameters, "rate", 100, 10'000'000),
      .load = static_cast<double>(load.value_or(50)) / 100,
      .stall = std::chrono::milliseconds(stall.value_or(0)),
  };
  if (settings.rate && load) {
    throw std::invalid_argument("rate and load both say how much is sent: give one of them");
  }
  return std::make_unique<OpenLoop>(arm, settings);
}

constexpr Parameter kParameters[] = {
    {"connections", "1", "streams to the server, at most 10000; requests take turns on them"},
    {"load", "none",
     "percent of the highest rate of the bare loop, which is measured first, 1 to 200; 50 if "
     "neither load nor rate is given"},
    {"rate", "none", "requests a second, 100 to 10000000, instead of load"},
    {"plan", "fixed", "fixed: at even distances; poisson: at random ones"},
    {"seed", "1", "of a poisson plan"},
    {"window", "128",
     "requests under way on a stream, at most 128; beyond that they are sent late"},
    {"stall", "none", "milliseconds, up to 10000, for which the loop stands still once in a slot"},
};

constexpr Scenario kScenarios[] = {
    {"load=10", false, false},
    {"load=25", false, false},
    {"load=50", false, true},
    {"load=70", false, false},
    {"load=80", false, false},
    {"load=90", false, true},
    {"load=95", false, false},
    {"load=100", false, false},
    {"load=110", false, true},
    {"load=25,connections=16", false, false},
    {"load=50,connections=16", false, false},
    {"load=70,connections=16", false, false},
    {"load=90,connections=16", false, false},
    {"load=100,connections=16", false, false},
    {"load=25,connections=256", false, false},
    {"load=50,connections=256", false, false},
    {"load=70,connections=256", false, false},
    {"load=90,connections=256", false, false},
    {"load=100,connections=256", false, false},
    {"load=70,plan=poisson", false, false},
    {"load=10,window=1,stall=100", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02"};
constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kOpenLoop = {
    .name = "open_loop",
    .question =
        "How long does a request take that comes at its own time, up to and beyond full load?",
    .unit = "request",
    .operation = "request, from its planned time",
    .timed =
        "from the time for which sending was planned to the answer (\"planned\"), and from the "
        "actual sending (\"sent\"): for each request of 64 bytes one wait, one read and one write "
        "of the loop; \"generator\": how late the sender itself was; \"late_sends\": by more than "
        "20 us; \"held_back\": those that waited for an answer, since the window was full; "
        "requests a second that the bare loop can do (\"bare_rate\"), were planned and were "
        "answered",
    .not_shown =
        "how bad overload gets: where more comes than is served, times grow for as long as that "
        "lasts, here a slot of 20 ms; the same rate in another run: load is a part of what the "
        "bare loop can do, found when the first point of a curve begins, once for all of them "
        "(use rate=); waking the sender, which spins; the network",
    .verdicts =
        "none: these are points of curves over the load, up to the knee and beyond; the last shows "
        "what is hidden from who counts from the actual sending",
    .quantity = harness::Quantity::kValue,
    .slot_events = 400,
    .slot_ms = 25,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .not_counted = "paced by the clock",
    .threads = {2},
    .make = make,
};

}  // namespace loopmark::bench
