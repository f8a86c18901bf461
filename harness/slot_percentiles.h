// SPDX-License-Identifier: MIT
//
// Percentiles of single slots, which is what arms are compared by: what disturbs the machine for a
// moment is in one round, and the median of the rounds' ratios does not see it. Where a slot holds too
// few values for one, it is taken of all slots of a launch together. How large a percentile is, merged
// histograms say.
#pragma once

#include <array>
#include <vector>

#include "harness/histogram.h"

namespace loopmark::harness {

/// Percentiles that are taken of each slot, and compared.
inline constexpr std::array<double, 3> kPercentiles{0.5, 0.9, 0.99};

/// kPercentiles of an arm's slots, or of its launches, in ns and at least 1, one value for each that has it.
using SlotPercentiles = std::array<std::vector<double>, kPercentiles.size()>;

/// Adds those of one more slot: those that at least one of its values lies above, or the largest of a
/// few would pass for them. So a 99th percentile needs 100 values.
void add_slot(const Histogram& slot, SlotPercentiles& percentiles);

}  // namespace loopmark::harness
