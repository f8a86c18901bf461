// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/run_folder.h"

namespace loopmark::harness {

/// Where, when and with what benchmarks were measured: what a reader needs to take the figures for what they are.
struct Origin {
  std::string machine;  // with its system, and the libraries
  std::string command;  // with version and day
};

/// That of a run of bench.
Origin origin_of(const RunFolder& folder);

}  // namespace loopmark::harness
