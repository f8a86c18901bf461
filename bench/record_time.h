// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "harness/histogram.h"

namespace loopmark::bench {

/// Records the nanoseconds from `begin` to `end`, two readings of a clock or distances from one.
template <class Time>
void record_time(harness::Histogram& histogram, Time begin, Time end) {
  histogram.record(static_cast<std::uint64_t>((end - begin).count()));
}

}  // namespace loopmark::bench
