// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <sstream>

#include "harness/mutant_name.h"
#include "harness/mutant_output.h"
#include "harness/run_folder.h"
#include "harness/tests/program.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct On {
  std::string mechanism;
  Verdict mutant;
  Verdict base = Verdict::kPass;
};

/// Rows of a mutant, and one case that says that it catches it.
class Small {
 public:
  explicit Small(const std::vector<On>& places, const std::string& clause = "TIME-01",
                 const std::string& uncaught = "") {
    test_.clause = clause;
    test_.uncaught = uncaught;
    test_.name = "Case";
    test_.catches = {"early"};
    for (const On& place : places) {
      rows_.emplace_back().name = "mutant/early+" + place.mechanism;
      rows_.back().mechanism = place.mechanism;
      rows_.back().description = "a call is early";
      add(rows_.back().name, place.mutant);
      add(place.mechanism, place.base);
    }
  }

  MutantReport analysed() const { return analyse_mutants(results_, {&test_}, rows()); }
  std::vector<CellResult> cells() const { return as_cells(analysed(), rows(), results_); }

 private:
  void add(const std::string& backend, Verdict verdict) {
    CellResult& cell = results_.emplace_back();
    cell.backend = backend;
    cell.clause = test_.clause;
    cell.name = test_.name;
    cell.verdict = verdict;
    cell.seconds = 2;
  }

  std::vector<const BackendInfo*> rows() const {
    std::vector<const BackendInfo*> all;
    for (const BackendInfo& row : rows_) all.push_back(&row);
    return all;
  }

  CaseInfo test_;
  std::vector<BackendInfo> rows_;
  std::vector<CellResult> results_;
};

MutantReport analyse(Verdict on_mutant, Verdict on_base, const std::string& clause = "TIME-01",
                     const std::string& uncaught = "") {
  return Small({{"epoll", on_mutant, on_base}}, clause, uncaught).analysed();
}

using Promises = std::map<std::string, std::vector<std::string>>;

TEST(Mutants, AreCaughtByFailureAndHang) {
  for (const Verdict verdict : {Verdict::kFail, Verdict::kTimeout}) {
    const MutantReport report = analyse(verdict, Verdict::kPass);
    EXPECT_THAT(report.caught_by.at("mutant/early+epoll"), ElementsAre("TIME-01/Case"));
    EXPECT_THAT(report.survivors(), IsEmpty());
    EXPECT_THAT(report.idle_cases, IsEmpty());
    EXPECT_THAT(report.broken_promises, IsEmpty());
  }
}

TEST(Mutants, SurviveAPassAndBreakThePromiseOfTheCase) {
  const MutantReport report = analyse(Verdict::kPass, Verdict::kPass);
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early+epoll"));
  EXPECT_THAT(report.idle_cases, ElementsAre("TIME-01/Case"));
  EXPECT_EQ(report.broken_promises,
            (Promises{{"mutant/early+epoll",
                       {"TIME-01/Case says that it catches it, and came to 'pass'"}}}));
}

TEST(Mutants, SurviveOnEachMechanismWhereNoCaseCatchesThem) {
  const MutantReport report =
      Small({{"epoll", Verdict::kFail}, {"poll", Verdict::kPass}, {"select", Verdict::kTimeout}})
          .analysed();
  EXPECT_THAT(report.caught_by.at("mutant/early+epoll"), ElementsAre("TIME-01/Case"));
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early+poll"));
  EXPECT_THAT(report.idle_cases, IsEmpty());
  EXPECT_EQ(report.broken_promises,
            (Promises{{"mutant/early+poll",
                       {"TIME-01/Case says that it catches it, and came to 'pass'"}}}));
}

TEST(Mutants, HaveNoPromiseOfACaseThatIsNotSupported) {
  for (const Verdict on_base : {Verdict::kNotSupported, Verdict::kPass}) {
    const MutantReport report =
        Small({{"epoll", Verdict::kFail}, {"poll", Verdict::kNotSupported, on_base}}).analysed();
    EXPECT_THAT(report.survivors(), ElementsAre("mutant/early+poll"));
    EXPECT_THAT(report.broken_promises, IsEmpty());
    EXPECT_THAT(report.unsound, IsEmpty());
  }
}

