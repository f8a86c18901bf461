// SPDX-License-Identifier: MIT
//
// "loopmark compare" and "loopmark baseline" as their users have them.
#include <gmock/gmock.h>

#include "harness/environment.h"
#include "harness/exit_code.h"
#include "harness/run_names.h"
#include "harness/stored_run.h"
#include "harness/tests/program.h"
#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class Compare : public ProgramTest {
 protected:
  static SyntheticScenario scenario(double ratio) {
    return {.arms = {{"base"}, {"twin"}, {"a", ratio}}};
  }
  static std::string stored(double ratio) { return store(scenario(ratio)).path().filename(); }

  /// Replaces `from` in the run.json of `run`.
  void edit(const std::string& run, const std::string& from, const std::string& to) const {
    std::string text = contents(results_ / run / "run.json");
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    overwrite(results_ / run / "run.json", text.replace(at, from.size(), to));
  }
};

TEST_F(Compare, FailsOnARegressionWhenAskedTo) {
  const std::string before = stored(1.2);
  const std::string slower = stored(1.5);
  const WorkerOutcome shown = run({"compare", before, slower});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.output, HasSubstr("REGRESSION"));
  EXPECT_THAT(shown.output, HasSubstr("+25.0 %"));
  EXPECT_THAT(shown.output, HasSubstr("\n1 REGRESSION\n"));
  EXPECT_EQ(run({"compare", before, slower, "--fail-on", "regression"}).code, 1);
  EXPECT_EQ(run({"compare", slower, before, "--fail-on", "regression"}).code, 0);
  const WorkerOutcome lax =
      run({"compare", before, slower, "--fail-on", "regression", "--threshold", "30%"});
  EXPECT_EQ(lax.code, 0);
  EXPECT_THAT(lax.output, HasSubstr("\n1 same\n"));
}

TEST_F(Compare, IsNoSuccessWhereNothingCouldBeJudged) {
  const std::string before = stored(1.2);
  const std::string invalid =
      store({.arms = {{"base"}, {"twin", 1.5}, {"a", 1.2}}}).path().filename().string();
  EXPECT_EQ(run({"compare", before, invalid}).code, 0);
  const WorkerOutcome outcome = run({"compare", before, invalid, "--fail-on", "regression"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.errors, HasSubstr("no benchmark could be judged"));
}

TEST_F(Compare, WritesJsonAndMarkdown) {
  const std::string before = stored(1.2);
  const std::string slower = stored(1.5);
  const Json json = Json::parse(run({"compare", before, slower, "--format", "json"}).output);
  EXPECT_EQ(json.at("schema"), "loopmark.comparison/1");
  EXPECT_EQ(json.at("regression"), true);
  EXPECT_EQ(json.at("bench").at(0).at("verdict"), "regression");
  EXPECT_NEAR(json.at("bench").at(0).at("change").at("ratio").get<double>(), 1.25, 1e-3);
  EXPECT_THAT(run({"compare", before, slower, "--format", "md"}).output,
              HasSubstr("| fake/size=1 | a | 1.200 | 1.500 |"));
}

TEST_F(Compare, RefusesBadThresholds) {
  for (const char* threshold : {"5", "0%", "-1%", "100%", "x%", "5%%", "nan%"}) {
    const WorkerOutcome outcome =
        run({"compare", "a", "b", std::string("--threshold=") + threshold});
    EXPECT_EQ(outcome.code, 2) << threshold;
    EXPECT_THAT(outcome.errors, HasSubstr("use a percentage")) << threshold;
  }
}

TEST_F(Compare, RefusesOtherMachinesAndBuildsUnlessAsked) {
  const std::string before = stored(1.2);
  const std::string after = stored(1.2);
  edit(after, "\"kernel\": \"Linux ", "\"kernel\": \"Minix ");
  edit(after, "\"flags\": \"", "\"flags\": \"-O0 ");
  edit(after, "\"contract\": \"", "\"contract\": \"0");  // of no matter to benchmarks
  const WorkerOutcome refused = run({"compare", before, after});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("kernel: Linux "));
  EXPECT_THAT(refused.errors, HasSubstr("now Minix "));
  EXPECT_THAT(refused.errors, HasSubstr("flags: "));
  EXPECT_THAT(refused.errors, Not(HasSubstr("contract")));
  EXPECT_EQ(refused.output, "");
  const WorkerOutcome across = run({"compare", before, after, "--across"});
  EXPECT_EQ(across.code, 0);
  EXPECT_THAT(across.output, HasSubstr("\nACROSS  kernel: Linux "));
}

TEST_F(Compare, NotesThatTheCommitIsAnother) {
  const std::string before = stored(1.2);
  const std::string after = stored(1.2);
  const auto commit = [](const std::string& name) { return "\"commit\": \"" + name + "\""; };
  const std::string own = commit(tool().at("commit"));
  edit(before, own, commit("1111"));
  edit(after, own, commit("2222"));
  EXPECT_THAT(run({"compare", before, after}).output, HasSubstr("commit: 1111, now 2222"));
  edit(after, commit("2222"), commit(""));  // not known
  EXPECT_THAT(run({"compare", before, after}).output, Not(HasSubstr("commit")));
}

