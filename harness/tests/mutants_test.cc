// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <sstream>

#include "harness/mutant_analysis.h"
#include "harness/tests/program.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// One mutant, one case that says it catches it, and what the two came to on mutant and base.
MutantReport analyse(Verdict on_mutant, Verdict on_base, const std::string& clause = "TIME-01",
                     const std::string& uncaught = "") {
  BackendInfo mutant;
  mutant.name = "mutant/early";
  mutant.mechanism = "epoll";
  CaseInfo test;
  test.clause = clause;
  test.uncaught = uncaught;
  test.name = "Case";
  test.catches = {"early"};
  CellResult cell;
  cell.clause = test.clause;
  cell.name = test.name;
  std::vector<CellResult> results{cell, cell};
  results[0].backend = mutant.name;
  results[0].verdict = on_mutant;
  results[1].backend = mutant.mechanism;
  results[1].verdict = on_base;
  return analyse_mutants(results, {&test}, {&mutant});
}

TEST(Mutants, AreCaughtByFailureAndHang) {
  for (const Verdict verdict : {Verdict::kFail, Verdict::kTimeout}) {
    const MutantReport report = analyse(verdict, Verdict::kPass);
    EXPECT_THAT(report.caught_by.at("mutant/early"), ElementsAre("TIME-01/Case"));
    EXPECT_THAT(report.survivors(), IsEmpty());
    EXPECT_THAT(report.idle_cases, IsEmpty());
    EXPECT_THAT(report.broken_promises, IsEmpty());
  }
}

TEST(Mutants, SurviveAPassAndBreakThePromiseOfTheCase) {
  const MutantReport report = analyse(Verdict::kPass, Verdict::kPass);
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early"));
  EXPECT_THAT(report.idle_cases, ElementsAre("TIME-01/Case"));
  EXPECT_THAT(report.broken_promises,
              ElementsAre("TIME-01/Case says that it catches mutant/early, and came to 'pass'"));
}

TEST(Mutants, AreNotCaughtByACrashThatIsNotDeclared) {
  const MutantReport report = analyse(Verdict::kCrash, Verdict::kPass);
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early"));
  EXPECT_THAT(report.crashed_in.at("mutant/early"), ElementsAre("TIME-01/Case"));
  EXPECT_THAT(analyse(Verdict::kDeviates, Verdict::kPass).survivors(), IsEmpty());
}

TEST(Mutants, AreNotCaughtByACaseThatFailsOnTheirBase) {
  const MutantReport report = analyse(Verdict::kFail, Verdict::kFail);
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early"));
  EXPECT_EQ(report.unsound.size(), 1U);
}

using Unbroken = std::map<std::string, std::string>;

TEST(Mutants, LeaveMustClausesUnbroken) {
  const auto unbroken = [](Verdict on_mutant, const char* clause, const char* why = "") {
    return analyse(on_mutant, Verdict::kPass, clause, why).unbroken;
  };
  EXPECT_EQ(unbroken(Verdict::kPass, "TIME-BASIC-01"), (Unbroken{{"TIME-BASIC-01", ""}}));
  EXPECT_EQ(unbroken(Verdict::kCrash, "TIME-BASIC-01", "so"), (Unbroken{{"TIME-BASIC-01", "so"}}));
  EXPECT_EQ(unbroken(Verdict::kFail, "TIME-BASIC-01"), Unbroken{});
  EXPECT_EQ(unbroken(Verdict::kPass, "TIME-ORDER-02"), Unbroken{}) << "a SHOULD";
}

class MutantsCommand : public ProgramTest {
 protected:
  void add_mutant(const std::string& name) const {
    overwrite(folder_ / "mutants" / (name + ".so"), "fake");
  }
};

TEST_F(MutantsCommand, SaysWhichCaseCatchesWhich) {
  add_mutant("Fails");
  add_mutant("Spins");
  const WorkerOutcome outcome = run(
      {"mutants", "-b", "Fails,Spins", "--declared", "--timeout", "300ms", "--progress", "none"});
  EXPECT_EQ(outcome.code, 0) << outcome.output << outcome.errors;
  EXPECT_THAT(outcome.output,
              HasSubstr("mutant/Fails  B01    fake/good  1          FD-ADD-08/Fails"));
  EXPECT_THAT(outcome.output, HasSubstr("2 mutants, 2 caught, 0 survive"));
}

TEST_F(MutantsCommand, FailsOnSurvivors) {
  add_mutant("Passes");
  const WorkerOutcome outcome = run({"mutants", "--progress", "none"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("Survivors:\n  mutant/Passes\n"));
}

TEST_F(MutantsCommand, LeavesAMutantAloneOnceItIsCaught) {
  add_mutant("Fails");
  const auto ran_after = [this](const std::vector<std::string>& options) {
    std::vector<std::string> all{"mutants", "-k", "Fails,Passes", "-j", "1", "--progress", "none"};
    all.insert(all.end(), options.begin(), options.end());
    EXPECT_THAT(run(all).output, HasSubstr("1 mutants, 1 caught"));
    std::istringstream journal(contents(results_ / "latest/mutants.ndjson"));
    int cells = 0;
    for (std::string line; std::getline(journal, line);) {
      if (line.find("mutant/Fails") != std::string::npos) ++cells;
    }
    return cells - 1;
  };
  EXPECT_EQ(ran_after({}), 1);
  EXPECT_EQ(ran_after({"--first"}), 0);
}

TEST_F(MutantsCommand, TakesThemFromAnotherFolder) {
  const std::filesystem::path others = folder_ / "other_mutants";
  std::filesystem::create_directory(others);
  overwrite(others / "Passes.so", "fake");
  EXPECT_THAT(run({"mutants", "--folder", others, "-k", "Passes", "--progress", "none"}).output,
              HasSubstr("Survivors:\n  mutant/Passes\n"));
}

TEST_F(MutantsCommand, GoesOnWithoutThoseThatCannotBeMade) {
  add_mutant("Fails");
  add_mutant("crashing");
  const WorkerOutcome outcome = run({"mutants", "-k", "Fails", "--progress", "none"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("Mutants that no reactor can be made of:\n"));
  EXPECT_THAT(outcome.output, HasSubstr("1 mutants, 1 caught"));
}

TEST_F(MutantsCommand, FailsOnMustClausesThatNoMutantBreaks) {
  add_mutant("Fails");
  const WorkerOutcome outcome = run({"mutants", "--declared", "--progress", "none"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("MUST clauses that no mutant breaks:\n  FD-ADD-01: write"));
}

TEST_F(MutantsCommand, NeedsMutants) {
  const WorkerOutcome outcome = run({"mutants"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("build the target mutants"));
}

}  // namespace
}  // namespace loopmark::harness
