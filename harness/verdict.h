// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/worker.h"

namespace loopmark::harness {

/// What a cell, which is one case on one backend, comes to.
enum class Verdict {
  kNotRun,
  kPass,
  kFail,
  kCrash,
  kTimeout,
  kNotSupported,    // the backend does not offer the capability that the case is about
  kUnavailable,     // it is not built, or this machine refuses it
  kDeviates,        // not kept, as declared
  kUnexpectedPass,  // kept, though declared otherwise: an error
  kFlaky,           // repeated, with different results
};

/// The verdict's word ("pass", "not_supported") and its letter in the matrix.
std::string_view word(Verdict verdict);
char letter(Verdict verdict);

/// Throws std::runtime_error when there is no such word.
Verdict verdict_of(std::string_view word);

/// Whether it makes the run fail: fail, crash, timeout, unexpected pass, flaky.
bool is_failure(Verdict verdict);

/// A clause, or one case of it ("CLAUSE/Name"), that a backend says it does not keep.
struct DeclaredDeviation {
  std::string clause;
  std::string how;  // "fail", "crash" or "timeout"
  std::string reason;
  std::string source;
  std::string program;
};

/// What a worker's run of one case came to.
struct CaseOutcome {
  Verdict verdict = Verdict::kNotRun;
  std::string message;  // what was observed, or the cause of a crash
  std::string file;
  int line = 0;
  std::vector<std::string> log;  // events, as the case recorded them
  long waits = -1;               // how often the reactor waited; -1 for unknown
  std::string evidence;
};

/// Reads what a worker left behind. It has to have ended by itself, with exactly one whole result,
/// and with the exit status that belongs to it; whatever else it did is a crash whose cause is in
/// the message.
CaseOutcome judge_worker(const WorkerOutcome& worker);

/// The declaration that is about this case, or null. One of the case goes before one of its clause.
const DeclaredDeviation* declared_for(const std::vector<DeclaredDeviation>& deviations,
                                      std::string_view clause, std::string_view name);

/// The verdict of a cell: `observed`, in the light of what the backend declares (may be null).
Verdict judge_cell(Verdict observed, const DeclaredDeviation* declared);

}  // namespace loopmark::harness
