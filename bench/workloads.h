// SPDX-License-Identifier: MIT
#pragma once

#include "bench/workload_row.h"

namespace loopmark::bench {

extern const WorkloadRow kCallSoon;
extern const WorkloadRow kCascade;
extern const WorkloadRow kConnectionChurn;
extern const WorkloadRow kEcho;
extern const WorkloadRow kFairness;
extern const WorkloadRow kFdScaling;
extern const WorkloadRow kFdTimeouts;
extern const WorkloadRow kIdleCost;
extern const WorkloadRow kIteration;
extern const WorkloadRow kLongTail;
extern const WorkloadRow kNull;
extern const WorkloadRow kOpenLoop;
extern const WorkloadRow kPingPong;
extern const WorkloadRow kPummel;
extern const WorkloadRow kPump;
extern const WorkloadRow kRegistration;
extern const WorkloadRow kTimerChurn;
extern const WorkloadRow kTimerFire;
extern const WorkloadRow kTimerLateness;
extern const WorkloadRow kToggle;
extern const WorkloadRow kWakeUp;

}  // namespace loopmark::bench
