// SPDX-License-Identifier: MIT
//
// What is found by trying before a scenario is measured: how many events make a slot, and how much
// planted work a known slow-down.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "harness/arm_process.h"
#include "harness/bench_plan.h"
#include "harness/bench_results.h"

namespace loopmark::harness {

/// How many events make a slot of the right length. The fastest of several tries counts: whatever
/// else the machine does can only add to the time, and a slot must not become short by that. Throws
/// ArmLost.
std::uint64_t events_of_a_slot(ArmUnderTest& arm);

/// Once in how many rounds operations are timed, in a slot of so many times as many, when half a slot
/// holds `operations` of them: as often as leaves enough for a 99th percentile of each such slot, the
/// same number of times in each launch, and often enough for an interval over them by the first
/// verdict; in each round where that cannot be.
std::size_t rounds_a_sample(double operations, const ScenarioPlan& plan);

/// Arms whose costs are not worlds apart do exactly as many events: that alone makes their slots the
/// same work, for the first events of a slot meet colder caches than the last. As many as are the
/// geometric mean of the most and the fewest that fill a slot of one of them.
void align(std::vector<ArmResult>& arms);

using LaunchArm = std::function<std::unique_ptr<ArmUnderTest>(const ArmPlan& arm)>;

/// How many steps of planted work make an event of the baseline take twice as long, in slots as they
/// are measured. Among an event's other work a step takes not what it takes by itself: part of it is
/// done beside, and slots that alternate with others' are slower. So two processes take turns, one
/// of them with about that work. Throws ArmLost.
double planted_steps_an_event(const ScenarioPlan& plan, const ArmResult& baseline,
                              const LaunchArm& launch);

}  // namespace loopmark::harness
