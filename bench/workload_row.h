// SPDX-License-Identifier: MIT
//
// What a workload says of itself: one row, at the end of its file.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/arm.h"
#include "bench/workload.h"
#include "harness/quantity.h"

namespace loopmark::bench {

/// Parameters by name, as they stand on the command line.
using Parameters = std::map<std::string, std::string, std::less<>>;

/// Of a number that may be as large as one likes.
inline constexpr std::uint64_t kNoBound = std::numeric_limits<std::uint64_t>::max();

struct Parameter {
  std::string_view name;
  std::string_view standard;  // the value when none is given
  std::string_view meaning;   // with the legal values
};

/// A set of parameters that is measured unless others are asked for.
struct Scenario {
  std::string_view parameters;  // "fds=100,active=1"; what is not named has its standard value
  bool judged;                  // gets a verdict; else it is a point of a curve
  bool quick;                   // belongs to the quick profile
  double margin = 0;  // the smallest difference that matters, where that of the profile cannot be
                      // seen on any machine; 0.05: 5 %
  std::string_view why_margin = {};  // it is not that of the profile
  /// Processes are launched anew so many times as often as in the profile, where two launches of one program differ by
  /// more than their rounds do.
  std::uint64_t launches = 1;
};

/// Threads that work at the same time in a slot: so many, and as many more as the value of a parameter.
struct BusyThreads {
  std::uint64_t always = 1;
  std::string_view parameter = {};
};

/// What a workload says of itself.
struct WorkloadRow {
  std::string_view name;
  std::string_view question;   // that it answers
  std::string_view unit;       // what one event is
  std::string_view operation;  // whose latency is recorded; empty: none
  std::string_view timed;      // what lies in the timed region
  std::string_view not_shown;  // what it must not be taken for
  std::string_view verdicts;   // which of its scenarios get one, and why these; or why none does
  harness::Quantity quantity = harness::Quantity::kTimePerEvent;
  std::uint64_t slot_events = 0;  // of a slot; 0: as many as fill its time, found by trying
  double slot_ms = 0;             // what such a slot takes about, on any arm
  /// Clauses of the contract that the work depends on: who does not keep them has no result.
  std::span<const std::string_view> clauses = {};
  std::span<const Parameter> parameters;
  std::span<const Scenario> scenarios;
  std::span<const std::string_view> bare_arms;  // the first is the baseline
  bool library_arms = false;                    // libraries' own loops can do it, too
  /// Of a slot whose system calls, instructions and allocations are counted, beside one six times as
  /// long: large enough to be cut off at, and short under a profiler.
  std::uint64_t counted_events = 200;
  /// Why system calls and the like mean nothing by the event, so that they are not counted at all.
  std::string_view not_counted = "";
  bool backends = true;      // false: its bare arms are all that can
  BusyThreads threads = {};  // with fewer processors there is no verdict
  /// Throws std::invalid_argument for parameters that are unknown, malformed, or change the work
  /// silently.
  std::unique_ptr<Workload> (*make)(const Arm& arm, const Parameters& parameters);
};

/// All workloads. A new one is a file with its row, and a line in CMakeLists.txt, workloads.h and
/// workloads.cc.
std::span<const WorkloadRow* const> workloads();

/// The parameters of `text` ("fds=100,active=1") over the standard values of `row`. Throws
/// std::invalid_argument, with the nearest name, for one that the workload does not have.
Parameters parse_parameters(const WorkloadRow& row, std::string_view text);

/// A whole number within bounds, or of at least 1. Throws std::invalid_argument that says the value
/// and the bounds.
std::uint64_t whole(const Parameters& parameters, std::string_view name, std::uint64_t least,
                    std::uint64_t most = kNoBound);
std::uint64_t positive(const Parameters& parameters, std::string_view name);

/// The place of the parameter's value among `choices`. Throws std::invalid_argument that lists them.
std::size_t choice(const Parameters& parameters, std::string_view name,
                   std::span<const std::string_view> choices);

}  // namespace loopmark::bench
