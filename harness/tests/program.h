// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <thread>
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

  /// The number of kills of a test; LOOPMARK_TEST_KILLS sets another.
  static int kills() {
    const char* const wish = std::getenv("LOOPMARK_TEST_KILLS");
    return wish ? std::atoi(wish) : 5;
  }

  /// Runs the program to its end, but kills it on the way, kills() times, and resumes its run: the
  /// first time at a random moment of the `span` after the run has begun, then of the `span` after the
  /// program has. `look` is called after each kill.
  void run_through_kills(const std::vector<std::string>& arguments, std::chrono::milliseconds span,
                         const std::function<void()>& look) const {
    const std::vector<std::string> resume{arguments.front(), "--resume"};
    const auto latest = [this] { return std::filesystem::read_symlink(results_ / "latest"); };
    const auto before = latest();
    std::random_device random;
    std::uniform_int_distribution<std::int64_t> moment(0, span.count());
    for (int i = 0; i < kills(); ++i) {
      WorkerProcess program({.arguments = command(i == 0 ? arguments : resume)});
      for (; latest() == before && !program.ended(); program.serve())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ASSERT_NE(latest(), before) << "it ended before its run began";
      std::this_thread::sleep_for(std::chrono::milliseconds(moment(random)));
      ::kill(program.pid(), SIGKILL);
      while (!program.ended()) program.serve();
      look();
    }
    EXPECT_EQ(run(resume).code, 0);
  }

  TemporaryFolder folder_;
  std::filesystem::path program_ = folder_ / "loopmark";
  std::filesystem::path results_ = folder_ / "runs";
};

}  // namespace loopmark::harness
