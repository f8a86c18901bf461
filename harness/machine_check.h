// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/machine_load.h"
#include "harness/noise_floor.h"

namespace loopmark::harness {

/// One thing that was looked at on this machine.
struct Finding {
  enum class Level {
    kGood,
    kNote,     // cannot be had or controlled here; results say so or do without
    kWarning,  // disturbs what is measured
  };
  Level level;
  std::string about;  // "clock"
  std::string text;
};

/// "ok", "note", "warn".
std::string_view word(Finding::Level level);

/// Looks at processors, clock, load, limits, memory, the tools and the kernel's interfaces that
/// measurements use. Changes nothing. `gaps` is what watch_clock() saw.
std::vector<Finding> check_machine(const SpinGaps& gaps);

/// What the hypervisor took between two moments.
Finding check_stolen(const MachineLoad& before, const MachineLoad& after);

}  // namespace loopmark::harness
