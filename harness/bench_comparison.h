// SPDX-License-Identifier: MIT
//
// What has changed between the benchmarks of two runs. Times of different hours are never compared:
// the machine's speed drifts by more than anyone looks for. What is compared is each arm's ratio to
// the baseline of its own run, round by round measured beside it, and how that ratio has changed.
//
// A ratio's interval holds for other launches than its run made (launches.h), for the next run makes
// others; with fewer than 8 launches, which are 80 rounds, there is no verdict. The interval of a
// change reaches from the lowest after over the highest before, to the highest after over the lowest
// before. Each of the two misses in about one case in a hundred, so this one misses in two at most.
//
// A ratio is free of the machine's speed, and not of all that a machine does: a neighbour that takes
// the cache slows poll() on 10000 descriptors, and the baseline's epoll_wait() hardly. So the twin
// is a control for what no interval shows, and each bare loop for the arms of its mechanism; and the
// libraries by themselves, in the same version, are for their scenario: where the memory of one lies
// otherwise this time, that of all the others may, too.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

enum class Change {
  kRegression,     // slower by the threshold or more, and the interval excludes 1
  kImprovement,    // likewise faster
  kSame,           // the whole interval lies within the threshold
  kInconclusive,   // none of these, or too few rounds
  kDisputed,       // wall clock and processor time say opposite things
  kUnjudged,       // a point of a curve, or figures that are no times of an event: no verdict
  kInvalid,        // a control says so: the twin, the bare loop of the same mechanism, a library
  kNewlyLost,      // measured before, and now the arm crashed, hung or did its work wrong
  kNotComparable,  // the two ratios are of different things, or one of them is not there
};

/// Its word in files: "no_verdict".
std::string_view word(Change change);

/// Something that was counted, an event, and is not what it was. What is counted repeats exactly, so
/// there is nothing to judge but whether it matters.
struct CountChange {
  std::string name;
  double before;
  double after;

  /// From nothing, by one in a hundred events.
  bool grew_by(double threshold) const {
    return after > before && after >= (before > 0 ? before * (1 + threshold) : 0.01);
  }
};

/// One arm in one scenario.
struct ArmComparison {
  std::string scenario;
  std::string arm;
  Change verdict = Change::kNotComparable;
  std::string reason = {};  // why no change is judged, or is not believed
  Ratio before{};           // to the baseline; these have no meaning without figures of both runs
  Ratio after{};
  Ratio change{};    // after over before; its rounds are the fewer
  Ratio beside{};    // the same of what stands beside it: processor time, or the wall clock
  double floor = 0;  // so far two identical programs may seem to differ, by the twin; 0.01: 1 %
  std::size_t rounds_needed = 0;  // for a verdict, in each run; 0: there is one, or out of reach

  std::vector<CountChange> counts = {};  // where both runs counted the same thing

  bool has_figures() const { return change.rounds > 0; }
};

/// Whether --fail-on regression is about it: a regression, or an arm that is newly lost.
bool is_regression(Change change);

/// `after` over `before`, with the interval that is told above.
Ratio change_between(const Ratio& before, const Ratio& after);

/// How many rounds each run would need before `change` could be judged, if intervals narrow with the
/// square root of their number and the middle stays where it is; 0 when that is more than 100000.
std::size_t rounds_needed(const Ratio& change, double threshold);

/// All arms of all scenarios that both runs have, but for baselines and twins; then the arms that
/// one of them lacks. In the order of `before`. `threshold` is the smallest change that matters.
std::vector<ArmComparison> compare_bench(const std::vector<ScenarioResult>& before,
                                         const std::vector<ScenarioResult>& after,
                                         double threshold);

}  // namespace loopmark::harness
