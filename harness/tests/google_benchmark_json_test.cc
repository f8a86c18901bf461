// SPDX-License-Identifier: MIT
//
// Against what the library itself writes when loopmark-workloads is run as its program.
#include "harness/google_benchmark_json.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/environment.h"
#include "harness/tests/synthetic_bench.h"
#include "harness/worker_process.h"

namespace loopmark::harness {
namespace {

using Names = std::set<std::string>;

Names members(const Json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

/// The first entry that is an iteration, an aggregate (the median), or an error.
const Json& entry(const Json& whole, const std::string& kind) {
  for (const Json& each : whole.at("benchmarks")) {
    const std::string found =
        each.contains("error_message") ? "error" : each.at("run_type").get<std::string>();
    if (found == kind && (kind != "aggregate" || each.at("aggregate_name") == "median"))
      return each;
  }
  throw std::runtime_error("there is no " + kind);
}

/// What the library writes of benchmarks whose names match.
Json of_library(const std::string& filter) {
  const WorkerOutcome outcome = run_worker(
      {.arguments = {LOOPMARK_WORKLOADS, "--benchmark_filter=" + filter, "--benchmark_format=json",
                     "--benchmark_repetitions=2", "--benchmark_min_time=0.001"},
       .time_limit = std::chrono::minutes(1),
       .kept_output = 4 << 20});
  return Json::parse(outcome.output);
}

/// bare/select cannot do the second of the two.
Json of_library() {
  return of_library("(ping_pong/loops=1,bytes=1/bare.epoll|fds=1000,active=1/bare.select)/");
}

Json of_loopmark() {
  SyntheticScenario scenario{.arms = {{"bare/epoll"}, {"twin"}, {"poll"}, {"bare/select"}},
                             .rounds = 60};
  scenario.arms[3].lost = "cannot";
  const Json record{{"machine", machine()}, {"tool", tool()}};
  return google_benchmark_json(results_of(scenario), record, "2026-11-22T10-20-07Z");
}

/// Each member of `expected` is in `found`, and of the same type.
void expect_same_members(const Json& found, const Json& expected) {
  EXPECT_EQ(members(found), members(expected));
  for (const auto& [name, value] : expected.items()) {
    if (!found.contains(name)) continue;
    EXPECT_EQ(found.at(name).is_number(), value.is_number()) << name;
    EXPECT_EQ(found.at(name).is_string(), value.is_string()) << name;
    EXPECT_EQ(found.at(name).is_array(), value.is_array()) << name;
  }
}

TEST(GoogleBenchmark, TimesEventsWhereASlotHasToDoMoreThanItIsAskedFor) {
  const Json library = of_library("timer_fire/n=10000/bare.epoll/");
  const Json& run = entry(library, "iteration");
  EXPECT_NEAR(run.at("real_time").get<double>() * run.at("items_per_second").get<double>(), 1e9,
              1e6);
}

TEST(GoogleBenchmarkJson, HasTheMembersThatTheLibraryWrites) {
  const Json library = of_library();
  const Json ours = of_loopmark();
  EXPECT_EQ(members(ours), members(library));
  expect_same_members(ours.at("context"), library.at("context"));
  for (const char* kind : {"iteration", "aggregate", "error"})
    expect_same_members(entry(ours, kind), entry(library, kind));
}

TEST(GoogleBenchmarkJson, NamesArmsAsTheLibrarysProgramDoes) {
  const Json library = of_library();
  EXPECT_EQ(entry(library, "iteration").at("name"),
            "ping_pong/loops=1,bytes=1/bare.epoll/manual_time");
  const Json ours = of_loopmark();
  EXPECT_EQ(entry(ours, "iteration").at("name"), "fake/size=1/bare.epoll/manual_time");
  EXPECT_EQ(entry(ours, "aggregate").at("name"), "fake/size=1/bare.epoll/manual_time_median");
  EXPECT_EQ(entry(ours, "aggregate").at("run_name"), "fake/size=1/bare.epoll/manual_time");
}

TEST(GoogleBenchmarkJson, HasARepetitionForEachRoundAndTheirMedian) {
  std::size_t repetitions = 0;
  const Json ours = of_loopmark();
  for (const Json& each : ours.at("benchmarks")) {
    if (each.at("run_name") != "fake/size=1/poll/manual_time" || each.at("run_type") != "iteration")
      continue;
    EXPECT_EQ(each.at("repetition_index"), repetitions++);
    EXPECT_EQ(each.at("repetitions"), 60);
    EXPECT_NEAR(each.at("real_time").get<double>(), 1000, 30);
  }
  EXPECT_EQ(repetitions, 60u);
  EXPECT_EQ(entry(ours, "aggregate").at("real_time"), 1000);
  EXPECT_EQ(ours.at("context").at("date"), "2026-11-22T10:20:07+00:00");
}

TEST(GoogleBenchmarkJson, HasNoTimesOfAnInvalidScenario) {
  const SyntheticScenario scenario{.arms = {{"bare/epoll"}, {"twin", 1.5}, {"poll"}}};
  const Json record{{"machine", machine()}, {"tool", tool()}};
  const Json json = google_benchmark_json(results_of(scenario), record, "2026-11-22T10-20-07Z");
  for (const Json& each : json.at("benchmarks"))
    EXPECT_EQ(each.value("error_message", ""), "INVALID: the baseline differs from its own twin")
        << each;
}

}  // namespace
}  // namespace loopmark::harness
