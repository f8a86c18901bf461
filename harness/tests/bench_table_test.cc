// SPDX-License-Identifier: MIT
#include "harness/bench_table.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "harness/bench_export.h"
#include "harness/bench_summary.h"
#include "harness/google_benchmark_json.h"
#include "harness/tests/synthetic_bench.h"
#include "harness/tests/synthetic_results.h"
#include "harness/tests/synthetic_slots.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& what, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

/// Two scenarios of a workload that says all of itself, one of them with a margin of its own.
std::vector<ScenarioResult> told() {
  std::vector<Json> all;
  for (const char* const parameters : {"size=1", "size=2"}) {
    std::vector<Json> records =
        records_of({.arms = {{"base"}, {"planted", 1.2}, {"a"}}, .parameters = parameters});
    records.front().update({{"question", "How long?"},
                            {"timed", "from here to there"},
                            {"not_shown", "what lies beyond"},
                            {"verdicts", "both, for there are two"}});
    records.front()["arms"][1]["planted"] = 0.05;
    if (parameters == std::string("size=2")) {
      records.front().update({{"margin", 0.05}, {"why_margin", "two threads"}});
      records.front()["arms"][1]["planted"] = 0.125;
    }
    all.insert(all.end(), records.begin(), records.end());
  }
  return read_results(all);
}

TEST(BenchTables, SayOnceAWorkloadWhatTheyShowAndDoNot) {
  for (const char* const format : {"text", "md"}) {
    const std::string text = bench_tables(told(), format);
    for (const char* const said : {"How long?", "timed: from here to there",
                                   "not shown: what lies beyond", "verdicts: both"})
      EXPECT_EQ(count_of(said, text), 1u) << said << " in " << text;
  }
}

TEST(BenchTables, HaveTheRulesOfEachScenario) {
  const std::string text = bench_tables(told(), "text");
  const std::string intervals =
      "; verdicts go by intervals of 99.5 %, to hold for all arms at once";
  EXPECT_THAT(text, HasSubstr("fake size=1\nmargin 1 %" + intervals + "; planted: 5 % slower\n"));
  EXPECT_THAT(text, HasSubstr("fake size=2\nmargin 5 % (two threads)" + intervals +
                              "; planted: 12.5 % slower\n"));
}

TEST(BenchTables, HaveTheIntervalsOfOneComparisonWhereTheBaselineIsLost) {
  const auto results = results_of({.arms = {{.label = "base", .lost = "was killed"}, {"a"}}});
  EXPECT_EQ(results.front().pairs(), 1u);
  const std::string text = bench_tables(results, "text");
  EXPECT_THAT(text, HasSubstr("intervals of 99 %"));
  EXPECT_THAT(text, Not(HasSubstr("100 %")));
}

TEST(BenchTables, SayWhyAScenarioHasNoVerdictHere) {
  std::vector<Json> records = records_of({.arms = {{"base"}, {"a"}}, .judged = false});
  records.front()["why_unjudged"] = "2 busy threads on 1 processor";
  EXPECT_THAT(bench_tables(read_results(records), "text"),
              HasSubstr("no verdict, 2 busy threads on 1 processor: size=1"));
}

TEST(BenchTables, BeginWithWhatIsInvalid) {
  const auto results = results_of({.arms = {{"base"}, {"twin", 1.1}, {"a", 1.2}}});
  EXPECT_THAT(bench_tables(results, "md"),
              testing::StartsWith("the whole run is INVALID: 1 of 1 scenarios with verdicts\n"
                                  "- fake/size=1: the baseline differs from its own twin\n"));
  const Json summary = to_json(summarise(results));
  EXPECT_EQ(summary.at("valid"), false);
  EXPECT_EQ(summary.at("judged"), 1);
  EXPECT_EQ(summary.at("invalid").at(0).at("scenario"), "fake/size=1");
}

TEST(BenchTables, BeginWithWhatHasTooFewRoundsForAVerdict) {
  const auto results = results_of({.arms = {{"base"}, {"a", 1.2}}, .rounds = 3});
  EXPECT_THAT(bench_tables(results, "md"),
              testing::StartsWith("TOO FEW ROUNDS for a verdict: 1 of 1 scenarios with verdicts: "
                                  "fake/size=1\n"));
  EXPECT_EQ(to_json(summarise(results)).at("too_short").at(0), "fake/size=1");
}

