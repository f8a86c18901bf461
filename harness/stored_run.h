// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/cell.h"
#include "harness/run_folder.h"

namespace loopmark::harness {

inline constexpr std::string_view kCellSchema = "loopmark.cells/1";
inline constexpr const char* kCellJournal = "cells.ndjson";

/// The names of a backend and of a case, "CLAUSE/Name".
using CellName = std::pair<std::string, std::string>;

/// What a run of conform was to do; stored at its start, so that it can be resumed.
struct ConformPlan {
  std::vector<std::string> backends;
  std::vector<std::string> cases;
  std::vector<CellName> only;  // of these pairs, where it is not all of them
  std::vector<std::string> modules;
  double timeout_seconds = 10;
  int repeat = 1;

  bool includes(const CellName& cell) const;
};

Json to_json(const ConformPlan& plan);
ConformPlan plan_from_json(const Json& json);

/// A stored run of conform.
struct StoredRun {
  RunFolder folder;
  ConformPlan plan;
  std::vector<CellResult> finished = {};  // in the order in which they were
  bool torn = false;                      // the journal ended in the middle of a line
  bool complete = false;

  /// All cells in the plan's order: a case after the other, and for each case the backends. Those
  /// that were not run have the verdict kNotRun.
  std::vector<CellResult> table() const;
};

/// Reads the run `name` (see RunFolder::open). Throws EnvironmentError with file and line when it
/// cannot be read.
StoredRun read_run(const std::string& name);

/// Throws EnvironmentError with file and line when `run` says that it is complete, and its journal
/// lacks cells.
void require_all_cells(const StoredRun& run);

}  // namespace loopmark::harness
