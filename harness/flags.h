// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/bench_results.h"
#include "harness/laws.h"

namespace loopmark::harness {

/// What the rows of a run are flagged for: the broken laws that rest on them.
class Flags {
 public:
  explicit Flags(const std::vector<LawFinding>& findings);

  /// Those of an arm in a scenario.
  const std::vector<LawFinding>& of(const ScenarioResult& scenario, const ArmResult& arm) const;

  /// Their names: "scan-grows, never-early"; empty when there are none.
  std::string names(const ScenarioResult& scenario, const ArmResult& arm) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<LawFinding>> rows_;
};

}  // namespace loopmark::harness
