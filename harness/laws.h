// SPDX-License-Identifier: MIT
//
// What is known of event loops from decades of measuring them, as checks on a run. A result that
// breaks a law is not wrong for that, but it is the first place to look for a fault of the harness,
// and is flagged.
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/bench_table.h"

namespace loopmark::harness {

/// How an arm stands with a law.
enum class Standing {
  kHolds,
  kOpen,  // the interval has the limit inside, or two scenarios are too far apart in time to tell
  kBroken,
  kNotJudged,  // there were too few rounds, or what it would rest on is INVALID
};

/// One law on one arm of a scenario or a curve.
struct LawFinding {
  std::string law;       // "scan-grows"
  std::string where;     // the scenario or curve
  std::string arm;       // its label
  std::string observed;  // with the figure: "exponent 0.08"
  std::string expected;  // "at most 0.25"
  Standing standing;
  std::vector<std::string> scenarios;  // that have the arm's rows which it is about: their ids
};

/// Laws that go by medians, and not by intervals of ratios, leave out what has fewer rounds.
inline constexpr std::size_t kLawRounds = 20;

/// Where nothing is left open.
Standing held(bool holds);

/// Whether a ratio is at most `limit`: all of its interval, some of it, or nothing.
Standing at_most(const Ratio& ratio, double limit);

/// Every law that `results` have the measurements for.
std::vector<LawFinding> check_laws(const std::vector<ScenarioResult>& results);

/// A line for each finding, under a head: the broken ones first, those that hold last.
Cells law_cells(const std::vector<LawFinding>& findings);

}  // namespace loopmark::harness
