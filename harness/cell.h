// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/case_catalogue.h"
#include "harness/interruption.h"
#include "harness/json.h"
#include "harness/verdict.h"

namespace loopmark::harness {

/// One case on one backend, to be run.
struct Cell {
  const BackendInfo* backend;
  const CaseInfo* test;
};

/// What a cell came to.
struct CellResult {
  std::string backend;
  std::string clause;
  std::string name;
  std::string level;  // of the clause: "MUST", "SHOULD", "MAY"
  std::string requirement;
  Verdict verdict = Verdict::kNotRun;
  CaseOutcome outcome;    // of the run that the verdict rests on
  std::string deviation;  // the reason that the backend declares, where it does
  int passes = 0;         // of so many runs
  int runs = 0;
  double seconds = 0;     // of the longest
  std::string reproduce;  // the command that runs this cell again

  // What the worker wrote; kept in the cell's log, not in the journal.
  std::string output;
  std::string errors;
  std::string stacks;

  std::string case_id() const { return clause + "/" + name; }
};

/// One line of the journal, and back. Throws Json::exception or std::runtime_error.
Json to_json(const CellResult& cell);
CellResult cell_from_json(const Json& json);

/// "deviates (MUST)" for a deviation from a MUST, else the verdict's word.
std::string verdict_text(const CellResult& cell);

/// A cell that was not run: planned only, or its backend is not there.
CellResult unrun(const Cell& cell);

struct CellSettings {
  std::string worker;
  Duration time_limit = std::chrono::seconds(10);
  std::size_t jobs = 1;
  int repeat = 1;      // runs of each cell
  bool traced = true;  // stacks are taken of what hangs
  /// Asked when a cell's turn has come; none: all are wanted.
  std::function<bool(const Cell&)> wanted = {};
};

/// Runs each cell in a worker of its own, at most `jobs` at once, and hands out each result as it
/// comes; a cell that is not wanted has none. Returns false when `interruption` put an end to it;
/// cells that were under way then have no result.
bool run_cells(const std::vector<Cell>& cells, const CellSettings& settings,
               Interruption& interruption, const std::function<void(const CellResult&)>& done);

/// The arguments of the worker for one cell, without those for the result pipe.
std::vector<std::string> worker_arguments(const Cell& cell, const CellSettings& settings);

}  // namespace loopmark::harness
