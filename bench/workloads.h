// SPDX-License-Identifier: MIT
#pragma once

#include "bench/workload_row.h"

namespace loopmark::bench {

extern const WorkloadRow kFdScaling;
extern const WorkloadRow kIteration;
extern const WorkloadRow kNull;
extern const WorkloadRow kPingPong;
extern const WorkloadRow kRegistration;
extern const WorkloadRow kToggle;

}  // namespace loopmark::bench
