// SPDX-License-Identifier: MIT
//
// The program as its users have it, over the tests' own worker.
#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <thread>

#include "harness/exit_code.h"
#include "harness/stored_run.h"
#include "harness/tests/program.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class Conform : public ProgramTest {
 protected:
  /// What is stored in the latest run, by backend and case, without what differs from run to run.
  std::map<CellName, std::string> stored() const {
    std::map<CellName, std::string> cells;
    for (const CellResult& cell : read_run("latest").finished) {
      Json json = to_json(cell);
      json.erase("seconds");
      const bool added =
          cells.emplace(CellName{cell.backend, cell.case_id()}, to_line(json)).second;
      EXPECT_TRUE(added) << cell.case_id() << " is stored twice";
    }
    return cells;
  }
  int code(std::vector<std::string> arguments) const { return run(std::move(arguments)).code; }
};

TEST_F(Conform, LeavesNeighboursOfHostileBackendsAlone) {
  ASSERT_EQ(code({"conform", "-b", "fake/good"}), 0);
  const auto alone = stored();
  ASSERT_EQ(code({"conform", "-b", "fake/good,fake/bad", "--timeout", "500ms", "-j", "4"}), 1);
  for (const auto& [cell, text] : stored()) {
    if (cell.first != "fake/good") continue;
    EXPECT_EQ(text, alone.at(cell));
  }
}

