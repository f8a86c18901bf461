// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

/// One case of the suite, as the worker lists it.
struct CaseInfo {
  std::string clause;                // "TIME-BASIC-01"
  std::string name;                  // "NeverEarly"
  std::string requirement;           // one sentence
  std::vector<std::string> catches;  // mutants that turn it red
  std::string uncaught;              // where there are none: why
  std::string file;
  int line = 0;
  std::vector<std::string> needs;  // capabilities

  /// The clause and the name: unique, and what the worker is asked for.
  std::string id() const { return clause + "/" + name; }
};

/// The cases there are, in the worker's order. Throws EnvironmentError when the worker cannot be
/// asked.
std::vector<CaseInfo> list_cases(const std::string& worker);

/// Those in the lines that `worker` has printed.
std::vector<CaseInfo> read_cases(const std::vector<Json>& lines, const std::string& worker);

}  // namespace loopmark::harness
