// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

/// The folder that this program stands in, with its workers, "modules" and "mutants" beside it.
std::filesystem::path program_folder();

/// The workers: a variable may name another, else it is the one beside this program. Throw EnvironmentError when it cannot
/// be executed.
std::string case_worker();          ///< $LOOPMARK_CASE_WORKER, else loopmark-cases
std::string workload_worker();      ///< $LOOPMARK_WORKLOAD_WORKER, else loopmark-workloads
std::string program_worker();       ///< random programs: $LOOPMARK_PROGRAM_WORKER, else loopmark-programs
std::string profile_worker();       ///< libraries by themselves: $LOOPMARK_PROFILE_WORKER, else loopmark-profile
std::string interleaving_worker();  ///< $LOOPMARK_INTERLEAVING_WORKER, else loopmark-interleavings

/// The program `name` along $PATH, or an empty path.
std::filesystem::path find_program(const std::string& name);

/// Runs `arguments` to its end, a minute at most, and returns the lines of JSON on its standard
/// output. Throws EnvironmentError when it fails, or prints anything else.
std::vector<Json> lines_of_json(std::vector<std::string> arguments);

/// The lines of JSON in `output`, which `who` has printed. Throws EnvironmentError for anything else.
std::vector<Json> json_lines(const std::string& output, const std::string& who);

}  // namespace loopmark::harness
