// SPDX-License-Identifier: MIT
#pragma once

#include "bench/workload_row.h"

namespace loopmark::bench {

extern const WorkloadRow kConnectionChurn;
extern const WorkloadRow kEcho;
extern const WorkloadRow kFairness;
extern const WorkloadRow kFdScaling;
extern const WorkloadRow kIdleCost;
extern const WorkloadRow kPingPong;
extern const WorkloadRow kPump;

}  // namespace loopmark::bench
