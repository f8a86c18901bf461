// SPDX-License-Identifier: MIT
//
// What graphs are made of: the files that gnuplot takes, from results that are known.
#include <gmock/gmock.h>

#include <sstream>

#include "harness/plot_data.h"
#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using Results = std::vector<ScenarioResult>;

/// The graph of that name, without anything where there is none.
Graph graph(const Results& results, const std::string& name) {
  for (Graph& each : graphs_of(results, kOrigin)) {
    if (each.name == name) return std::move(each);
  }
  return {};
}

std::string setting(const Graph& graph, const std::string& name) {
  for (const auto& [each, value] : graph.settings) {
    if (each == name) return value;
  }
  return "no " + name;
}

/// The points in a line graph's data, by arm.
std::map<std::string, Points> series(const Graph& graph) {
  std::map<std::string, Points> all;
  std::istringstream lines(graph.data);
  std::string arm;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ")) arm = line.substr(2);
    if (line.empty() || line.front() == '#') continue;
    std::pair<double, double> point;
    std::istringstream(line) >> point.first >> point.second;
    all[arm].push_back(point);
  }
  return all;
}

/// The lines of a bar graph's data, without the head.
std::vector<std::string> rows(const Graph& graph) {
  std::vector<std::string> all;
  std::istringstream lines(graph.data);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#")) all.push_back(line);
  }
  return all;
}

/// The same result with an arm struck out, and another lost.
ScenarioResult without(const ScenarioResult& result, const char* struck, const char* lost) {
  ScenarioPlan plan = result.plan();
  std::vector<ArmResult> arms;
  for (const ArmResult& arm : result.arms()) {
    arms.emplace_back().plan = arm.plan;
    if (arm.plan.label == struck) arms.back().plan.struck = "FD-READ-01: fail";
  }
  ScenarioResult copy(scenario_record(plan, arms));
  for (std::size_t round = 0; round < result.rounds(); ++round) {
    std::map<std::string, Json> slots;
    std::map<std::string, Histogram> latencies;
    for (const ArmResult& arm : result.arms()) {
      slots[arm.plan.label] = {
          {"events", 1}, {"wall_ns", arm.compared[round]}, {"cpu_ns", arm.compared[round]}};
      if (arm.latency.count() > 0) latencies[arm.plan.label] = arm.latency;
    }
    add_round(copy, slots, latencies);
  }
  copy.add(lost_record(plan.id(), lost, "it broke", false));
  return copy;
}

Results scaling(double twin_at_1000 = 110) {
  Results results;
  for (const int fds : {10, 100, 1000}) {
    results.push_back(synthetic_result("fd_scaling", "fds=" + std::to_string(fds) + ",active=1",
                                       {{"bare/epoll", fds == 1000 ? 110 : 100},
                                        {kTwin, fds == 1000 ? twin_at_1000 : 100},
                                        {"bare/poll", 10 * fds},
                                        {"poll", 20 * fds}}));
  }
  return results;
}