TEST(BenchTables, SayNothingOfValidityWhereAllIsValid) {
  const auto results = results_of({.arms = {{"base"}, {"twin"}, {"a", 1.2}}});
  EXPECT_THAT(bench_tables(results, "text"), Not(HasSubstr("INVALID")));
  EXPECT_EQ(to_json(summarise(results)).at("valid"), true);
}

TEST(BenchTables, CompareProcessorTimeWhereAnotherThreadIsTheClients) {
  const auto results =
      results_of({.arms = {{"base"}, {.label = "a", .ratio = 0.8, .cpu_ratio = 1.3}},
                  .quantity = Quantity::kProcessorTime});
  const Row row = results[0].row(results[0].arms()[1]);
  EXPECT_NEAR(row.compared.value, 1.3, 0.01);
  EXPECT_NEAR(row.beside.value, 0.8, 0.01);
  EXPECT_EQ(row.verdict, Comparison::kSlower);
  EXPECT_TRUE(row.disputed);
  const std::string text = bench_tables(results, "text");
  EXPECT_THAT(text, HasSubstr("CPU ns/event"));
  EXPECT_THAT(text, HasSubstr("WALL [99 %]"));
  const Json json = bench_json(results, kOrigin)[1];
  EXPECT_NEAR(json["cpu"]["ratio"].get<double>(), 1.3, 0.01);
  EXPECT_NEAR(json["wall"]["ratio"].get<double>(), 0.8, 0.01);
  EXPECT_EQ(json["quantity"], "processor time per event");
  const Json entry =
      google_benchmark_json(results, {{"tool", Json::object()}, {"machine", Json::object()}},
                            "2026")["benchmarks"]
          .back();
  EXPECT_LT(entry["real_time"], entry["cpu_time"]);
}

TEST(BenchTables, HaveTheArmsOfACurveByTheirNames) {
  std::vector<ScenarioResult> points;
  points.push_back(synthetic_result("fake", "size=1", {{"base", 100}, {"api:a", 300}, {"a", 200}},
                                    20, {}, false));
  points.push_back(synthetic_result("fake", "size=2", {{"base", 100}, {"a", 200}}, 20, {}, false));
  const std::string table = bench_tables(points, "md");
  EXPECT_THAT(table, HasSubstr("| api:a | 300 (3.00) | - |"));
  EXPECT_THAT(table, HasSubstr("| a | 200 (2.00) | 200 (2.00) |"));
}

/// Points of a curve, or scenarios with verdicts, with a figure of the workload's own.
std::vector<ScenarioResult> with_figures(bool judged) {
  std::vector<ScenarioResult> results;
  for (const int size : {1, 2}) {
    results.push_back(synthetic_result("fake", "size=" + std::to_string(size),
                                       {{"base", 1}, {"a", 1}}, 0, {}, judged));
    add_round(results.back(), {{"base", slot_with({{"requests a second", 1000 * size}})},
                               {"a", slot_with({{"requests a second", 500 * size}})}});
  }
  return results;
}

TEST(BenchTables, PointsOfACurveHavePercentilesOfTheirOperationsAndHistograms) {
  ScenarioPlan plan;
  plan.workload = "fake";
  plan.parameters = "size=1";
  plan.operation = "answer";
  plan.judged = false;
  // 50 of 1000 are high, of which 10 lie beyond the 99th percentile and 1 beyond the 99.9th.
  const auto table = [&](const std::string& histogram) {
    const std::vector<SyntheticRound> one{
        {{{"base", durations(1000, 20, 30)}, {"a", durations(1000, 40, 120)}}}};
    return bench_tables({result_of_rounds(plan, histogram, one)}, "md");
  };
  EXPECT_THAT(table(""), HasSubstr("| answer: p50 / p99 / p99.9 | size=1 |"));
  EXPECT_THAT(table(""), HasSubstr("| a | 40.0 ns / 120 ns / - |"));
  EXPECT_THAT(table("one way"), HasSubstr("| one way: p50 / p99 / p99.9 | size=1 |"));
  EXPECT_THAT(table("answer"), HasSubstr("| base | 20.0 ns / 30.0 ns / - |"));
}

