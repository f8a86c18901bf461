// SPDX-License-Identifier: MIT
#include "harness/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/launches.h"

namespace loopmark::harness {
namespace {

/// The verdict after kTrialRounds, one of `pairs` that shall hold at once.
Comparison verdict_of_a_run(std::vector<double> arm, std::vector<double> baseline,
                            const Effort& effort, std::size_t pairs) {
  const std::size_t rounds = std::min(kTrialRounds, arm.size());
  arm.resize(rounds);
  baseline.resize(rounds);
  return judge_rounds(arm, baseline, effort, pairs);
}

TwinComparison compare_twins(const ScenarioResult& window, const ArmResult& a, const ArmResult& b) {
  TwinComparison twin{
      .window = window.plan().id(),
      .loaded = false,
      .paired = ratio_over_launches(b.compared, a.compared, window.plan().effort.launch_rounds),
      .verdict = judge_rounds(b.compared, a.compared, window.plan().effort, 1),
      .in_a_run = verdict_of_a_run(b.compared, a.compared, window.plan().effort, 1),
      .block_ratio = 0,
      .block_probability = 1};
  const std::size_t half = a.compared.size() / 2;
  const std::vector<double> first(a.compared.begin(),
                                  a.compared.begin() + static_cast<std::ptrdiff_t>(half));
  const std::vector<double> second(b.compared.begin() + static_cast<std::ptrdiff_t>(half),
                                   b.compared.end());
  twin.block_ratio = quantile(second, 0.5) / quantile(first, 0.5);
  twin.block_probability = rank_sum_probability(first, second);
  return twin;
}

/// Half the interval's width after kTrialRounds, as a fraction.
double width_of(std::span<const double> arm, std::span<const double> baseline,
                const Effort& effort) {
  const std::size_t rounds = std::min(kTrialRounds, arm.size());
  const Ratio ratio =
      ratio_over_launches(arm.first(rounds), baseline.first(rounds), effort.launch_rounds);
  return ratio.relative_half_width();
}

/// What a step of planted work adds in this window: how much that is beside what the kernel does changes with the
/// machine's state from window to window. All 60 pairs of a planted arm and a plain one say it together, so no pair decides
/// much by what it is judged.
double effect_of_a_step(const ScenarioResult& window) {
  std::vector<double> effects;
  for (const ArmResult& planted : window.arms()) {
    if (planted.plan.planted_steps == 0 || !window.has_row(planted)) continue;
    for (const ArmResult& plain : window.arms()) {
      if (plain.plan.planted > 0 || !window.has_row(plain)) continue;
      effects.push_back((paired_ratio(planted.compared, plain.compared).value - 1) /
                        static_cast<double>(planted.plan.planted_steps));
    }
  }
  return effects.empty() ? 0 : quantile(effects, 0.5);
}

/// Each is held against a plain arm of its own: five against one would share its error, and be wrong together.
PlantedComparison compare_planted(const ScenarioResult& window, const ArmResult& planted,
                                  const ArmResult& plain, double effect_of_a_step) {
  const Effort& effort = window.plan().effort;
  return {.window = window.plan().id(),
          .loaded = false,
          .planted = planted.plan.planted,
          .truth = 1 + effect_of_a_step * static_cast<double>(planted.plan.planted_steps),
          .wall = ratio_over_launches(planted.compared, plain.compared, effort.launch_rounds),
          .verdict = judge_rounds(planted.compared, plain.compared, effort, 1),
          .in_a_run = verdict_of_a_run(planted.compared, plain.compared, effort, kArmsOfARun),
          .wall_width = width_of(planted.compared, plain.compared, effort),
          .cpu_width = width_of(planted.beside, plain.beside, effort)};
}
static_assert(std::size(kPlantedEffects) <= kPairs);

/// The arm `name` and `number`, if it has a result.
const ArmResult* measured(const ScenarioResult& window, const char* name, std::size_t number) {
  const ArmResult* const arm = window.find(fmt::format("{}{}", name, number));
  return arm != nullptr && window.has_row(*arm) ? arm : nullptr;
}

/// Adds the window's pairs of identical arms.
void count_misses(const ScenarioResult& window, IntervalMisses& all) {
  std::vector<const ArmResult*> plain;
  for (const ArmResult& arm : window.arms()) {
    if (arm.plan.planted == 0 && window.has_row(arm)) plain.push_back(&arm);
  }
  const auto is_missed = [](const Ratio& ratio) { return ratio.low > 1 || ratio.high < 1; };
  const std::size_t rounds = std::min(all.rounds, window.rounds());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::span a = std::span(plain[i]->compared).first(rounds);
      const std::span b = std::span(plain[j]->compared).first(rounds);
      ++all.pairs;
      all.missed_by_rounds += is_missed(paired_ratio(a, b, all.confidence));
      all.missed +=
          is_missed(ratio_over_launches(a, b, window.plan().effort.launch_rounds, all.confidence));
    }
  }
}

}  // namespace

ScenarioPlan trial_plan(ScenarioPlan scenario, std::size_t window) {
  const ArmPlan bare = scenario.arms.front();
  scenario.arms.clear();
  const auto add = [&](const std::string& label, double planted) {
    scenario.arms.push_back(bare);
    scenario.arms.back().label = label;
    scenario.arms.back().planted = planted;
  };
  for (std::size_t i = 1; i <= kPairs; ++i) {
    add(fmt::format("a{}", i), 0);
    add(fmt::format("b{}", i), 0);
  }
  for (std::size_t i = 0; i < std::size(kPlantedEffects); ++i) {
    add(fmt::format("planted{}", i + 1), kPlantedEffects[i]);
  }
  scenario.operation.clear();
  scenario.workload += fmt::format("#{}", window);
  return scenario;
}

Trial analyse(const std::vector<ScenarioResult>& windows, const std::vector<std::string>& loaded) {
  Trial trial;
  for (const ScenarioResult& window : windows) {
    const bool is_loaded =
        std::find(loaded.begin(), loaded.end(), window.plan().id()) != loaded.end();
    for (std::size_t i = 1; i <= kPairs; ++i) {
      const ArmResult* const a = measured(window, "a", i);
      const ArmResult* const b = measured(window, "b", i);
      if (a == nullptr || b == nullptr) continue;
      trial.twins.push_back(compare_twins(window, *a, *b));
      trial.twins.back().loaded = is_loaded;
    }
    for (IntervalMisses& each : trial.misses) count_misses(window, each);
    const double effect = effect_of_a_step(window);
    for (std::size_t i = 1; i <= std::size(kPlantedEffects); ++i) {
      const ArmResult* const planted = measured(window, "planted", i);
      const ArmResult* const plain = measured(window, "a", i);
      if (planted == nullptr || plain == nullptr) continue;
      trial.planted.push_back(compare_planted(window, *planted, *plain, effect));
      trial.planted.back().loaded = is_loaded;
    }
  }
  return trial;
}

}  // namespace loopmark::harness
