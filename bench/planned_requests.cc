// SPDX-License-Identifier: MIT
#include "bench/planned_requests.h"

#include <algorithm>

#include "bench/carrier.h"
#include "bench/record_time.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLate = 20us;

// Of highest_rate(). All points of a curve go by one such figure, so it takes its time.
constexpr int kFewestTries = 5;
constexpr Duration kTrying = 500ms;
constexpr std::size_t kRequestsOfATry = 2000;
constexpr std::size_t kUnderWay = 64;  // on all connections together

}  // namespace

PlannedRequests::PlannedRequests(const Arm& arm, std::size_t connections) : second_(arm.peer_cpu) {
  ArmLoop loop = arm.make_loop();
  need_descriptors(connections, 2);
  std::vector<int> here;
  std::vector<int> there;
  for (std::size_t i = 0; i < connections; ++i) {
    pairs_.push_back(make_pair(PairKind::kSocketpair));
    here.push_back(pairs_.back().reader.get());
    there.push_back(pairs_.back().writer.get());
  }
  server_ = std::make_unique<RequestServer>(here);
  carrier_ = make_carrier(arm, std::move(loop), *server_);
  generator_ = std::make_unique<Generator>(there);
}

std::vector<Passage> PlannedRequests::carry_out(const SendPlan& plan, std::size_t window) {
  if (failed_) return {};
  server_->start(plan.size());
  second_.begin([&] { generator_->run(plan, window); });
  carrier_->carry();
  failed_ = server_->left() > 0;
  if (failed_) generator_->give_up();
  second_.wait();
  failed_ = failed_ || generator_->failed();
  if (failed_) return {};
  return generator_->passages();
}

double PlannedRequests::highest_rate() {
  const SendPlan all_at_once(kRequestsOfATry);
  const std::size_t window = std::max<std::size_t>(1, kUnderWay / pairs_.size());
  double highest = 0;
  const TimePoint end = Clock::now() + kTrying;
  for (int i = 0; i < kFewestTries || Clock::now() < end; ++i) {
    const std::vector<Passage> passages = carry_out(all_at_once, window);
    if (passages.empty()) return 0;
    highest = std::max(highest, achieved_rate(passages));
  }
  return highest;
}

void PlannedRequests::verify() const {
  server_->verify();
  generator_->verify();
}

double achieved_rate(const std::vector<Passage>& passages) {
  Duration end = 1ns;
  for (const Passage& each : passages) end = std::max(end, each.answered);
  return static_cast<double>(passages.size()) / std::chrono::duration<double>(end).count();
}

void record_sender(const std::vector<Passage>& passages, SlotRecord& record) {
  harness::Histogram& lateness = record.histograms["generator"];
  for (const Passage& each : passages) record_time(lateness, each.planned, each.noticed);
  const auto count = [&](const auto& is_counted) {
    return static_cast<double>(std::count_if(passages.begin(), passages.end(), is_counted));
  };
  record.values["late_sends"] =
      count([](const Passage& each) { return each.sent - each.planned > kLate; });
  record.values["held_back"] = count([](const Passage& each) { return each.sent > each.noticed; });
  record.values["achieved_rate"] = achieved_rate(passages);
}

}  // namespace loopmark::bench
