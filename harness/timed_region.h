// SPDX-License-Identifier: MIT
//
// How who counts from outside learns where the timed regions of a slot lie. The worker of workloads
// calls these where its stopwatch starts and stops, and behind each slot. They are null, unless one
// of bench/preloaded/ is loaded into the process, which announces the place on standard error: a
// line that a tracer sees among the system calls, and a function whose calls a profiler sees.
#pragma once

extern "C" {
[[gnu::weak, gnu::visibility("default")]] void loopmark_region_begins();
[[gnu::weak, gnu::visibility("default")]] void loopmark_region_ends();
[[gnu::weak, gnu::visibility("default")]] void loopmark_slot_ends();
}

namespace loopmark::harness {

/// What such a line begins with. "begins", "ends" or "slot" follows, and then what was counted, each
/// as NAME=NUMBER: behind "ends" in this region, behind "slot" a state at its end.
inline constexpr char kAnnouncement[] = "loopmark-region: ";

}  // namespace loopmark::harness
