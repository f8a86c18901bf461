// SPDX-License-Identifier: MIT
//
// Result files that are not as they were written, as the users of the program meet them.
#include <gmock/gmock.h>

#include <algorithm>

#include "harness/exit_code.h"
#include "harness/fuzz/corpus.h"
#include "harness/fuzz/sound_run.h"
#include "harness/worker.h"

namespace loopmark::harness::fuzz {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kRefused = static_cast<int>(ExitCode::kEnvironment);

WorkerOutcome run_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), LOOPMARK_PROGRAM);
  return run_worker({.arguments = std::move(arguments),
                     .time_limit = std::chrono::minutes(1),
                     .kept_output = 4 << 20});
}

/// The stored inputs that stand for a file of a run.
std::vector<StoredInput> result_files() {
  std::vector<StoredInput> files = stored_inputs(LOOPMARK_CORPUS);
  std::erase_if(files, [](const StoredInput& input) {
    constexpr const char* kTargets[] = {"run_record", "journal", "cells", "rounds", "blessed"};
    return std::find(std::begin(kTargets), std::end(kTargets), input.target) == std::end(kTargets);
  });
  return files;
}

/// A sentence on one line, which says in what file, and where in it.
void expect_clear(const WorkerOutcome& outcome, const StoredInput& input, const std::string& path) {
  EXPECT_EQ(outcome.code, kRefused) << describe(outcome) << outcome.errors;
  EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
  EXPECT_THAT(outcome.errors, StartsWith("loopmark: "));
  EXPECT_THAT(outcome.errors, EndsWith("\n"));
  EXPECT_LT(outcome.errors.size(), path.size() + 500) << outcome.errors;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  EXPECT_THAT(outcome.errors, HasSubstr(folder.string() + "/"));
  if (input.target == "blessed") return;  // it may be another file that was changed
  EXPECT_THAT(outcome.errors, HasSubstr(path));
  // A line, an offset, or the place in run.json.
  EXPECT_THAT(outcome.errors, ContainsRegex("ndjson:[0-9]+: |json:[0-9]+: |byte [0-9]+|: /[a-z]"));
}

TEST(ResultFiles, ThatAreMalformedAreRefusedInOneSentence) {
  SoundRun run;
  const std::string folder = run.folder().string();
  for (const StoredInput& input : result_files()) {
    if (!input.is_bad()) continue;
    SCOPED_TRACE(input.target + "/" + input.name);
    const std::string path = run.replace(input.target, input.text).string();
    const WorkerOutcome shown = run_program({"show", folder});
    expect_clear(shown, input, path);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"show", folder, "--format", "json"},
          {"compare", folder, folder},
          {"bless", folder, "--as", "never"}}) {
      const WorkerOutcome same = run_program(arguments);
      EXPECT_EQ(same.code, kRefused) << arguments.front() << " " << describe(same) << same.errors;
      EXPECT_EQ(same.errors, shown.errors);
    }
  }
}

TEST(ResultFiles, ThatAreOnlyUnusualAreShown) {
  SoundRun run;
  const std::string folder = run.folder().string();
  for (const StoredInput& input : result_files()) {
    if (input.is_bad()) continue;
    SCOPED_TRACE(input.target + "/" + input.name);
    run.replace(input.target, input.text);
    for (const char* const format : {"text", "json", "md"}) {
      const WorkerOutcome shown = run_program({"show", folder, "--format", format});
      EXPECT_EQ(shown.code, 0) << format << ": " << describe(shown) << shown.errors;
      EXPECT_NE(shown.output, "");
    }
  }
}

}  // namespace
}  // namespace loopmark::harness::fuzz