TEST(Curves, HaveAPointForEachScenario) {
  const Graph curve = graph(scaling(), "fd_scaling-by-fds-active-1");
  EXPECT_EQ(curve.script, "curve.gp");
  EXPECT_THAT(
      series(curve),
      ElementsAre(
          Pair("bare/epoll", ElementsAre(Pair(10, 100), Pair(100, 100), Pair(1000, 110))),
          Pair("bare/poll", ElementsAre(Pair(10, 100), Pair(100, 1000), Pair(1000, 10'000))),
          Pair("poll", ElementsAre(Pair(10, 200), Pair(100, 2000), Pair(1000, 20'000)))));
  EXPECT_EQ(setting(curve, "arms"), "poll bare/poll bare/epoll") << "as seen, the highest first";
  EXPECT_EQ(setting(curve, "x_label"), "fds");
  EXPECT_EQ(setting(curve, "y_label"), "time per event");
  EXPECT_EQ(setting(curve, "machine"), kOrigin.machine);
  EXPECT_EQ(setting(curve, "command"), kOrigin.command);
}

TEST(Curves, LeaveOutStruckAndLostArms) {
  Results results = scaling();
  results[1] = without(results[1], "poll", "bare/poll");
  const auto points = series(graph(results, "fd_scaling-by-fds-active-1"));
  EXPECT_THAT(points.at("poll"), ElementsAre(Pair(10, 200), Pair(1000, 20'000)));
  EXPECT_THAT(points.at("bare/poll"), ElementsAre(Pair(10, 100), Pair(1000, 10'000)));
  EXPECT_THAT(points.at("bare/epoll"), testing::SizeIs(3));
}

TEST(Curves, LeaveOutLibrariesByThemselves) {
  Results results;
  for (const int fds : {10, 100, 1000}) {
    results.push_back(
        synthetic_result("fd_scaling", "fds=" + std::to_string(fds),
                         {{"bare/epoll", 100}, {"libev/epoll", 120}, {"api:libev/epoll", 110}}));
  }
  EXPECT_EQ(setting(graph(results, "fd_scaling-by-fds"), "arms"), "libev/epoll bare/epoll");
}

TEST(Curves, SayWhichOfTheirPointsAreInvalid) {
  const auto subject = [](const Results& results) {
    return setting(graph(results, "fd_scaling-by-fds-active-1"), "subject");
  };
  EXPECT_THAT(subject(scaling()), StartsWith("fd_scaling, active=1;"));
  EXPECT_THAT(subject(scaling(300)), StartsWith("INVALID at fds=1000; fd_scaling"));
}

TEST(Curves, NeedThreePoints) {
  Results results = scaling();
  results.pop_back();
  EXPECT_EQ(graph(results, "fd_scaling-by-fds-active-1").name, "");
}

/// A ping-pong of so many nanoseconds, whose arms' latencies are these multiples of 100 ns.
ScenarioResult ping_pong(double twin = 100) {
  const std::vector<std::pair<std::string, double>> times{
      {"bare/epoll", 100}, {kTwin, twin}, {"epoll", 104}, {"poll", 200}, {"select", 300}};
  const ScenarioResult one = synthetic_result("ping_pong", "loops=1", times, 0);
  ScenarioPlan plan = one.plan();
  plan.operation = "round trip";
  ScenarioResult result(scenario_record(plan, one.arms()));
  std::map<std::string, Json> slots;
  std::map<std::string, Histogram> latencies;
  for (const auto& [arm, ns] : times) {
    slots[arm] = {{"events", 10}, {"wall_ns", 10 * ns}, {"cpu_ns", 10 * ns}};
    latencies[arm] = durations(static_cast<std::uint64_t>(ns), 100);
  }
  for (int round = 0; round < 20; ++round) add_round(result, slots, latencies);
  return result;
}

constexpr const char* kLatency = "ping_pong-latency-loops-1";
constexpr const char* kRatios = "ping_pong-ratios-loops-1";

TEST(Latencies, GoFromTheLeastToThePercentileThatTenLieAbove) {
  const Graph latency = graph({ping_pong()}, kLatency);
  EXPECT_EQ(latency.script, "latency.gp");
  EXPECT_EQ(setting(latency, "heading"), "Round trip, percentile by percentile");
  const auto points = series(latency);
  ASSERT_THAT(points, testing::SizeIs(4)) << "all but the twin";
  for (const auto& [arm, ns] : {std::pair{"bare/epoll", 100}, std::pair{"poll", 200}}) {
    const Points& all = points.at(arm);
    EXPECT_EQ(all.front().first, 1) << arm;
    EXPECT_NEAR(all.front().second, ns, 0.01 * ns) << arm;
    EXPECT_LE(all.back().first, 2000 / 10) << arm;
    EXPECT_NEAR(all.back().second, 100 * ns, 3 * ns) << arm;
  }
}

TEST(Latencies, LeaveOutStruckAndLostArms) {
  const auto points = series(graph({without(ping_pong(), "poll", "select")}, kLatency));
  EXPECT_TRUE(points.contains("epoll"));
  EXPECT_FALSE(points.contains("poll"));
  EXPECT_FALSE(points.contains("select"));
}

TEST(Latencies, SayThatTheyAreInvalid) {
  EXPECT_THAT(setting(graph({ping_pong()}, kLatency), "subject"), StartsWith("ping_pong"));
  EXPECT_THAT(setting(graph({ping_pong(150)}, kLatency), "subject"), StartsWith("INVALID"));
}

TEST(Ratios, HaveABarForEachArmTheFastestFirst) {
  const Graph ratios = graph({ping_pong()}, kRatios);
  EXPECT_EQ(ratios.script, "ratios.gp");
  EXPECT_THAT(rows(ratios), ElementsAre("epoll\t1.04000\t1.04000\t1.04000\t1.040  slower",
                                        "poll\t2.00000\t2.00000\t2.00000\t2.000  slower",
                                        "select\t3.00000\t3.00000\t3.00000\t3.000  slower"));
  EXPECT_EQ(setting(ratios, "arms"), "epoll poll select");
  EXPECT_EQ(setting(ratios, "margin"), "0.01");
}

TEST(Ratios, LeaveOutStruckAndLostArmsAndMarkInvalidOnes) {
  EXPECT_THAT(rows(graph({without(ping_pong(), "poll", "select")}, kRatios)),
              ElementsAre(StartsWith("epoll\t")));
  const Graph invalid = graph({ping_pong(150)}, kRatios);
  EXPECT_THAT(rows(invalid), testing::Each(HasSubstr("INVALID")));
  EXPECT_THAT(setting(invalid, "subject"), StartsWith("INVALID"));
}

/// Messages of an open loop, by load, with an arm that is lost at the highest.
Results open_loop() {
  Results results;
  for (const int load : {10, 50, 90}) {
    ScenarioResult one = synthetic_result("open_loop", "load=" + std::to_string(load),
                                          {{"bare/epoll", 1}, {"poll", 1}}, 0);
    std::map<std::string, Json> slots;
    for (const auto& [arm, times] : {std::pair{"bare/epoll", 1}, std::pair{"poll", 2}}) {
      const auto ns = static_cast<std::uint64_t>(times * load);
      slots[arm] = slot_with(Json::object(), {{"planned", durations(ns, 1000)}});
    }
    add_round(one, slots);
    if (load == 90) one.add(lost_record(one.plan().id(), "poll", "it broke", false));
    results.push_back(std::move(one));
  }
  return results;
}

TEST(OpenLoops, HaveAPercentileForEachLoad) {
  const Graph median = graph(open_loop(), "open_loop-p50-by-load");
  EXPECT_EQ(median.script, "load.gp");
  const auto points = series(median);
  ASSERT_THAT(points.at("bare/epoll"), testing::SizeIs(3));
  EXPECT_THAT(points.at("poll"), testing::SizeIs(2)) << "it is lost at 90";
  EXPECT_EQ(points.at("bare/epoll")[2].first, 90);
  EXPECT_NEAR(points.at("bare/epoll")[2].second, 500 * 90, 0.01 * 500 * 90);
  const auto tail = series(graph(open_loop(), "open_loop-p99-by-load"));
  EXPECT_NEAR(tail.at("poll")[1].second, 990 * 100, 0.01 * 990 * 100);
}

TEST(NamedHistograms, HaveAGraphEach) {
  ScenarioResult one = synthetic_result("wake_up", "peer=loop", {{"bare/epoll", 1}}, 0);
  add_round(one, {{"bare/epoll", slot_with(Json::object(), {{"one way", durations(7, 100)}})}});
  const Graph graph_of_it = graph({one}, "wake_up-one-way-peer-loop");
  EXPECT_EQ(graph_of_it.script, "latency.gp");
  EXPECT_EQ(setting(graph_of_it, "y_label"), "one way");
  EXPECT_EQ(series(graph_of_it).at("bare/epoll").front().second, 7);
}

ScenarioResult triplet(std::size_t rounds, double twin = 100) {
  return synthetic_result(
      "echo", "connections=1",
      {{"bare/epoll", 100}, {kTwin, twin}, {"libev/epoll", 132}, {"api:libev/epoll", 120}}, rounds);
}

TEST(Triplets, HaveTheLibraryAndTheWrapperOverBare) {
  const Graph graph_of_it = graph({triplet(20)}, "triplets-libev-epoll");
  EXPECT_EQ(graph_of_it.script, "triplets.gp");
  EXPECT_THAT(
      rows(graph_of_it),
      ElementsAre("echo/connections=1\t1.20000\t1.20000\t1.20000\t1.32000\t1.32000\t1.32000\t"
                  "wrapper +10.0 %"));
  EXPECT_THAT(rows(graph({triplet(20, 150)}, "triplets-libev-epoll")),
              ElementsAre(HasSubstr("\tINVALID")));
  EXPECT_THAT(rows(graph({without(triplet(20), "libev/epoll", kTwin)}, "triplets-libev-epoll")),
              IsEmpty());
}

TEST(Triplets, HaveNoIntervalWhereThereAreTooFewRounds) {
  const Graph few = graph({triplet(4)}, "triplets-libev-epoll");
  EXPECT_THAT(few.data + few.settings_text(), Not(HasSubstr("inf")));
}

TEST(Graphs, AreNoneWhereNothingWasMeasured) {
  EXPECT_THAT(graphs_of({}, kOrigin), IsEmpty());
  EXPECT_THAT(
      graphs_of({synthetic_result("ping_pong", "loops=1", {{"bare/epoll", 1}}, 0)}, kOrigin),
      IsEmpty());
}

TEST(Graphs, QuoteWhatGnuplotWouldTakeForItsOwn) {
  const Graph odd{"name", "curve.gp", "", {{"heading", "what's\nthis"}}};
  EXPECT_EQ(odd.settings_text(), "heading = 'what''s this'\n");
}

}  // namespace
}  // namespace loopmark::harness
