// SPDX-License-Identifier: MIT
//
// How libev behaves by itself.
#pragma once

#include <span>
#include <vector>

#include "reactors/library_profile.h"

namespace loopmark::libev {

/// Runs, passes, timers and wake-ups: probes_of_time.cc.
std::span<const profile::Probe> probes_of_time();
/// Descriptors, hang-ups, signals and processes: probes_of_descriptors.cc.
std::span<const profile::Probe> probes_of_descriptors();

/// All of them.
std::vector<profile::Probe> probes();

}  // namespace loopmark::libev
