// SPDX-License-Identifier: MIT
//
// The sweep of failing calls: a cell is run once to count the calls that can fail in it, and then once for each of them
// and each error, with that call failing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

/// One call of one cell that fails.
struct Fault {
  Cell cell;
  std::string call;                        // "recv"
  unsigned number;                         // of the calls of that name, from 1
  std::string error;                       // "EINTR", "short", "bad_alloc"
  std::shared_ptr<const Json> usual = {};  // what is left without a fault; null: nothing

  std::string text() const;  // "recv:3:EINTR"; empty when no call fails
};

/// What a cell with a fault comes to.
enum class FaultOutcome {
  kMissed,     // the call was not made this time
  kRecovered,  // the case passes
  kReported,   // it does not, but the error has come out where the application sees it
  kSilent,     // it does not, and nobody was told
  kCrash,
  kHang,    // it did not end, or the loop span
  kLeak,    // descriptors, children, threads, paths or memory were left
  kBroken,  // the reactor broke a promise, whatever the case says
};
std::string_view word(FaultOutcome outcome);
bool is_bad(FaultOutcome outcome);

/// Whether bad outcomes on `backend` make the sweep fail: not on a library that this tree wraps.
bool is_judged(const BackendInfo& backend);

struct FaultResult {
  Fault fault;
  FaultOutcome outcome = FaultOutcome::kMissed;
  std::string message;    // what was observed
  std::string told;       // the error, as it came out; or why it need not
  std::string reproduce;  // the command that does it again
  double seconds = 0;
};
Json to_json(const FaultResult& result);

/// What a worker with a fault came to. Throws UsageError when it says that there is no such fault.
FaultResult judge_fault(const Fault& fault, const WorkerOutcome& worker);

/// Calls of one name, number `from` to number `to`, and what they can fail with.
struct FallibleCalls {
  std::string call;
  std::vector<std::string> errors;
  unsigned from;
  unsigned to;
};

/// What a cell without a fault came to: where calls can fail in it, or why that cannot be asked.
struct CallCount {
  Cell cell;
  std::vector<FallibleCalls> calls;
  Json left = Json::object();  // by kind
  std::string why;             // there is nothing to ask
  std::string broken = {};     // a promise, though no call has failed
};
CallCount read_count(const Cell& cell, const WorkerOutcome& worker);

/// What is bad of a cell that breaks a promise without a fault.
FaultResult broken_without_fault(const CallCount& count);

/// Reads "recv:3:EINTR": one fault of a cell. What is wrong with its words, the worker says. Throws UsageError.
Fault one_fault_of(const CallCount& count, const std::string& text);

/// All faults of a cell: of the calls of one name `most` numbers at most, from the first to the last.
std::vector<Fault> faults_of(const CallCount& count, unsigned most);

/// `count` of `faults`, chosen by `seed`, in their order.
std::vector<Fault> choose_some(std::vector<Fault> faults, std::size_t count, std::uint64_t seed);

/// Both hand out each result as it comes, and return false when they were interrupted. Cells whose backend is not ready
/// are passed over.
bool count_calls(const std::vector<Cell>& cells, const CellSettings& settings,
                 Interruption& interruption, const std::function<void(const CallCount&)>& done);
bool run_faults(const std::vector<Fault>& faults, const CellSettings& settings,
                Interruption& interruption, const std::function<void(const FaultResult&)>& done);

}  // namespace loopmark::harness
