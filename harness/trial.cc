// SPDX-License-Identifier: MIT
#include "harness/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/bench_table.h"
#include "harness/launches.h"

namespace loopmark::harness {
namespace {

TwinComparison compare_twins(const ScenarioResult& window, const ArmResult& a, const ArmResult& b) {
  TwinComparison twin{
      .window = window.plan().id(),
      .loaded = false,
      .paired = ratio_over_launches(b.wall, a.wall, window.plan().effort.launch_rounds),
      .verdict = judge_rounds(b.wall, a.wall, window.plan().effort, 1),
      .block_ratio = 0,
      .block_probability = 1};
  const std::size_t half = a.wall.size() / 2;
  const std::vector<double> first(a.wall.begin(),
                                  a.wall.begin() + static_cast<std::ptrdiff_t>(half));
  const std::vector<double> second(b.wall.begin() + static_cast<std::ptrdiff_t>(half),
                                   b.wall.end());
  twin.block_ratio = quantile(second, 0.5) / quantile(first, 0.5);
  twin.block_probability = rank_sum_probability(first, second);
  return twin;
}

/// Half the interval's width after kTrialRounds.
double width_of(std::span<const double> arm, std::span<const double> baseline,
                const Effort& effort) {
  const std::size_t rounds = std::min(kTrialRounds, arm.size());
  const Ratio ratio =
      ratio_over_launches(arm.first(rounds), baseline.first(rounds), effort.launch_rounds);
  return ratio.half_width() / ratio.value;
}

/// "0.70 % (p90 1.11 %)"
std::string spread_text(const std::vector<double>& values) {
  return fmt::format("{:.2f} % (p90 {:.2f} %)", 100 * quantile(values, 0.5),
                     100 * quantile(values, 0.9));
}

std::size_t alarms_in_blocks(const Trial& trial) {
  return static_cast<std::size_t>(
      std::count_if(trial.twins.begin(), trial.twins.end(),
                    [](const TwinComparison& twin) { return twin.block_probability < 0.05; }));
}

TrialFigure false_alarms(const Trial& trial) {
  std::size_t alarms = 0;
  std::size_t loaded = 0;
  for (const TwinComparison& twin : trial.twins) {
    alarms += is_decided(twin.verdict) ? 1 : 0;
    loaded += twin.loaded ? 1 : 0;
  }
  const bool enough = trial.twins.size() >= 200 && 3 * loaded >= trial.twins.size();
  return {"M1",
          "at least 200 comparisons of identical programs, a third beside two busy loops: at most "
          "1 % called different",
          fmt::format("{} of {} called different ({} of them beside busy loops)", alarms,
                      trial.twins.size(), loaded),
          enough && 100 * alarms <= trial.twins.size()};
}

TrialFigure found_effects(const Trial& trial, double planted, double demanded) {
  std::size_t all = 0;
  std::size_t found = 0;
  std::vector<double> estimates;
  for (const PlantedComparison& each : trial.planted) {
    if (each.planted != planted) continue;
    ++all;
    found += each.verdict == Comparison::kSlower ? 1 : 0;
    estimates.push_back(each.wall.value - 1);
  }
  if (all == 0) return {"M2", "", "nothing was planted", false};
  const double middle = quantile(estimates, 0.5);
  const bool met = all >= 40 && static_cast<double>(found) >= demanded * static_cast<double>(all) &&
                   std::abs(middle - planted) <= 0.01;
  return {"M2",
          fmt::format("of at least 40 planted slow-downs of {:.0f} %, {:.0f} % are found, the "
                      "estimate within a point",
                      100 * planted, 100 * demanded),
          fmt::format("{} of {}, estimate {:.2f} %", found, all, 100 * middle), met};
}

TrialFigure coverage(const Trial& trial) {
  const auto covered =
      std::count_if(trial.planted.begin(), trial.planted.end(), [](const PlantedComparison& each) {
        return each.wall.low <= each.truth && each.truth <= each.wall.high;
      });
  return {"M3", "the 99 % interval holds the planted effect in 97 of 100",
          fmt::format("{} of {}", covered, trial.planted.size()),
          trial.planted.size() >= 100 &&
              100 * static_cast<std::size_t>(covered) >= 97 * trial.planted.size()};
}

TrialFigure widths(const Trial& trial) {
  std::vector<double> wall;
  std::vector<double> cpu;
  std::size_t rounds = kTrialRounds;
  for (const PlantedComparison& each : trial.planted) {
    wall.push_back(each.wall_width);
    cpu.push_back(each.cpu_width);
    rounds = std::min(rounds, each.wall.rounds);
  }
  if (wall.empty()) return {"M4", "", "nothing was measured", false};
  return {"M4",
          "half an interval's width at 400 rounds: at most 1 % (p90 1.5 %) by the wall clock, 0.8 "
          "% by processor time",
          fmt::format("at {} rounds {} by the wall clock, {} by processor time", rounds,
                      spread_text(wall), spread_text(cpu)),
          rounds >= kTrialRounds && quantile(wall, 0.5) <= 0.01 && quantile(wall, 0.9) <= 0.015 &&
              quantile(cpu, 0.5) <= 0.008};
}

TrialFigure page_figure(const Trial& trial) {
  const std::size_t alarms = alarms_in_blocks(trial);
  return {
      "M8",
      "the same rounds judged in blocks one after the other raise false alarms that pairs do not",
      fmt::format("in blocks {} of {} called different ({:.0f} %)", alarms, trial.twins.size(),
                  100.0 * static_cast<double>(alarms) /
                      static_cast<double>(std::max<std::size_t>(1, trial.twins.size()))),
      alarms > 0};
}

/// What a step of planted work adds in this window: how much that is beside what the kernel does changes with the
/// machine's state from window to window. All pairs of a planted arm and an identical one say it together, so one pair,
/// which is a thirtieth of them, hardly decides by what it is judged.
double effect_of_a_step(const ScenarioResult& window) {
  std::vector<double> effects;
  for (const ArmResult& planted : window.arms()) {
    if (planted.plan.planted_steps == 0 || !window.has_row(planted)) continue;
    for (const ArmResult& plain : window.arms()) {
      if (plain.plan.planted > 0 || !window.has_row(plain)) continue;
      effects.push_back((paired_ratio(planted.wall, plain.wall).value - 1) /
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
          .wall = ratio_over_launches(planted.wall, plain.wall, effort.launch_rounds),
          .verdict = judge_rounds(planted.wall, plain.wall, effort, 1),
          .wall_width = width_of(planted.wall, plain.wall, effort),
          .cpu_width = width_of(planted.cpu, plain.cpu, effort)};
}
static_assert(std::size(kPlantedEffects) <= kPairs);

/// The arm `name` and `number`, if it has a result.
const ArmResult* measured(const ScenarioResult& window, const char* name, std::size_t number) {
  const ArmResult* const arm = window.find(fmt::format("{}{}", name, number));
  return arm != nullptr && window.has_row(*arm) ? arm : nullptr;
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

std::vector<TrialFigure> figures_of(const Trial& trial) {
  return {false_alarms(trial),
          found_effects(trial, 0.05, 1),
          found_effects(trial, 0.02, 0.95),
          coverage(trial),
          widths(trial),
          page_figure(trial)};
}

std::string trial_page(const Trial& trial) {
  std::string page =
      "# The same rounds, judged twice\n\n"
      "Each line compares two runs of one and the same program, so every difference that is found "
      "is false.\n"
      "*In blocks*: one run's slots of the first half of the rounds against the other's of the "
      "second half, as a\n"
      "benchmark has them that runs one program after the other; different when the rank sum test "
      "says p < 0.05.\n"
      "*In pairs*: both runs' slots of each round, as loopmark judges: median ratio, 99 % "
      "interval, margin.\n\n";
  std::size_t alarms = 0;
  for (const TwinComparison& twin : trial.twins) alarms += is_decided(twin.verdict) ? 1 : 0;
  page += fmt::format("{} comparisons: in blocks {} false alarms, in pairs {}.\n\n",
                      trial.twins.size(), alarms_in_blocks(trial), alarms);
  page +=
      "| window | busy loops | in blocks | p | called | in pairs | called "
      "|\n|---|---|---|---|---|---|---|\n";
  for (const TwinComparison& twin : trial.twins) {
    page +=
        fmt::format("| {} | {} | {:.3f} | {:.2g} | {} | {} | {} |\n", twin.window,
                    twin.loaded ? "two" : "none", twin.block_ratio, twin.block_probability,
                    twin.block_probability < 0.05 ? "**different**" : "-", ratio_text(twin.paired),
                    is_decided(twin.verdict) ? "**different**" : to_string(twin.verdict));
  }
  return page;
}

}  // namespace loopmark::harness
