// SPDX-License-Identifier: MIT
#include "bench/arms.h"

#include <algorithm>

#include "reactors/base/nearest.h"

namespace loopmark::bench {
namespace {

bool keeps_order(const Backend& backend) {
  return std::none_of(
      backend.deviations.begin(), backend.deviations.end(),
      [](const Deviation& deviation) { return deviation.clause == "TIME-ORDER-02"; });
}

}  // namespace

Arm find_arm(const WorkloadRow& row, const Registry& registry, std::string_view name) {
  const auto& bare = row.bare_arms;
  if (std::find(bare.begin(), bare.end(), name) != bare.end()) return {.name = std::string(name)};
  if (!row.backends) {
    throw std::invalid_argument("there is no arm '" + std::string(name) +
                                "': " + std::string(row.name) + " has bare arms only");
  }
  if (!name.starts_with(kLibraryArm)) {
    const Backend& backend = *registry.at(name).row;
    return {.name = std::string(name),
            .make_reactor = backend.make,
            .keeps_order = keeps_order(backend),
            .left_to_chance = std::string(backend.left_to_chance)};
  }
  const Backend& backend = *registry.at(name.substr(kLibraryArm.size())).row;
  if (!row.library_arms || backend.make_library_loop == nullptr) {
    throw std::invalid_argument("there is no arm '" + std::string(name) + "': " +
                                (row.library_arms
                                     ? "the backend has no library's loop to offer"
                                     : std::string(row.name) + " is not written for "
                                                               "libraries' own loops"));
  }
  return {.name = std::string(name),
          .make_library_loop = backend.make_library_loop,
          .keeps_order = keeps_order(backend),
          .left_to_chance = std::string(backend.left_to_chance)};
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
