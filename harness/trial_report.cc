// SPDX-License-Identifier: MIT
//
// What a trial found: its figures, and its page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/bench_table.h"
#include "harness/trial.h"

namespace loopmark::harness {
namespace {

/// "0.70 % (p90 1.11 %)"
std::string spread_text(const std::vector<double>& values) {
  return fmt::format("{:.2f} % (p90 {:.2f} %)", 100 * quantile(values, 0.5),
                     100 * quantile(values, 0.9));
}

/// "37 (1.6 %)"
std::string share(std::size_t part, std::size_t all) {
  return fmt::format(
      "{} ({:.1f} %)", part,
      100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(1, all)));
}

std::size_t alarms_in_blocks(const Trial& trial) {
  return static_cast<std::size_t>(
      std::count_if(trial.twins.begin(), trial.twins.end(),
                    [](const TwinComparison& twin) { return twin.block_probability < 0.05; }));
}

TrialFigure false_alarms(const Trial& trial) {
  std::size_t alarms = 0;
  std::size_t in_a_run = 0;
  std::size_t loaded = 0;
  for (const TwinComparison& twin : trial.twins) {
    alarms += is_decided(twin.verdict) ? 1 : 0;
    in_a_run += is_decided(twin.in_a_run) ? 1 : 0;
    loaded += twin.loaded ? 1 : 0;
  }
  const bool enough = trial.twins.size() >= 200 && 3 * loaded >= trial.twins.size();
  return {"M1",
          "at least 200 comparisons of identical programs, a third beside two busy loops: at most "
          "1 % called different",
          fmt::format("{} of {}, {} of them beside busy loops, called different; {} after a full "
                      "run's {} rounds",
                      alarms, trial.twins.size(), loaded, in_a_run, kTrialRounds),
          enough && 100 * std::max(alarms, in_a_run) <= trial.twins.size()};
}

TrialFigure found_effects(const Trial& trial, double planted, double demanded) {
  std::size_t all = 0;
  std::size_t found = 0;
  std::size_t in_a_run = 0;
  std::size_t near = 0;
  std::vector<double> estimates;
  for (const PlantedComparison& each : trial.planted) {
    if (each.planted != planted) continue;
    ++all;
    found += each.verdict == Comparison::kSlower ? 1 : 0;
    in_a_run += each.in_a_run == Comparison::kSlower ? 1 : 0;
    estimates.push_back(each.wall.value - 1);
    near += std::abs(estimates.back() - planted) <= 0.01 ? 1 : 0;
  }
  if (all == 0) return {"M2", "", "nothing was planted", false};
  const double middle = quantile(estimates, 0.5);
  const bool met = all >= 40 && static_cast<double>(found) >= demanded * static_cast<double>(all) &&
                   std::abs(middle - planted) <= 0.01;
  return {"M2",
          fmt::format("of at least 40 planted slow-downs of {:.0f} %, {:.0f} % are found, the "
                      "median estimate within a point",
                      100 * planted, 100 * demanded),
          fmt::format("{} of {} ({} by a full run's {} rounds and interval for {} arms), median "
                      "estimate {:.2f} %, {} within a point",
                      found, all, in_a_run, kTrialRounds, kArmsOfARun, 100 * middle, near),
          met};
}

TrialFigure coverage(const Trial& trial) {
  std::size_t covered = 0;
  std::size_t aimed_at = 0;
  for (const PlantedComparison& each : trial.planted) {
    const auto holds = [&each](double effect) {
      return each.wall.low <= effect && effect <= each.wall.high;
    };
    covered += holds(each.truth) ? 1 : 0;
    aimed_at += holds(1 + each.planted) ? 1 : 0;
  }
  return {"M3",
          "the 99 % interval holds the planted effect, as all pairs of a window together have it, "
          "in 97 of 100",
          fmt::format("{} of {}; {} hold the 2 or 5 % that it was meant to be", covered,
                      trial.planted.size(), aimed_at),
          trial.planted.size() >= 100 && 100 * covered >= 97 * trial.planted.size()};
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
      fmt::format("in blocks {} of {} comparisons called different",
                  share(alarms, trial.twins.size()), trial.twins.size()),
      alarms > 0};
}

}  // namespace

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
      "# How often an interval misses the truth\n\n"
      "All pairs of arms that are one and the same program, of every window. An interval over "
      "launches takes into account\nthat the rounds of one launch hang together. Pairs of a window "
      "share arms, so they say as much as a quarter\nof them would that do not.\n\n"
      "| rounds | interval | pairs | missed by intervals of the rounds alone | over launches "
      "|\n|---|---|---|---|---|\n";
  for (const IntervalMisses& each : trial.misses) {
    page += fmt::format("| {} | {:.0f} % | {} | {} | {} |\n", each.rounds, 100 * each.confidence,
                        each.pairs, share(each.missed_by_rounds, each.pairs),
                        share(each.missed, each.pairs));
  }
  page +=
      "\n# The same rounds, judged twice\n\n"
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
