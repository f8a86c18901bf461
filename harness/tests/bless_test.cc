// SPDX-License-Identifier: MIT
//
// What is blessed stays as it is.
#include <gmock/gmock.h>

#include "harness/blessing.h"
#include "harness/exit_code.h"
#include "harness/journal.h"
#include "harness/run_names.h"
#include "harness/tests/program.h"
#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class Bless : public ProgramTest {
 protected:
  static SyntheticScenario sound() { return {.arms = {{"base"}, {"twin"}, {"a", 1.2}}}; }

  std::filesystem::path blessed_ = folder_ / "blessed";
};

TEST_F(Bless, CopiesARunThatEveryCommandThenReads) {
  const RunFolder original = store(sound());
  original.write_file("plots/old.svg", "a picture");
  const WorkerOutcome outcome = run({"bless", "latest", "--as", "first"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("loopmark plot " + (blessed_ / "first").string()));
  EXPECT_EQ(read_journal(blessed_ / "first" / kRoundsFile, kRoundsSchema).records,
            read_journal(original / kRoundsFile, kRoundsSchema).records);
  EXPECT_FALSE(std::filesystem::exists(blessed_ / "first" / kRoundsFile)) << "it is compressed";
  EXPECT_FALSE(std::filesystem::exists(blessed_ / "first/plots"));
  EXPECT_EQ(run({"compare", "first", "latest"}).code, 0);
  EXPECT_THAT(run({"show", "first"}).output, HasSubstr("fake size=1"));
  EXPECT_EQ(run({"show", (blessed_ / "first").string(), "--format", "csv"}).code, 0);
}

TEST_F(Bless, SaysNothingOfWhereTheProgramLies) {
  SyntheticScenario scenario = sound();
  const std::filesystem::path place = program_.parent_path();
  const std::string name = place.filename().string();
  scenario.arms[2].lost = (place / "modules/a.so").string() + ": refused";
  scenario.arms[2].refused = true;
  store(scenario).write_file("note.txt", place.string() + "/x, " + place.string() + "/y, " +
                                             place.string() + "z and /usr");
  ASSERT_EQ(run({"bless", "latest", "--as", "first"}).code, 0);
  EXPECT_EQ(contents(blessed_ / "first/note.txt"),
            name + "/x, " + name + "/y, " + place.string() + "z and /usr");
  const JournalContent rounds = read_journal(blessed_ / "first" / kRoundsFile, kRoundsSchema);
  EXPECT_EQ(read_results(rounds.records).front().arms()[2].lost, name + "/modules/a.so: refused");
}

TEST_F(Bless, OverwritesNothing) {
  store(sound());
  ASSERT_EQ(run({"bless", "latest", "--as", "first"}).code, 0);
  const std::string before = contents(blessed_ / "first/blessed.json");
  const WorkerOutcome outcome = run({"bless", "latest", "--as", "first"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("is there already"));
  EXPECT_EQ(contents(blessed_ / "first/blessed.json"), before);
  EXPECT_EQ(run({"bless", "latest", "--as", "../first"}).code, 2);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(blessed_), {}), 1);  // no remains
}

TEST_F(Bless, DataThatWereChangedAreRefused) {
  store(sound());
  ASSERT_EQ(run({"bless", "latest", "--as", "first"}).code, 0);
  const auto record = blessed_ / "first/run.json";
  std::string text = contents(record);
  text.replace(text.find("\"virtual_machine\""), 17, "\"virtual_mashine\"");
  overwrite(record, text);
  const WorkerOutcome outcome = run({"show", "first"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("run.json: was changed after the run was blessed"));
}

TEST_F(Bless, NothingIsWrittenIntoTheData) {
  store(sound());
  ASSERT_EQ(run({"bless", "latest", "--as", "first"}).code, 0);
  RunFolder folder = RunFolder::open("first");
  EXPECT_THROW(folder.write_part("bench", Json::object()), EnvironmentError);
  const WorkerOutcome outcome =
      run({"conform", "-b", "fake/good", "-k", "Passes", "--out", (blessed_ / "first").string()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("the run is blessed"));
  EXPECT_NO_THROW(check_blessed(blessed_ / "first"));
}

TEST_F(Bless, RefusesWhatIsNotComplete) {
  RunFolder folder = store(sound());
  Json part = folder.part("bench");
  part["complete"] = false;
  folder.write_part("bench", part);
  const WorkerOutcome outcome = run({"bless", "latest"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("its benchmarks are not complete"));
  EXPECT_FALSE(std::filesystem::exists(blessed_));
}

TEST_F(Bless, RefusesATruncatedJournal) {
  const RunFolder folder = store(sound());
  const std::string text = contents(folder / kRoundsFile);
  overwrite(folder / kRoundsFile, text.substr(0, text.size() - 10));
  const WorkerOutcome outcome = run({"bless", "latest"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, testing::ContainsRegex("rounds.ndjson:[0-9]+: the journal is trunc"));
}

TEST_F(Bless, RefusesInvalidScenariosAndWrongWork) {
  SyntheticScenario scenario = sound();
  scenario.arms[1].ratio = 1.5;
  scenario.arms[2].lost = "an event was lost";
  store(scenario);
  const WorkerOutcome outcome = run({"bless", "latest"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("1 of its 1 scenarios with verdicts are INVALID"));
  EXPECT_THAT(outcome.errors, HasSubstr("a was lost in fake/size=1: an event was lost"));
}

TEST_F(Bless, WarnsOfTooFewRounds) {
  SyntheticScenario scenario = sound();
  scenario.rounds = 3;
  store(scenario);
  const WorkerOutcome outcome = run({"bless", "latest", "--as", "first"});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors,
              HasSubstr("warning: 1 of its 1 scenarios with verdicts have too few rounds for one: "
                        "fake/size=1"));
}

TEST_F(Bless, WarnsOfCountsThatVaryWithoutAReason) {
  SyntheticScenario scenario = sound();
  scenario.arms[2].exact = {{"events", {200, 1200}},
                            {"instructions", {{"user", 61.5}}},
                            {"varies", {{"instructions", {{"user", {61.5, 62.0}}}}}}};
  store(scenario);
  const WorkerOutcome outcome = run({"bless", "latest", "--as", "first"});
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors,
              HasSubstr("1 of its 1 counts vary without a reason, in fake/size=1: quote none"));

  scenario.arms[2].exact["because"] = "a second thread";
  store(scenario);
  EXPECT_THAT(run({"bless", "latest", "--as", "second"}).errors, Not(HasSubstr("warning")));
}

TEST_F(Bless, ARefusalOfAnArmIsNoObjection) {
  SyntheticScenario scenario = sound();
  scenario.arms[2].lost = "needs more descriptors";
  scenario.arms[2].refused = true;
  store(scenario);
  EXPECT_EQ(run({"bless", "latest"}).code, 0);
}

}  // namespace
}  // namespace loopmark::harness