TEST_F(Conform, ShowsExpectedObservedLogAndHowToReproduce) {
  const WorkerOutcome outcome = run({"conform", "-b", "fake/bad", "-k", "Fails"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("expected   The behaviour Fails is told apart."));
  EXPECT_THAT(outcome.output, HasSubstr("observed   1 callback was made, expected 0 (fake.cc:7)"));
  EXPECT_THAT(outcome.output, HasSubstr("log        added"));
  EXPECT_THAT(outcome.output,
              HasSubstr("reproduce  loopmark conform -b fake/bad -k FD-ADD-08/Fails\n"));
}

TEST_F(Conform, CountsDeclaredDeviationsAndRefusesWrongOnes) {
  EXPECT_EQ(code({"conform", "-b", "fake/declares", "-k", "Passes"}),
            1);  // declared to fail, and passes
  const auto table = read_run("latest").table();
  ASSERT_EQ(table.size(), 1U);
  EXPECT_EQ(table[0].verdict, Verdict::kUnexpectedPass);
}

TEST_F(Conform, TellsByItsExitCode) {
  EXPECT_EQ(code({"conform", "-b", "fake/good"}), 0);
  EXPECT_EQ(code({"conform", "-b", "fake/god"}), 2);
  EXPECT_EQ(code({"conform", "-k", "FD-ADD-99"}), 2);
  EXPECT_EQ(code({"conform", "--frobnicate"}), 2);
  for (const char* limit : {"soon", "-3s", "0", "1e300", "2 weeks", "nan"})
    EXPECT_EQ(code({"conform", "--timeout", limit}), 2) << limit;
  EXPECT_EQ(code({"conform", "-b", "fake/broken"}), 3);
  EXPECT_EQ(code({"conform", "-b", "./no_module.so"}), 3);
  EXPECT_EQ(code({"conform", "-b", "fake/brok*"}), 4);
  EXPECT_EQ(code({"conform", "-b", "fake/good,!fake/*"}), 4);
  EXPECT_EQ(code({"conform", "-b", "fake/good", "--rerun-failed"}), 4);
}

TEST_F(Conform, KeepsResultsOnStandardOutputAndProgressOnStandardError) {
  const WorkerOutcome outcome = run({"conform", "-b", "fake/good", "--format", "json"});
  EXPECT_TRUE(Json::accept(outcome.output)) << outcome.output;
  EXPECT_THAT(outcome.errors, HasSubstr("100%"));
  EXPECT_EQ(run({"conform", "-b", "fake/good", "--progress", "none"}).errors, "");
}

TEST_F(Conform, NeverWritesColourIntoAPipeUnlessTold) {
  EXPECT_THAT(run({"conform", "-b", "fake/good"}).output, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run({"conform", "-b", "fake/good", "--color", "always"}).output,
              HasSubstr("\x1b[32m"));
}

TEST_F(Conform, RunsAgainWhatFailedAndNothingElse) {
  ASSERT_EQ(code({"conform", "-b", "fake/good,fake/bad", "-k", "Passes,Fails,Segv"}), 1);
  ASSERT_EQ(code({"conform", "--rerun-failed"}), 1);
  const auto again = stored();
  EXPECT_EQ(again.size(), 2U);
  EXPECT_TRUE(again.contains({"fake/bad", "FD-ADD-08/Fails"}));
  EXPECT_TRUE(again.contains({"fake/bad", "FD-ADD-15/Segv"}));
}

TEST_F(Conform, RepeatsACellAndCountsItsPasses) {
  ASSERT_EQ(code({"conform", "-b", "fake/good", "-k", "Passes", "-n", "5"}), 0);
  const auto table = read_run("latest").table();
  EXPECT_EQ(table.at(0).runs, 5);
  EXPECT_EQ(table.at(0).passes, 5);
}

TEST_F(Conform, CallsACellFlakyWhoseRunsDiffer) {
  ::setenv("LOOPMARK_FAKE_COUNTER", (folder_ / "counter").c_str(), 1);
  ASSERT_EQ(
      code({"conform", "-b", "fake/bad", "-k", "PassesEverySecondTime", "-n", "4", "-j", "1"}), 1);
  const auto table = read_run("latest").table();
  EXPECT_EQ(table.at(0).verdict, Verdict::kFlaky);
  EXPECT_EQ(table.at(0).passes, 2);
}

TEST_F(Conform, ListsWhatItWouldRun) {
  const WorkerOutcome outcome =
      run({"conform", "-b", "fake/good,fake/bad", "-k", "Fails", "--dry-run"});
  EXPECT_EQ(outcome.output, "fake/good FD-ADD-08/Fails\nfake/bad FD-ADD-08/Fails\n");
  EXPECT_FALSE(std::filesystem::exists(results_));
}

TEST_F(Conform, DoesNotOverwriteARun) {
  const std::string out = folder_ / "mine";
  ASSERT_EQ(code({"conform", "-b", "fake/good", "--out", out}), 0);
  const std::string before = contents(folder_ / "mine/cells.ndjson");
  EXPECT_EQ(code({"conform", "-b", "fake/good", "--out", out}), 3);
  EXPECT_EQ(contents(folder_ / "mine/cells.ndjson"), before);
}

TEST_F(Conform, StoresPartialResultsOnCtrlC) {
  WorkerProcess program(
      {.arguments = command({"conform", "-b", "fake/slow", "-n", "100", "-j", "1"})});
  while (!std::filesystem::exists(results_ / "latest" / kCellJournal)) std::this_thread::yield();
  ::kill(program.pid(), SIGINT);
  while (!program.ended()) program.serve();
  EXPECT_EQ(program.outcome().code, 130);
  EXPECT_THAT(program.outcome().output, HasSubstr("NOT COMPLETE"));
  EXPECT_FALSE(read_run("latest").complete);
  EXPECT_THAT(run({"show"}).output, HasSubstr("NOT COMPLETE"));
}

// At whatever moment the program is killed: what was finished stays, and the resumed table is that
// of a run that nobody disturbed.
TEST_F(Conform, LosesNothingFinishedWhenItIsKilled) {
  const std::vector<std::string> arguments{"conform", "-b", "fake/slow,fake/good", "--progress",
                                           "none"};
  ASSERT_EQ(code(arguments), 0);
  const auto undisturbed = stored();

  std::map<CellName, std::string> before;
  run_through_kills(arguments, std::chrono::milliseconds(250), [&] {
    const auto now = stored();
    for (const auto& [cell, text] : before)
      EXPECT_EQ(now.contains(cell) ? now.at(cell) : "lost", text);
    before = now;
  });
  EXPECT_EQ(stored(), undisturbed);
  EXPECT_TRUE(read_run("latest").complete);
}

TEST_F(Conform, ResumesARunWhoseJournalIsTorn) {
  ASSERT_EQ(code({"conform", "-b", "fake/good"}), 0);
  const auto whole = stored();
  const auto journal = results_ / "latest" / kCellJournal;
  const std::string text = contents(journal);
  overwrite(journal, text.substr(0, text.size() / 2));
  const WorkerOutcome shown = run({"show"});
  EXPECT_THAT(shown.errors, HasSubstr("torn"));
  EXPECT_THAT(shown.output, HasSubstr("NOT COMPLETE"));  // whatever its record says
  EXPECT_EQ(code({"conform", "--resume"}), 0);
  EXPECT_EQ(stored(), whole);
}

}  // namespace
}  // namespace loopmark::harness
