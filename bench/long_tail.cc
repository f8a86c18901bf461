// SPDX-License-Identifier: MIT
//
// Of each hundred requests one takes its time, in the callback, where it should not; the others pay
// for it. What they pay is how often they come behind it.
#include <optional>

#include "bench/planned_requests.h"
#include "bench/record_time.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

// One of so many is slow, the same ones in each slot.
constexpr std::size_t kSlowOneOf = 100;
constexpr std::size_t kFirstSlow = 50;

class LongTail final : public Workload {
 public:
  LongTail(const Arm& arm, std::size_t connections, double rate, Duration work)
      : arm_(arm), connections_(connections), rate_(rate), work_(work) {}

  void prepare() override { requests_.emplace(arm_, connections_); }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    SendPlan plan = fixed_plan(rate_, events);
    for (std::size_t k = kFirstSlow; k < plan.size(); k += kSlowOneOf) plan[k].work = work_;
    const std::vector<Passage> passages = requests_->carry_out(plan, Generator::kMostUnderWay);
    record.stopwatch.stop();
    if (!passages.empty()) keep(plan, passages, record);
    return passages.size();
  }

  void verify() override { requests_->verify(); }
  std::string evidence() const override { return requests_->evidence(); }

 private:
  static void keep(const SendPlan& plan, const std::vector<Passage>& passages, SlotRecord& record) {
    harness::Histogram& planned = record.histograms["normal planned"];
    harness::Histogram& sent = record.histograms["normal sent"];
    for (std::size_t k = 0; k < passages.size(); ++k) {
      if (plan[k].work > Duration::zero()) continue;
      record_time(planned, passages[k].planned, passages[k].answered);
      record_time(sent, passages[k].sent, passages[k].answered);
    }
    if (record.operation != nullptr) record.operation->merge(planned);
    record_sender(passages, record);
  }

  Arm arm_;
  std::size_t connections_;
  double rate_;
  Duration work_;
  std::optional<PlannedRequests> requests_;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t rate = whole(parameters, "rate", 100);
  const std::uint64_t connections = whole(parameters, "connections", 1, 10'000);
  const std::uint64_t work = positive(parameters, "work");
  if (work > 1'000'000 || rate * work >= 80'000'000) {  // of 100 s in microseconds
    throw std::invalid_argument("rate=" + std::to_string(rate) + ",work=" + std::to_string(work) +
                                ": the slow requests alone would take more than 80 % of the time");
  }
  return std::make_unique<LongTail>(arm, connections, static_cast<double>(rate),
                                    std::chrono::microseconds(work));
}

constexpr Parameter kParameters[] = {
    {"rate", "5000", "requests a second, at least 100"},
    {"connections", "16", "streams to the server, at most 10000; requests take turns on them"},
    {"work", "5000", "microseconds that a slow request takes in the callback"},
};

constexpr Scenario kScenarios[] = {
    {"rate=5000,connections=16", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02"};
constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kLongTail = {
    .name = "long_tail",
    .question = "What do normal requests pay when one in a hundred keeps the loop busy for 5 ms?",
    .unit = "request",
    .operation = "normal request, from its planned time",
    .timed =
        "from the time for which sending was planned to the answer, of those 99 in 100 that are "
        "not slow themselves (\"normal planned\"; \"normal sent\" from the actual sending); "
        "\"generator\": how late the sender itself was, for all",
    .not_shown =
        "that a better loop could help: while a callback runs, no loop of one thread serves "
        "anybody; a difference here is in what is served first when it has returned",
    .verdicts = "none: it is about the tail, and a slot holds five slow requests",
    .quantity = harness::Quantity::kValue,
    .slot_events = 500,
    .slot_ms = 100,
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
