// SPDX-License-Identifier: MIT
//
// Modules that cannot be loaded or do harm, through the worker that the suite is run with.
#include <gmock/gmock.h>

#include <map>

#include "harness/build_info.h"
#include "harness/stored_run.h"
#include "harness/tests/program.h"

namespace loopmark::harness {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

const std::filesystem::path kBackends = LOOPMARK_TEST_BACKENDS;

class BadModules : public ProgramTest {
 protected:
  void SetUp() override {
    const auto worker = std::filesystem::path(LOOPMARK_PROGRAM).parent_path() / "loopmark-cases";
    if (!std::filesystem::exists(worker)) GTEST_SKIP() << worker << " is not built";
    ::setenv("LOOPMARK_CASE_WORKER", worker.c_str(), 1);
  }

  /// What is said when that module is asked for by its path.
  std::string refusal(const std::filesystem::path& module) const {
    const WorkerOutcome outcome = run({"conform", "-b", module.string()});
    EXPECT_EQ(outcome.code, 3) << outcome.output;
    EXPECT_THAT(outcome.errors, HasSubstr(module.string()));
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    return outcome.errors;
  }
};

TEST_F(BadModules, AreRefusedInOneLineWithPathAndReason) {
  overwrite(folder_ / "text.so", "this is no shared object\n");
  EXPECT_THAT(refusal(folder_ / "text.so"), HasSubstr("cannot be loaded"));
  EXPECT_THAT(refusal(folder_ / "missing.so"), HasSubstr("cannot be loaded"));
  EXPECT_THAT(refusal(kBackends / "no_entry.so"), HasSubstr("has no function loopmark_module"));
  EXPECT_THAT(refusal(kBackends / "other_interface.so"),
              HasSubstr("was built for backend interface"));
  EXPECT_THAT(refusal(kBackends / "null_table.so"), HasSubstr("returned null"));
  EXPECT_THAT(refusal(kBackends / "null_description.so"),
              HasSubstr("backend 'null_description' has a description that is null"));
  EXPECT_THAT(refusal(kBackends / "throws.so"), HasSubstr("threw: out of order"));
}

TEST_F(BadModules, ThatCrashWhileTheyAreLoadedAreRowsOfTheList) {
  const WorkerOutcome outcome = run({"list", "--module", kBackends / "crashes.so"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, ContainsRegex("crashes.so .* refused: .* the process that loads it"));
  EXPECT_THAT(outcome.output, ContainsRegex("epoll .* ready"));
}

TEST_F(BadModules, FailTheirOwnCellsAndNoOthers) {
  const std::string module = kBackends / "hostile.so";
  run({"conform", "-b", module + ",epoll", "-k", "TIME-BASIC-10", "--timeout", "3s", "--progress",
       "none"});
  std::map<std::string, CellResult> worst;
  for (const CellResult& cell : read_run("latest").finished) {
    if (!worst.contains(cell.backend) || is_failure(cell.verdict)) worst[cell.backend] = cell;
  }
  std::map<std::string, std::string> verdicts;
  for (const auto& [backend, cell] : worst) verdicts[backend] = word(cell.verdict);
  if (kSanitizer[0] != '\0') verdicts.erase("hostile/eats_memory");  // no limit on memory there
  std::map<std::string, std::string> expected{{"epoll", "pass"},
                                              {"hostile/sound", "pass"},
                                              {"hostile/lingers", "pass"},
                                              {"hostile/crashes", "crash"},
                                              {"hostile/leaves", "crash"},
                                              {"hostile/hangs", "timeout"},
                                              {"hostile/closes_descriptors", "crash"},
                                              {"hostile/writes_garbage", "crash"},
                                              {"hostile/eats_memory", "crash"}};
  if (kSanitizer[0] != '\0') expected.erase("hostile/eats_memory");
  EXPECT_EQ(verdicts, expected);
  EXPECT_THAT(worst["hostile/crashes"].outcome.message, HasSubstr("SIGSEGV"));
  EXPECT_THAT(worst["hostile/writes_garbage"].outcome.message, HasSubstr("garbage"));
}

}  // namespace
}  // namespace loopmark::harness
