// SPDX-License-Identifier: MIT
#pragma once

#include "bench/workload_row.h"

namespace loopmark::bench {

extern const WorkloadRow kFdScaling;
extern const WorkloadRow kLongTail;
extern const WorkloadRow kOpenLoop;
extern const WorkloadRow kPingPong;
extern const WorkloadRow kPummel;
extern const WorkloadRow kWakeUp;

}  // namespace loopmark::bench
