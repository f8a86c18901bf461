// SPDX-License-Identifier: MIT
//
// A workload: a fixed piece of work that is done again and again, by one arm at a time. The same
// object runs under Google Benchmark and in the rounds of `loopmark bench`.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

#include "bench/stopwatch.h"
#include "harness/histogram.h"

namespace loopmark::bench {

/// It cannot be done here, and why: a size beyond a limit, or what a backend cannot watch. Not a
/// fault.
struct Refused : std::runtime_error {
  using runtime_error::runtime_error;
};

/// The work was not done right: an event was lost, or a byte is wrong. What was measured is worth
/// nothing.
struct WorkIsWrong : std::runtime_error {
  using runtime_error::runtime_error;
};

/// What a slot leaves behind, besides how many events it did.
struct SlotRecord {
  /// Runs when the slot begins, and is read when it has ended.
  Stopwatch stopwatch{};
  /// Gets the duration of each single operation, in nanoseconds, if the row names one; null when
  /// they are not asked for, and then no clock may be read for them.
  harness::Histogram* operation = nullptr;
  /// Further durations in nanoseconds, and figures of the whole slot, by names that tables show.
  std::map<std::string, harness::Histogram, std::less<>> histograms = {};
  std::map<std::string, double, std::less<>> values = {};
};

/// Made for one arm and one set of parameters; used in one thread.
class Workload {
 public:
  virtual ~Workload() = default;

  /// Makes and registers all that slots need. Throws Refused.
  virtual void prepare() = 0;

  /// Does at least `events` events, the next number that the work can be cut off at, and returns
  /// how many. This is the timed region, but for the times in which the record's stopwatch is
  /// stopped; what it is about to measure is set up outside it. A slot that goes wrong ends early,
  /// or never when an event is lost: who calls it must be able to give it up.
  virtual std::uint64_t slot(std::uint64_t events, SlotRecord& record) = 0;

  /// Takes the work back to where prepare() left it, in all that decides what a slot does. Called
  /// between slots whose system calls and instructions are counted: two of the same length are then
  /// the same to the last instruction.
  virtual void rewind() {}

  /// Throws WorkIsWrong unless every event of every slot so far was delivered once and every byte
  /// was right.
  virtual void verify() = 0;

  /// What proves which mechanism does the waiting.
  virtual std::string evidence() const = 0;

  /// What of this machine the slots go by, such as how many requests a second a bare loop serves:
  /// what prepare() has measured, or, so that all who are compared go by the same, the arm's `pace`
  /// where that has one; then nothing is measured. 0: they go by nothing of the kind.
  virtual double pace() const { return 0; }

  /// Why the same slot need not make the same system calls and instructions each time, such as a
  /// second thread, or a pace by the clock. Empty: it does.
  virtual std::string left_to_chance() const { return ""; }
};

}  // namespace loopmark::bench
