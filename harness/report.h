// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

/// A cell that did not pass, in a few lines: expected, observed, the end of the event log, where
/// the rest is stored, and the command that runs it again.
std::string brief_report(const CellResult& cell, bool color);

/// All that is known of a cell: its log file.
std::string full_report(const CellResult& cell);

/// Where that file is, in the run's folder: "cells/libev.epoll/TIME-BASIC-01.NeverEarly.log".
std::string log_name(const CellResult& cell);

/// The run as JUnit XML: a test suite a backend.
std::string junit(const std::vector<CellResult>& cells);

/// The run in Markdown: matrix, failures, deviations with their reasons.
std::string markdown(const std::string& id, const std::vector<CellResult>& cells, bool complete);

}  // namespace loopmark::harness
