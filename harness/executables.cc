// SPDX-License-Identifier: MIT
#include "harness/executables.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/json_text.h"
#include "harness/worker.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

std::string worker(const char* variable, const char* name) {
  const char* const named = std::getenv(variable);
  const fs::path path = named ? fs::path(named) : program_folder() / name;
  if (::access(path.c_str(), X_OK) != 0) {
    throw EnvironmentError("the worker " + path.string() + " is not there; build the target " +
                           name);
  }
  return path.string();
}

}  // namespace

fs::path program_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path();
}

std::string case_worker() {
  return worker("LOOPMARK_CASE_WORKER", "loopmark-cases");
}
std::string workload_worker() {
  return worker("LOOPMARK_WORKLOAD_WORKER", "loopmark-workloads");
}
std::string program_worker() {
  return worker("LOOPMARK_PROGRAM_WORKER", "loopmark-programs");
}
std::string profile_worker() {
  return worker("LOOPMARK_PROFILE_WORKER", "loopmark-profile");
}
std::string interleaving_worker() {
  return worker("LOOPMARK_INTERLEAVING_WORKER", "loopmark-interleavings");
}

fs::path find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    fs::path program = fs::path(folder) / name;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return {};
}

std::vector<Json> lines_of_json(std::vector<std::string> arguments) {
  const std::string name = fs::path(arguments.front()).filename();
  const std::string asked = arguments.size() > 1 ? " " + arguments[1] : "";
  const WorkerOutcome outcome = run_worker({.arguments = std::move(arguments),
                                            .time_limit = std::chrono::minutes(1),
                                            .kept_output = 16 << 20});
  if (outcome.end != WorkerOutcome::End::kExited || outcome.code != 0) {
    throw EnvironmentError(name + asked + " " + describe(outcome) + ": " +
                           excerpt(outcome.errors, 400));
  }
  return json_lines(outcome.output, name + asked);
}

std::vector<Json> json_lines(const std::string& output, const std::string& who) {
  std::vector<Json> values;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    Json value;
    try {
      value = read_json(line);
    } catch (const BadJson&) {  // told below
    }
    if (!value.is_object()) {
      throw EnvironmentError(who + " printed a line that is no JSON object: \"" + excerpt(line) +
                             '"');
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace loopmark::harness