TEST_F(Compare, RefusesTruncatedRunsWithFileAndLine) {
  const std::string before = stored(1.2);
  const std::string after = stored(1.2);
  const auto journal = results_ / after / kRoundsFile;
  const std::string whole = contents(journal);
  const std::string torn = whole.substr(0, whole.size() / 2);
  for (const std::string& text : {torn, torn.substr(0, torn.rfind('\n') + 1)}) {
    overwrite(journal, text);
    const auto lines = std::count(text.begin(), text.end(), '\n');
    const WorkerOutcome outcome = run({"compare", before, after});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_THAT(outcome.errors,
                HasSubstr("rounds.ndjson:" + std::to_string(lines + 1) + ": the journal is trunc"));
    EXPECT_EQ(contents(journal), text);
  }
}

TEST_F(Compare, MarksRunsThatAreNotComplete) {
  const std::string before = stored(1.2);
  const std::string after = stored(1.2);
  edit(after, "\"complete\": true", "\"complete\": false");
  EXPECT_THAT(run({"compare", before, after}).output,
              HasSubstr("note    bench: the run after is NOT COMPLETE\n"));
}

TEST_F(Compare, ShowsCellsWhoseVerdictChanged) {
  ASSERT_EQ(run({"conform", "-b", "fake/good", "-k", "Passes,Fails"}).code, 0);
  ASSERT_EQ(run({"baseline", "set", "main"}).code, 0);
  ASSERT_EQ(run({"conform", "-b", "fake/good", "-k", "Passes,Fails"}).code, 0);
  EXPECT_THAT(run({"compare", "main", "latest"}).output, HasSubstr("\nnothing\n"));
  // The same cell with another outcome, as another revision of the backend would have left it.
  const auto journal = results_ / "latest" / kCellJournal;
  JournalContent content = read_journal(journal, kCellSchema);
  std::filesystem::remove(journal);
  Journal again(journal, kCellSchema);
  for (Json record : content.records) {
    if (record.at("case") == "FD-ADD-08/Fails" || record.at("clause") == "FD-ADD-08")
      record["verdict"] = "crash";
    again.append(record);
  }
  const WorkerOutcome outcome = run({"compare", "main", "latest", "--fail-on", "regression"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output,
              testing::ContainsRegex("NEWLY FAILING +fake/good +FD-ADD-08/Fails +pass +crash"));
  EXPECT_EQ(run({"compare", "latest", "main", "--fail-on", "regression"}).code, 0);
}

TEST_F(Compare, RefusesAConformanceRunThatLacksCells) {
  ASSERT_EQ(run({"conform", "-b", "fake/good", "-k", "Passes,Fails"}).code, 0);
  ASSERT_EQ(run({"baseline", "set", "main"}).code, 0);
  ASSERT_EQ(run({"conform", "-b", "fake/good", "-k", "Passes,Fails"}).code, 0);
  const auto journal = results_ / "latest" / kCellJournal;
  const std::string text = contents(journal);
  overwrite(journal, text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  const WorkerOutcome outcome = run({"compare", "main", "latest"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("cells.ndjson:3: the journal is truncated here"));
}

TEST_F(Compare, NeedsSomethingThatBothRunsHold) {
  const std::string bench = stored(1.2);
  ASSERT_EQ(run({"conform", "-b", "fake/good", "-k", "Passes"}).code, 0);
  EXPECT_EQ(run({"compare", bench, "latest"}).code, 4);
  EXPECT_EQ(run({"compare", bench, bench, "--only", "conform"}).code, 4);
}

TEST_F(Compare, NamesStandForRuns) {
  const std::string first = stored(1.2);
  const std::string second = stored(1.5);
  EXPECT_EQ(run({"baseline", "set", "main", first}).code, 0);
  EXPECT_EQ(run({"compare", "main", second, "--fail-on", "regression"}).code, 1);
  EXPECT_EQ(run({"baseline", "set", "main", second}).code, 0);  // in place of the first
  EXPECT_EQ(run({"compare", "main", second, "--fail-on", "regression"}).code, 0);
  EXPECT_THAT(run({"baseline", "list"}).output, HasSubstr(second));
  std::filesystem::remove_all(results_ / second);
  EXPECT_THAT(run({"baseline", "list"}).output, HasSubstr("GONE"));
  EXPECT_EQ(run({"compare", "main", first}).code, 3);
  EXPECT_EQ(run({"baseline", "remove", "mian"}).code, 2);
  EXPECT_EQ(run({"baseline", "remove", "main"}).code, 0);
  EXPECT_EQ(run({"baseline", "list"}).output, "");
}

TEST_F(Compare, NamesThatMeanSomethingElseAreRefused) {
  const std::string first = stored(1.2);
  for (const std::string& name : {std::string("latest"), first, std::string("../x"),
                                  std::string(".hidden"), std::string("a b"), std::string()}) {
    EXPECT_EQ(run({"baseline", "set", name, first}).code, 2) << name;
  }
  EXPECT_EQ(run({"baseline", "list"}).output, "");
}

}  // namespace
}  // namespace loopmark::harness
