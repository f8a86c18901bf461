// SPDX-License-Identifier: MIT
#include "bench/arms.h"

#include <algorithm>

#include "reactors/base/nearest.h"

namespace loopmark::bench {

Arm find_arm(const WorkloadRow& row, const Registry& registry, std::string_view name) {
  const auto& bare = row.bare_arms;
  if (std::find(bare.begin(), bare.end(), name) != bare.end()) return {std::string(name), {}};
  const Backend& backend = *registry.at(name).row;
  return {std::string(backend.name), backend.make};
}

const WorkloadRow& find_workload(std::string_view name) {
  std::vector<std::string> known;
  for (const WorkloadRow* row : workloads()) {
    if (row->name == name) return *row;
    known.emplace_back(row->name);
  }
  throw std::invalid_argument("there is no workload '" + std::string(name) + "'" +
                              did_you_mean(name, known));
}

}  // namespace loopmark::bench
