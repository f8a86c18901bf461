// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

/// What differs between the machines and the builds of two stored runs, given as their run.json,
/// and makes a comparison a comparison of these: "kernel: Linux 6.18.41, now Linux 6.18.44". The
/// contract counts when `with_contract`. Load and the clock's present frequency do not.
std::vector<std::string> differences_of_origin(const Json& before, const Json& after,
                                               bool with_contract);

/// "commit: c7386ac12345, now f015fd612345" when the runs are known to be of different ones, else "". To compare these, too,
/// may be what the runs were made for.
std::string difference_of_commits(const Json& before, const Json& after);

/// Throws UsageError unless the stored run of that record was begun by this build on this machine: what were added to it
/// would make it a run of two.
void require_own(const Json& record);

/// The libraries that are loaded in another version, given a part of either run.json:
/// "libev/epoll: 4.31, now 4.33". To compare these may be what the runs were made for.
std::vector<std::string> differences_of_libraries(const Json& before, const Json& after);

}  // namespace loopmark::harness
