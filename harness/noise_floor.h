// SPDX-License-Identifier: MIT
//
// How much this machine disturbs what is measured on it, found out by measuring one program against
// itself, and by watching the clock.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/statistics.h"
#include "reactors/base/time.h"

namespace loopmark::harness {

/// One program against itself.
struct NoiseFloor {
  std::string scenario = {};  // what it did
  std::size_t rounds = 0;     // 0: nothing was measured
  Ratio wall{};               // the twin to the baseline; whatever this is off 1, is noise
  Ratio cpu{};                // the same in processor time
  double drift = 0;           // the same program's speed from round to round, p90 over p10, less 1
  double preempted = 0;       // share of the slots, 0 to 1
  /// Of neighbouring rounds' ratios; near 0 where intervals can be trusted.
  double autocorrelation = 0;
  std::string failure = {};  // why there is nothing, or less than was asked for

  /// Ratio::relative_half_width() of the wall clock's.
  double half_width() const { return wall.relative_half_width(); }

  /// The rounds that it takes to tell a difference of `fraction` from none.
  std::size_t rounds_for(double fraction) const;
};

/// Measures ping_pong's bare loop and its twin, in the real worker, for so many rounds: 200 take a
/// few seconds. Throws EnvironmentError when the worker cannot be asked what it offers.
NoiseFloor measure_noise(const std::string& worker, std::size_t rounds,
                         std::function<bool()> interrupted);

/// What happened to a thread that did nothing but read the clock.
struct SpinGaps {
  Duration watched{};
  double reading_ns = 0;       // what a reading costs when nothing disturbs it
  std::uint64_t over_1us = 0;  // gaps between two readings: something else ran
  std::uint64_t over_64us = 0;
  Duration longest{};
};
SpinGaps watch_clock(Duration span);

}  // namespace loopmark::harness
