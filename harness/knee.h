// SPDX-License-Identifier: MIT
//
// The knee of an open loop's curve: up to which rate requests are answered in time. That is, within
// ten times what the bare loop takes at the lowest load, for all arms alike; the 99th percentile from
// the planned time, in the median slot, which a moment's disturbance does not move. A load at which
// the interval of that median holds the bound decides nothing: the knee then lies between two loads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/families.h"

namespace loopmark::harness {

/// An arm at one load of a curve.
struct LoadPoint {
  double load;       // percent of what the bare loop can do
  double rate;       // requests a second, as planned
  double p99;        // ns, in the median slot
  double low, high;  // its 99 % interval; 0 and infinity when there are too few rounds for one
};

struct Knee {
  std::string curve;  // what all its points have in common: "connections=16"
  std::string arm;
  double bound;                     // of p99, in ns
  std::optional<LoadPoint> within;  // the last point that is; empty: none is
  std::optional<LoadPoint> open;    // the last point after it, and before `beyond`, that may be
  std::optional<LoadPoint> beyond;  // the first point that is not; empty: all may be
};

/// The bound for a curve over the load; nothing where it has fewer than three points, or is another's.
std::optional<double> knee_bound(const Family& curve);

/// Of each arm on each such curve.
std::vector<Knee> knees_of(const std::vector<ScenarioResult>& results);

/// A line for each, under a heading; empty where there is none.
std::string knee_table(const std::vector<ScenarioResult>& results, bool markdown);

}  // namespace loopmark::harness
