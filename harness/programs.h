// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

/// The folder that this program stands in, with its workers, "modules" and "mutants" beside it.
std::filesystem::path program_folder();

/// The worker for cases: $LOOPMARK_CASE_WORKER, else loopmark-cases beside this program; the one for
/// workloads: $LOOPMARK_WORKLOAD_WORKER, else loopmark-workloads; the one for random programs:
/// $LOOPMARK_PROGRAM_WORKER, else loopmark-programs; and the one for how libraries behave by themselves:
/// $LOOPMARK_PROFILE_WORKER, else loopmark-profile. Throws EnvironmentError when it cannot be executed.
std::string case_worker();
std::string workload_worker();
std::string program_worker();
std::string profile_worker();

/// The program `name` along $PATH, or an empty path.
std::filesystem::path find_program(const std::string& name);

/// Runs `arguments` to its end, a minute at most, and returns the lines of JSON on its standard
/// output. Throws EnvironmentError when it fails, or prints anything else.
std::vector<Json> lines_of_json(std::vector<std::string> arguments);

}  // namespace loopmark::harness