TEST(Mutants, AreNotCaughtByACrashThatIsNotDeclared) {
  const MutantReport report = analyse(Verdict::kCrash, Verdict::kPass);
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early+epoll"));
  EXPECT_THAT(report.crashed_in.at("mutant/early+epoll"), ElementsAre("TIME-01/Case"));
  EXPECT_THAT(analyse(Verdict::kDeviates, Verdict::kPass).survivors(), IsEmpty());
}

TEST(Mutants, AreNotCaughtByACaseThatFailsOnTheirBase) {
  const MutantReport report =
      Small({{"epoll", Verdict::kFail, Verdict::kFail}, {"poll", Verdict::kFail, Verdict::kPass}})
          .analysed();
  EXPECT_THAT(report.survivors(), ElementsAre("mutant/early+epoll"));
  EXPECT_EQ(report.unsound.size(), 1U);
  EXPECT_THAT(report.broken_promises.at("mutant/early+epoll"),
              ElementsAre("TIME-01/Case says that it catches it, and came to 'fail' (its base does "
                          "not pass)"));
}

TEST(Mutants, AreTestsOfTheSuiteOneARow) {
  const auto cells = Small({{"epoll", Verdict::kFail}, {"poll", Verdict::kPass}}).cells();
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].backend, "epoll");
  EXPECT_EQ(cells[0].name, "mutant/early+epoll");
  EXPECT_EQ(cells[0].verdict, Verdict::kPass);
  EXPECT_EQ(cells[0].seconds, 2);
  EXPECT_EQ(cells[1].backend, "poll");
  EXPECT_EQ(cells[1].verdict, Verdict::kFail);
  EXPECT_EQ(cells[1].outcome.message,
            "no case catches it\nTIME-01/Case says that it catches it, and came to 'pass'");
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

TEST(MutantNames, MeanAllRows) {
  EXPECT_EQ(mutant_of("mutant/early+epoll"), "mutant/early");
  EXPECT_EQ(mutant_of("mutant/early"), "mutant/early");
  EXPECT_TRUE(means_mutant("early", "mutant/early+epoll"));
  EXPECT_TRUE(means_mutant("mutant/early", "mutant/early+poll"));
  EXPECT_FALSE(means_mutant("earl", "mutant/early+poll"));
}

class MutantsCommand : public ProgramTest {
 protected:
  /// `places`: ".good" or ".slow" where the fault shows on fake/good or fake/slow alone.
  void add_mutant(const std::string& name, const std::string& places = "") const {
    overwrite(folder_ / "mutants" / (name + places + ".so"), "fake");
  }

  std::string junit() const { return contents(results_ / "latest/junit.xml"); }
};

TEST_F(MutantsCommand, SaysWhichCaseCatchesWhichOnWhat) {
  add_mutant("Fails");
  add_mutant("Spins");
  const WorkerOutcome outcome = run(
      {"mutants", "-b", "Fails,Spins", "--declared", "--timeout", "300ms", "--progress", "none"});
  EXPECT_EQ(outcome.code, 0) << outcome.output << outcome.errors;
  EXPECT_THAT(outcome.output,
              HasSubstr("mutant/Fails  B01    fake/good 1, fake/slow 1  FD-ADD-08/Fails"));
  EXPECT_THAT(outcome.output, HasSubstr("2 mutants, 2 caught, 0 survive; 20 cases, 18 catch "
                                        "nothing; 4 rows, 4 caught"));
}

