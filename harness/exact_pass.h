// SPDX-License-Identifier: MIT
//
// The exact pass. The rounds measure time; here, in processes of their own, it is counted what an
// event takes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/exact_counters.h"
#include "harness/interruption.h"
#include "harness/json.h"

namespace loopmark::harness {

struct ExactPass {
  std::string worker;
  std::vector<Counter> counters;
  std::size_t runs = 1;  // of each counter on each arm
  std::size_t jobs = 1;  // processes at a time: counts do not suffer from load
  /// Also where there is no verdict, all counters and not only the quick ones.
  bool thorough = false;
  std::function<void(const Json& record)> append;                  // to the journal
  std::function<void(std::size_t done, std::size_t of)> progress;  // in arms
};

/// Counts the arms that are not lost or struck out, do not test the comparison itself, and have no
/// counts yet. Adds them to `results`; what could not be counted has its reason there. Returns false
/// when it was interrupted.
bool count_exactly(const ExactPass& pass, std::vector<ScenarioResult>& results,
                   Interruption& interruption);

/// The same, with all counters that this machine has, on up to two processors; says on standard error
/// how far it is, and which counters are missing.
bool count_here(const std::string& worker, std::size_t runs, bool thorough,
                std::vector<ScenarioResult>& results, Interruption& interruption,
                const std::function<void(const Json& record)>& append);

}  // namespace loopmark::harness
