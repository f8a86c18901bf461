// SPDX-License-Identifier: MIT
#include "harness/slot_percentiles.h"

#include <algorithm>
#include <cstddef>

namespace loopmark::harness {

void add_slot(const Histogram& slot, SlotPercentiles& percentiles) {
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    if (slot.beyond(kPercentiles[i]) == 0) continue;
    percentiles[i].push_back(std::max(1.0, slot.percentile(kPercentiles[i])));
  }
}

}  // namespace loopmark::harness
