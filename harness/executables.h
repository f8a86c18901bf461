// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

/// The folder that this program stands in, with its workers, "modules" and "mutants" beside it.
std::filesystem::path program_folder();

/// The workers, each beside this program unless a variable names another. Throw EnvironmentError when it cannot be executed.
std::string case_worker();          ///< loopmark-cases, $LOOPMARK_CASE_WORKER
std::string workload_worker();      ///< loopmark-workloads, $LOOPMARK_WORKLOAD_WORKER
std::string program_worker();       ///< loopmark-programs, $LOOPMARK_PROGRAM_WORKER
std::string profile_worker();       ///< loopmark-profile, $LOOPMARK_PROFILE_WORKER
std::string interleaving_worker();  ///< loopmark-interleavings, $LOOPMARK_INTERLEAVING_WORKER

/// The program `name` along $PATH, or an empty path.
std::filesystem::path find_program(const std::string& name);

/// Runs `arguments` to its end, a minute at most, and returns the lines of JSON on its standard
/// output. Throws EnvironmentError when it fails, or prints anything else.
std::vector<Json> lines_of_json(std::vector<std::string> arguments);

/// The lines of JSON in `output`, which `who` has printed. Throws EnvironmentError for anything else.
std::vector<Json> json_lines(const std::string& output, const std::string& who);

}  // namespace loopmark::harness
