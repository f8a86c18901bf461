// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace loopmark::bench {

/// Whose use of the machine counts: of all threads of the process, or of the one that has the stopwatch.
enum class Whose { kProcess, kThread };

/// What was used while the stopwatch ran. Times in nanoseconds.
struct Usage {
  std::int64_t wall = 0;
  std::int64_t cpu = 0;  // user and system
  std::int64_t user = 0;
  std::int64_t system = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::int64_t faults = 0;
};

/// Adds up what a slot uses. It runs when the slot begins; a workload that has to set something up
/// between two pieces of its timed work stops it for that long. One stop and start takes about 3 us,
/// of which about 1 us is counted: not for use around single operations.
class Stopwatch {
 public:
  explicit Stopwatch(Whose whose = Whose::kProcess) : whose_(whose) {}

  /// Both do nothing when it is so already.
  void start();
  void stop();

  /// Undefined while it runs.
  const Usage& used() const { return used_; }

 private:
  Usage read_resources() const;
  std::int64_t cpu_time() const;

  Whose whose_;
  bool runs_ = false;
  Usage began_;
  Usage used_;
};

}  // namespace loopmark::bench
