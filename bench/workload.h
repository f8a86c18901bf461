// SPDX-License-Identifier: MIT
//
// A workload: a fixed piece of work that is done again and again, by one arm at a time. An arm is
// one way to do it: a backend, or a loop written by hand against the system calls (a bare arm),
// which shows where the limit lies. The same object runs under Google Benchmark and in the rounds
// of `loopmark bench`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/histogram.h"
#include "reactors/reactor.h"

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

/// Made for one arm and one set of parameters; used in one thread.
class Workload {
 public:
  virtual ~Workload() = default;

  /// Makes and registers all that slots need. Throws Refused.
  virtual void prepare() = 0;

  /// Does at least `events` events, the next number that the work can be cut off at, and returns
  /// how many. This is the timed region: nothing is opened or registered in it. `latency`, where
  /// given, gets the duration of each single operation, if the row names one. A slot that goes
  /// wrong ends early, or never when an event is lost: who calls it must be able to give it up.
  virtual std::uint64_t slot(std::uint64_t events, harness::Histogram* latency = nullptr) = 0;

  /// Throws WorkIsWrong unless every event of every slot so far was delivered once and every byte
  /// was right.
  virtual void verify() = 0;

  /// What proves which mechanism does the waiting.
  virtual std::string evidence() const = 0;
};

/// Who does the work: a backend, when `make` is set, else the bare loop of that name.
struct Arm {
  std::string name;
  std::function<std::unique_ptr<Reactor>()> make;
  int peer_cpu = -1;  // where a second thread belongs, if the workload has one; -1: anywhere

  /// A new reactor, or null for a bare loop.
  std::unique_ptr<Reactor> reactor() const { return make ? make() : nullptr; }
};

/// Parameters by name, as they stand on the command line.
using Parameters = std::map<std::string, std::string, std::less<>>;

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
};

/// What a workload says of itself.
struct WorkloadRow {
  std::string_view name;
  std::string_view question;   // that it answers
  std::string_view unit;       // what one event is
  std::string_view operation;  // whose latency is recorded; empty: none
  std::string_view timed;      // what lies in the timed region
  std::string_view not_shown;  // what it must not be taken for
  std::span<const Parameter> parameters;
  std::span<const Scenario> scenarios;
  std::span<const std::string_view> bare_arms;
  /// Throws std::invalid_argument for parameters that are unknown, malformed, or change the work
  /// silently.
  std::unique_ptr<Workload> (*make)(const Arm& arm, const Parameters& parameters);
};

/// All workloads. A new one is a file with its row, and a line here in workloads.cc.
std::span<const WorkloadRow* const> workloads();

/// The parameters of `text` ("fds=100,active=1") over the standard values of `row`. Throws
/// std::invalid_argument, with the nearest name, for one that the workload does not have.
Parameters parse_parameters(const WorkloadRow& row, std::string_view text);

/// A whole number of at least 1. Throws std::invalid_argument with the parameter's name.
std::uint64_t positive(const Parameters& parameters, std::string_view name);

}  // namespace loopmark::bench