TEST(BenchTables, SayWhatIsComparedWhereThatIsNoTimeOfAnEvent) {
  for (const bool judged : {false, true}) {
    const std::string table = bench_tables(results_of({.arms = {{"base"}, {"a", 2}},
                                                       .judged = judged,
                                                       .quantity = Quantity::kOperation,
                                                       .operation = "lateness"}),
                                           "text");
    EXPECT_THAT(table, HasSubstr("p50 ns, lateness")) << judged;
  }
}

TEST(BenchTables, PriceWrappersWhereTimesAreCompared) {
  const auto prices = [](Quantity quantity, double twin) {
    const std::string tables = bench_tables(
        results_of({.arms = {{"base"}, {"twin", twin}, {"lib/epoll", 1.2}, {"api:lib/epoll", 1.1}},
                    .quantity = quantity}),
        "text");
    return tables.substr(std::min(tables.size(), tables.find("What a wrapper costs")));
  };
  EXPECT_THAT(prices(Quantity::kTimePerEvent, 1), HasSubstr("fake/size=1"));
  EXPECT_THAT(prices(Quantity::kTimePerEvent, 1), Not(HasSubstr("INVALID")));
  EXPECT_THAT(prices(Quantity::kTimePerEvent, 1.1), HasSubstr("fake/size=1 INVALID"));
  EXPECT_THAT(prices(Quantity::kValue, 1), Not(HasSubstr("fake/size=1")));
}

TEST(BenchTables, MarkPointsOfFewRounds) {
  const auto table = [](std::size_t rounds) {
    return bench_tables(
        results_of({.arms = {{"base"}, {"a", 2}}, .rounds = rounds, .judged = false}), "text");
  };
  EXPECT_THAT(table(4), HasSubstr("1000 (1.00) ~"));
  EXPECT_THAT(table(4), HasSubstr("~ has fewer than 5 rounds: base(size=1) a(size=1)"));
  EXPECT_THAT(table(5), testing::Not(HasSubstr("~")));
}

TEST(BenchTables, HaveTheFiguresThatAWorkloadNames) {
  const std::string tables = bench_tables(with_figures(true), "md");
  EXPECT_EQ(count_of("| FIGURES | requests a second |", tables), 2u) << tables;
  EXPECT_THAT(tables, HasSubstr("| a | 1000 |"));
  const std::string curves = bench_tables(with_figures(false), "md");
  EXPECT_THAT(curves, HasSubstr("| requests a second | size=1 | size=2 |"));
  EXPECT_THAT(curves, HasSubstr("| a | 500 | 1000 |"));
}

/// An arm that becomes slower from launch to launch.
std::vector<ScenarioResult> drifting() {
  std::vector<Json> records =
      records_of({.arms = {{"base"}, {"twin"}, {"a", 1.2}, {"b", 1.2}}, .rounds = 400});
  for (Json& record : records) {
    if (record.at("record") != "round") continue;
    const auto launch = static_cast<double>(record.at("round").get<std::size_t>() / 25);
    double& wall = record["slots"]["a"]["wall_ns"].get_ref<double&>();
    wall *= 1 + 0.01 * launch;
  }
  return read_results(records);
}

TEST(BenchTables, MarkVerdictsThatPromiseTooMuch) {
  const auto results = drifting();
  const std::string text = bench_tables(results, "text");
  EXPECT_EQ(count_of("slower?", text), 1u) << text;
  EXPECT_THAT(text, HasSubstr("doubtful: a: neighbouring launches correlate by 0."));
  std::map<std::string, bool> doubted;
  for (const Json& line : bench_json(results, kOrigin))
    doubted[line.at("arm")] = line.contains("doubt") && line.at("verdict") == "slower";
  EXPECT_EQ(doubted, (std::map<std::string, bool>{
                         {"base", false}, {"twin", false}, {"a", true}, {"b", false}}));
}

}  // namespace
}  // namespace loopmark::harness