TEST_F(MutantsCommand, FailsOnSurvivors) {
  add_mutant("Passes");
  const WorkerOutcome outcome = run({"mutants", "--progress", "none"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output,
              HasSubstr("Survivors:\n  mutant/Passes+good\n  mutant/Passes+slow\n"));
}

TEST_F(MutantsCommand, FailsOnOneThatSurvivesOnOneMechanism) {
  add_mutant("Fails", ".good");
  const WorkerOutcome outcome = run({"mutants", "-b", "Fails", "--declared", "--progress", "none"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output,
              HasSubstr("Promises that are not kept:\n  mutant/Fails+slow: FD-ADD-08/Fails says"));
  EXPECT_THAT(outcome.output, HasSubstr("Survivors:\n  mutant/Fails+slow\n"));
  EXPECT_THAT(outcome.output, HasSubstr("1 mutants, 0 caught, 1 survive; "));
  EXPECT_THAT(outcome.output, HasSubstr("; 2 rows, 1 caught"));
  EXPECT_THAT(junit(), HasSubstr("<testsuite name=\"fake/good\" tests=\"1\" failures=\"0\""));
  EXPECT_THAT(junit(), HasSubstr("<testsuite name=\"fake/slow\" tests=\"1\" failures=\"1\""));
  EXPECT_THAT(junit(), HasSubstr("classname=\"fake/slow.mutants\" name=\"mutant/Fails+slow\""));
}

TEST_F(MutantsCommand, TakesTheRowsThatAreNamed) {
  add_mutant("Fails", ".good");
  const auto rows = [this](const std::string& selector) {
    return run({"mutants", "-b", selector, "--declared", "--progress", "none"}).output;
  };
  EXPECT_THAT(rows("Fails+good"), HasSubstr("1 mutants, 1 caught, 0 survive; "));
  EXPECT_THAT(rows("Fails,-Fails+slow"), HasSubstr("; 1 rows, 1 caught"));
  EXPECT_THAT(rows("mutant/Fails"), HasSubstr("; 2 rows, 1 caught"));
}

TEST_F(MutantsCommand, LeavesAPromiseAloneWhereTheCaseIsNotSupported) {
  add_mutant("NotSupported");
  const WorkerOutcome outcome = run({"mutants", "--declared", "--progress", "none"});
  EXPECT_THAT(outcome.output, testing::Not(HasSubstr("Promises")));
  EXPECT_THAT(outcome.output, HasSubstr("Survivors:\n  mutant/NotSupported+good\n"));
}

TEST_F(MutantsCommand, StoresWhereEachIsCaught) {
  add_mutant("Fails", ".slow");
  run({"mutants", "-b", "Fails", "--declared", "--progress", "none"});
  const Json stored = RunFolder::open("latest").part("mutants");
  ASSERT_EQ(stored.at("mutants").size(), 2U);
  const Json& good = stored.at("mutants").at(0);
  const Json& slow = stored.at("mutants").at(1);
  EXPECT_EQ(good.at("mutant"), "mutant/Fails");
  EXPECT_EQ(good.at("mechanism"), "fake/good");
  EXPECT_EQ(good.at("caught_by"), Json::array());
  EXPECT_EQ(slow.at("mutant"), "mutant/Fails");
  EXPECT_EQ(slow.at("caught_by"), Json::array({"FD-ADD-08/Fails"}));
  EXPECT_EQ(stored.at("survivors"), Json::array({"mutant/Fails+good"}));
}

TEST_F(MutantsCommand, LeavesAMutantAloneOnceItIsCaught) {
  add_mutant("Fails");
  const auto ran_after = [this](const std::vector<std::string>& options) {
    std::vector<std::string> all{"mutants", "-b", "Fails+good", "-k",  "Fails,Passes",
                                 "-j",      "1",  "--progress", "none"};
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
              HasSubstr("Survivors:\n  mutant/Passes+good\n"));
}

TEST_F(MutantsCommand, GoesOnWithoutThoseThatCannotBeMade) {
  add_mutant("Fails");
  add_mutant("crashing");
  const WorkerOutcome outcome = run({"mutants", "--progress", "none"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("Mutants that no reactor can be made of:\n"));
  EXPECT_THAT(outcome.output, HasSubstr("1 mutants, 1 caught"));
  EXPECT_THAT(junit(), HasSubstr("<testsuite name=\"refused\" tests=\"1\" failures=\"1\""));
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
