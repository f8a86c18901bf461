// SPDX-License-Identifier: MIT
//
// What one process counted. It does N events and then 6 N, three times, each from the same
// beginning; the first time is to warm up. The growth from N to 6 N over 5 N events is free of what
// a slot costs as a whole; there are two of it, and they must be equal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/exact_counters.h"
#include "harness/json.h"

namespace loopmark::harness {

struct CountedRun {
  std::string failure = {};                // why nothing was counted; empty: it was
  bool refused = false;                    // by the worker, and so whoever counts it
  std::string left_to_chance = {};         // why the workload need not repeat; empty: it must
  std::vector<std::uint64_t> events = {};  // of each slot, as the workload cut them
  std::vector<SlotCounts> slots = {};
};

/// The worker's option --events for such a run.
std::string slot_sizes(std::uint64_t events);

/// What came of a process that was counted by `counter`, which had `folder` to itself.
CountedRun read_run(const Counter& counter, const WorkerOutcome& outcome,
                    const std::filesystem::path& folder);

/// The counts of an arm as they stand in its record, made of the runs of each counter:
///   events        [N, 6 N]
///   allocations   {calls, bytes, frees, and growth of the heap: an event; heap: its peak in bytes,
///                  with N events}
///   system_calls  {by name: an event}
///   instructions  {user: an event}
///   missing       {counter: why it has nothing}
///   varies        {counter: {name: [least, most]}} of what was not the same each time
///   because       why the workload need not repeat; not there: it must
///   resident      bytes of the process at the most, which is no exact figure
Json counts_of(const std::vector<Counter>& counters,
               const std::vector<std::vector<CountedRun>>& runs);

/// The same where nothing is counted, for the reason `why`.
Json no_counts(const std::vector<Counter>& counters, const std::string& why);

/// What of such counts must be the same whenever it is counted again: the counters without a
/// variation, of a workload that must repeat, or else its allocations.
Json repeatable(Json counts);

}  // namespace loopmark::harness
