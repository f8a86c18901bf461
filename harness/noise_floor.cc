// SPDX-License-Identifier: MIT
#include "harness/noise_floor.h"

#include <algorithm>
#include <cmath>

#include "harness/conductor.h"
#include "harness/executables.h"
#include "harness/exit_code.h"

namespace loopmark::harness {
namespace {

constexpr std::size_t kLeastRounds = 8;  // for an interval of 99 %

/// The first quick scenario of ping_pong, its baseline and the twin alone, for exactly `rounds`.
ScenarioPlan plan_of(const std::string& worker, std::size_t rounds) {
  const Effort effort{kLeastRounds, rounds, rounds, 0.01, 0, 0, kFullEffort.launch_rounds};
  ScenarioPlan plan =
      plan_scenarios(lines_of_json({worker, "--list"}),
                     {.selectors = {"ping_pong"}, .parameters = {}, .quick = true}, effort, {})
          .front();
  plan.judged = true;
  plan.effort = effort;
  plan.operation.clear();  // no latencies: they would double the time
  plan.arms.resize(1);
  plan.arms.push_back(plan.arms.front());
  plan.arms.back().label = kTwin;
  return plan;
}

/// Nanoseconds, in the least disturbed of a few batches.
double cost_of_reading() {
  constexpr int kReadings = 10000;
  Duration least = Duration::max();
  for (int batch = 0; batch < 10; ++batch) {
    const TimePoint began = Clock::now();
    TimePoint last = began;
    for (int i = 0; i < kReadings; ++i) last = Clock::now();
    least = std::min(least, last - began);
  }
  return static_cast<double>(least.count()) / kReadings;
}

}  // namespace

std::size_t NoiseFloor::rounds_for(double fraction) const {
  const double factor = half_width() / fraction;
  return std::max(kLeastRounds, static_cast<std::size_t>(
                                    std::ceil(static_cast<double>(rounds) * factor * factor)));
}

NoiseFloor measure_noise(const std::string& worker, std::size_t rounds,
                         std::function<bool()> interrupted) {
  const ScenarioPlan plan = plan_of(worker, rounds);
  Conductor conductor(
      {.launch =
           [&](const ScenarioPlan& scenario, const ArmPlan& arm, const std::vector<int>& cpus) {
             return std::make_unique<ArmProcess>(worker, scenario, arm, cpus);
           },
       .append = [](const Json&) {},
       .interrupted = std::move(interrupted),
       .progress = [](const ScenarioResult&) {},
       .seed = std::random_device()()});
  const ScenarioResult result = conductor.conduct(plan, nullptr, TimePoint::max());

  NoiseFloor noise{.scenario = plan.id()};
  for (const ArmResult& arm : result.arms()) {
    if (noise.failure.empty()) noise.failure = arm.lost;
  }
  const ArmResult& baseline = result.baseline();
  const ArmResult& twin = result.arms().back();
  if (!noise.failure.empty() || twin.compared.empty()) return noise;
  const Row row = result.row(twin);
  const Row own = result.row(baseline);
  noise.rounds = result.rounds();
  noise.wall = row.compared;
  noise.cpu = row.beside;
  noise.drift = own.p90 / own.p10 - 1;
  noise.preempted = static_cast<double>(baseline.preempted + twin.preempted) /
                    static_cast<double>(2 * result.rounds());
  noise.autocorrelation = result.autocorrelation(twin);
  return noise;
}

SpinGaps watch_clock(Duration span) {
  SpinGaps gaps;
  const TimePoint began = Clock::now();
  TimePoint last = began;
  while (last - began < span) {
    const TimePoint now = Clock::now();
    const Duration gap = now - last;
    gaps.over_1us += gap > std::chrono::microseconds(1);
    gaps.over_64us += gap > std::chrono::microseconds(64);
    gaps.longest = std::max(gaps.longest, gap);
    last = now;
  }
  gaps.watched = last - began;
  gaps.reading_ns = cost_of_reading();
  return gaps;
}

}  // namespace loopmark::harness
