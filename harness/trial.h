// SPDX-License-Identifier: MIT
//
// How far the harness's own verdicts can be trusted. In each window of a trial the same bare loop runs
// many times under different labels, some with a planted slow-down: what is found and what is raised
// by mistake can be counted, for the truth is known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_results.h"
#include "harness/json.h"

namespace loopmark::harness {

/// The arms of a window: pairs of identical ones, and some with work planted in them.
inline constexpr std::size_t kPairs = 6;
inline constexpr double kPlantedEffects[] = {0.02, 0.02, 0.05, 0.05, 0.05};
/// Every window has so many rounds; one whose intervals are still wide, as where memory decides, goes on to four times as many.
inline constexpr std::size_t kTrialRounds = 400;
/// A full run makes kTrialRounds at most, and its tables have about so many arms.
inline constexpr std::size_t kArmsOfARun = 20;

/// `scenario` with these arms, all made of its baseline. `window` makes the scenario's name unique.
ScenarioPlan trial_plan(ScenarioPlan scenario, std::size_t window);

/// One comparison of two arms that are the same program, judged twice from the same rounds.
struct TwinComparison {
  std::string window;
  bool loaded;         // beside busy loops
  Ratio paired;        // within the rounds
  Comparison verdict;  // of that
  /// After kTrialRounds; at 99 %, and a full run's interval for all its arms is wider.
  Comparison in_a_run;
  /// Of medians: one arm in the first half of the rounds, the other in the second.
  double block_ratio;
  double block_probability;  // by the rank sum test; below 0.05 it would be called a difference
};

struct PlantedComparison {
  std::string window;
  bool loaded;
  double planted;  // as a fraction
  double truth;    // as a ratio, by all arms of its window
  Ratio wall;
  Comparison verdict;
  /// The verdict after kTrialRounds, one of kArmsOfARun that shall hold at once.
  Comparison in_a_run;
  double wall_width;  // half the intervals' widths after kTrialRounds
  double cpu_width;
};

/// Of all pairs of identical arms, how many intervals of this confidence exclude 1, which is the truth, after the first of
/// the rounds.
struct IntervalMisses {
  std::size_t rounds;
  double confidence;
  std::size_t pairs = 0;
  std::size_t missed_by_rounds = 0;  // paired_ratio()
  std::size_t missed = 0;            // ratio_over_launches()
};

struct Trial {
  std::vector<TwinComparison> twins;
  std::vector<PlantedComparison> planted;
  std::vector<IntervalMisses> misses{
      {100, 0.9}, {100, 0.99}, {kTrialRounds, 0.9}, {kTrialRounds, 0.99}};
};

/// What the windows show; `loaded` names those that ran beside busy loops.
Trial analyse(const std::vector<ScenarioResult>& windows, const std::vector<std::string>& loaded);

/// One figure that the measuring promises, with what was found.
struct TrialFigure {
  std::string id;      // "M1"
  std::string demand;  // one sentence
  std::string found;
  bool met;
};

std::vector<TrialFigure> figures_of(const Trial& trial);

/// The page that shows how often intervals miss the truth, and the same rounds judged in blocks one after the other, and in
/// pairs.
std::string trial_page(const Trial& trial);

}  // namespace loopmark::harness
