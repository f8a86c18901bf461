// SPDX-License-Identifier: MIT
//
// Result folders that are not as they were written: said with file and line, and left as they are.
#include "harness/stored_run.h"

#include <gmock/gmock.h>

#include "harness/exit_code.h"
#include "harness/tests/program.h"
#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

class StoredRuns : public ProgramTest {
 protected:
  StoredRuns() {
    EXPECT_EQ(run({"conform", "-b", "fake/good,fake/bad", "-k", "Passes,Fails"}).code, 1);
  }

  /// What each command that reads runs says of a damaged one, which has to be the same.
  std::string complaint() const {
    const WorkerOutcome shown = run({"show"});
    EXPECT_EQ(shown.code, 3);
    for (const auto& arguments : {std::vector<std::string>{"clauses"},
                                  {"conform", "--resume"},
                                  {"conform", "--rerun-failed"}}) {
      EXPECT_EQ(run(arguments).errors, shown.errors);
    }
    return shown.errors;
  }

  std::filesystem::path record_ = results_ / "latest/run.json";
  std::filesystem::path journal_ = results_ / "latest/cells.ndjson";
};

TEST_F(StoredRuns, ShowTheirCells) {
  const WorkerOutcome outcome = run({"show", "latest", "fake/bad", "FD-ADD-08"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("observed   1 callback was made, expected 0 (fake.cc:7)"));
  EXPECT_THAT(outcome.output, HasSubstr("--- event log\nadded\nready\n"));
  EXPECT_EQ(run({"show", "latest", "fake/bda", "FD-ADD-08"}).code, 2);
  EXPECT_EQ(run({"show", "latest", "fake/bad", "FD-ADD-80"}).code, 2);
}

TEST_F(StoredRuns, ShowTheBenchmarksThatAreChosen) {
  store({.arms = {{"base"}, {"a", 1.2}}});
  EXPECT_THAT(run({"show", "-k", "fake"}).output, HasSubstr("fake size=1"));
  EXPECT_THAT(run({"show", "-k", "fake/size=*", "--format", "csv"}).output, HasSubstr("fake"));
  const WorkerOutcome outcome = run({"show", "-k", "fake", "-k", "fake/size=2"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.errors,
              HasSubstr("the run has no scenario 'fake/size=2'; its workloads are fake"));
  EXPECT_EQ(run({"show", "latest", "fake/bad", "FD-ADD-08", "-k", "fake"}).code, 2);
}

TEST_F(StoredRuns, ThatAreMissingAreSaidToBe) {
  const WorkerOutcome outcome = run({"show", "1999-12-31"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("there is no stored run"));
}

TEST_F(StoredRuns, WithoutTheirRecordAreNone) {
  std::filesystem::remove(record_);
  EXPECT_THAT(complaint(), HasSubstr("run.json: is not there"));
}

TEST_F(StoredRuns, WithATruncatedRecordNameTheLine) {
  const std::string half = contents(record_).substr(0, 200);
  overwrite(record_, half);
  EXPECT_THAT(complaint(), testing::ContainsRegex("run.json:[0-9]+: is truncated or damaged"));
  EXPECT_EQ(contents(record_), half);
}

TEST_F(StoredRuns, OfAnotherSchemaAreRefused) {
  overwrite(record_, R"({"schema":"loopmark.run/9"})");
  EXPECT_THAT(complaint(),
              HasSubstr("run.json:1: has schema \"loopmark.run/9\", expected \"loopmark.run/1\""));
}

TEST_F(StoredRuns, WithMembersOfAnotherKindAreRefused) {
  overwrite(record_,
            R"({"schema":"loopmark.run/1","parts":{"conform":{"plan":7,"complete":true}}})");
  EXPECT_THAT(complaint(), HasSubstr("is not as loopmark.run/1 has it"));
}

TEST_F(StoredRuns, WithADamagedJournalNameTheLine) {
  std::string text = contents(journal_);
  text[text.size() - 20] ^= 1;
  overwrite(journal_, text);
  EXPECT_THAT(complaint(), HasSubstr("cells.ndjson:5: the line was changed after it was written"));
  EXPECT_EQ(contents(journal_), text);
}

TEST_F(StoredRuns, WithoutTheirJournalAreRefused) {
  std::filesystem::remove(journal_);
  EXPECT_THAT(complaint(), HasSubstr("cells.ndjson: there is no such file"));
}

TEST_F(StoredRuns, WithAForeignJournalAreRefused) {
  overwrite(journal_, "not a journal\n");
  EXPECT_THAT(complaint(), HasSubstr("cells.ndjson:1: the line is no record"));
}

}  // namespace
}  // namespace loopmark::harness
