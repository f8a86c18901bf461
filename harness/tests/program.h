// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/tests/temporary_folder.h"
#include "harness/worker_process.h"

namespace loopmark::harness {

/// The program, copied to a folder of its own with the tests' worker, so that no module of the tree
/// is beside it, and with its results there, too.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    std::filesystem::copy_file(LOOPMARK_PROGRAM, program_);
    std::filesystem::create_directory(folder_ / "mutants");
    ::setenv("LOOPMARK_CASE_WORKER", LOOPMARK_FAKE_WORKER, 1);
    ::setenv("LOOPMARK_RESULTS", results_.c_str(), 1);
    for (const char* name : {"LOOPMARK_BACKEND_PATH", "NO_COLOR", "CLICOLOR_FORCE"})
      ::unsetenv(name);
  }

  std::vector<std::string> command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program_.string());
    return arguments;
  }

  WorkerOutcome run(std::vector<std::string> arguments) const {
    return run_worker({.arguments = command(std::move(arguments)), .kept_output = 4 << 20});
  }

  TemporaryFolder folder_;
  std::filesystem::path program_ = folder_ / "loopmark";
  std::filesystem::path results_ = folder_ / "runs";
};

}  // namespace loopmark::harness
