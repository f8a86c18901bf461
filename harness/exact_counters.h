// SPDX-License-Identifier: MIT
//
// Counting what a noisy machine cannot blur: system calls, user instructions, allocations. Each is
// counted in a process of its own, from outside, and only in the timed regions of its slots: see
// timed_region.h.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/worker_process.h"

namespace loopmark::harness {

/// What a slot did, by name.
using Counts = std::map<std::string, double, std::less<>>;

struct SlotCounts {
  Counts sums;    // over its timed regions
  Counts states;  // what was so at its end
  bool operator==(const SlotCounts&) const = default;
};

/// One way to count.
struct Counter {
  std::string name;     // of what it counts, in results
  std::string missing;  // why it cannot be used here; empty: it can
  /// What comes before the worker's command line, and where in its folder it leaves what it finds.
  /// `one_thread`: only what the thread does that the process begins with; but allocations are always of all.
  std::vector<std::string> (*prefix)(const std::filesystem::path& folder, bool one_thread);
  /// What it found, a slot each. Throws std::runtime_error when that is not as expected.
  std::vector<SlotCounts> (*read)(const WorkerOutcome& outcome,
                                  const std::filesystem::path& folder);
  bool quick = false;  // takes little more than the work itself
};

/// "allocations" (calls, bytes, frees; heap, resident: bytes), "system_calls" (by name) and
/// "instructions" (user), the cheapest first.
std::vector<Counter> exact_counters();

/// The two ways to count system calls, of which the first is used where it can be: by the kernel,
/// which lets only a privileged process; by strace, which takes many times as long, and slows threads
/// down against each other.
Counter calls_by_kernel();
Counter calls_by_tracer();

/// What these have to say of each slot: the log of strace, the parts of a callgrind profile, and
/// the announcements of a preloaded counter. Throw std::runtime_error.
std::vector<SlotCounts> read_trace(std::string_view log);
std::vector<SlotCounts> read_profile(const std::vector<std::string>& parts);
std::vector<SlotCounts> read_announcements(std::string_view errors);

/// The growth of each count from `shorter` to `longer`, over `events`.
Counts per_event(const Counts& shorter, const Counts& longer, double events);

}  // namespace loopmark::harness
