// SPDX-License-Identifier: MIT
//
// The price of a wrapper. The same work is done three times: by a bare loop, by the library's own
// loop as its manual would have it (the "api:" arm), and by our wrapper over the same library.
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/bench_table.h"

namespace loopmark::harness {

/// One backend's three ways to do one scenario, as ratios of the rounds they share.
struct Triplet {
  const ScenarioResult* scenario;
  std::string backend;
  Ratio wrapper_to_library;
  Ratio library_to_bare;
  Ratio wrapper_to_bare;
  double added;  // what the wrapper adds to the library's own interface, in ns an event
};

/// Of all scenarios in which times are compared.
std::vector<Triplet> triplets_of(const std::vector<ScenarioResult>& results);

/// A line for each triplet, under a head.
Cells triplet_cells(const std::vector<ScenarioResult>& results);

}  // namespace loopmark::harness
