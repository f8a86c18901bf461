// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopmark::bench {

/// What the worker was told on its command line.
struct Assignment {
  std::string workload;
  std::string arm;
  std::string module;  // to load; empty: the backend is looked for where modules are kept
  std::vector<std::string> parameters;  // "name=value"
  int result_fd = 1;
  /// Of the loop, then of a second thread; with one only, both run there. Empty: anywhere.
  std::vector<int> cpus;
  std::uint64_t planted_steps = 0;  // of work that is planted in a bare arm's callbacks
  double pace = 0;                  // what `prepare` answered elsewhere; 0: it is to be measured
  /// Not empty: count a slot of each of these numbers of events, or of so many times as many as the first of them turned out
  /// to have; verify, and end, instead of taking commands.
  std::vector<std::uint64_t> slots;
  bool check = false;  // do nothing at all: only say whether workload, arm and parameters fit
};

/// Writes what workloads there are, a line of JSON each.
void list_workloads(int fd);

/// Does the commands that come on standard input, one a line, and answers each with one result
/// line:
///   prepare            {"evidence", "left_to_chance"}, and "pace" if the workload has one, to be
///                      given to all others' processes; or {"refused": reason}
///   slot N [WARMUP]    {"events", "wall_ns", "cpu_ns", ..., "histograms", "values"} of N events,
///                      after WARMUP events that are not measured
///   sample N [WARMUP]  the same, with "latency": what each operation of this slot took
///   count N            {"events"} of a slot that is counted from outside; each begins as the
///                      first one did
///   plant STEPS        {"events", "wall_ns", "cpu_ns"} of so many steps of planted work
///   verify             {"verified": true} or {"wrong": reason}
///   quit
/// Returns the exit code: 0; 2 bad command or parameter; 3 no such arm, or it cannot be made.
int work(const Assignment& assignment);

}  // namespace loopmark::bench
