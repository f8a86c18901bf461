// SPDX-License-Identifier: MIT
//
// bench as its users have it, over the workers that it is run with.
#include <gmock/gmock.h>
#include <sched.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/bench_plan.h"
#include "harness/bench_results.h"
#include "harness/build_info.h"
#include "harness/exit_code.h"
#include "harness/journal.h"
#include "harness/run_folder.h"
#include "harness/tests/program.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Bench : public ProgramTest {
 protected:
  void SetUp() override {
    const auto folder = std::filesystem::path(LOOPMARK_PROGRAM).parent_path();
    for (const auto& [variable, name] :
         {std::pair{"LOOPMARK_CASE_WORKER", "loopmark-cases"},
          std::pair{"LOOPMARK_WORKLOAD_WORKER", "loopmark-workloads"}}) {
      if (!std::filesystem::exists(folder / name)) GTEST_SKIP() << name << " is not built";
      ::setenv(variable, (folder / name).c_str(), 1);
    }
  }

  int code(std::vector<std::string> arguments) const { return run(std::move(arguments)).code; }

  std::vector<Json> journal() const {
    const auto path = results_ / "latest" / kRoundsFile;
    return std::filesystem::exists(path) ? read_journal(path, kRoundsSchema).records
                                         : std::vector<Json>{};
  }

  Json part() const { return RunFolder::open("latest").part("bench"); }
};

/// Of the lines of a journal or a table, what plan and seed decide: nothing that is measured.
Json decided(const Json& lines) {
  Json all = Json::array();
  for (const Json& line : lines) {
    if (line.value("record", "") == "load") continue;  // of the machine, while it was measured
    Json& kept = all.emplace_back(Json::object());
    for (const char* name :
         {"record", "scenario", "workload", "parameters", "judged", "most_rounds", "round", "order",
          "why", "label", "arm", "mechanism", "evidence", "rounds", "not_measured"}) {
      if (line.contains(name)) kept[name] = line[name];
    }
    if (line.contains("arms")) kept["arms"] = decided(line["arms"]);
    if (line.contains("slots")) {  // whose there are
      for (const auto& [arm, _] : line["slots"].items()) kept["slots"].push_back(arm);
    }
  }
  return all;
}

// At whatever moment the program is killed: rounds that were finished stay as they are, none is
// made twice, and the resumed tables are those of a run that nobody disturbed.
TEST_F(Bench, LosesNothingFinishedWhenItIsKilled) {
  const std::vector<std::string> arguments{
      "bench",        "-b",       "epoll,poll", "-k",     "ping_pong", "--param",
      "bytes=1,1000", "--rounds", "6",          "--seed", "5",         "--quick"};
  ASSERT_EQ(code(arguments), 0);
  const Json journal_undisturbed = decided(journal());
  const auto table = [this] {
    return decided(Json::parse(contents(results_ / "latest/bench.json")));
  };
  const Json table_undisturbed = table();

  std::vector<Json> before;
  run_through_kills(arguments, std::chrono::milliseconds(600), [&] {
    const std::vector<Json> now = journal();
    ASSERT_GE(now.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), now.begin()));
    before = now;
  });
  EXPECT_EQ(decided(journal()), journal_undisturbed);
  EXPECT_EQ(table(), table_undisturbed);
  EXPECT_EQ(part().at("complete"), true);
  EXPECT_EQ(part().at("arguments").size(), 1 + arguments.size());  // not those of --resume
}

TEST_F(Bench, GoesOnOnlyInTheBuildAndOnTheMachineThatBeganIt) {
  ASSERT_EQ(code({"bench", "-b", "epoll", "-k", "null/work=passes", "--rounds", "2", "--no-exact"}),
            0);
  const double seconds = part().at("duration_seconds");
  std::filesystem::remove(results_ / "latest/bench.json");
  EXPECT_EQ(code({"bench", "--resume"}), 0);  // nothing is left but the tables
  EXPECT_EQ(code({"bench", "--resume", "--exact"}), 2);
  EXPECT_EQ(part().at("duration_seconds"), seconds);
  EXPECT_TRUE(std::filesystem::exists(results_ / "latest/bench.json"));
  const auto edit = [this](const std::string& from, const std::string& to) {
    const auto record = results_ / "latest/run.json";
    std::string text = contents(record);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    overwrite(record, text.replace(at, from.size(), to));
  };
  edit("\"kernel\": \"Linux ", "\"kernel\": \"Minix ");
  EXPECT_EQ(code({"bench", "--resume"}), 0);  // a judgement of what was measured
  edit("\"complete\": true", "\"complete\": false");
  const std::string before = contents(results_ / "latest/run.json");
  const WorkerOutcome refused = run({"bench", "--resume"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("kernel: Minix "));
  EXPECT_EQ(contents(results_ / "latest/run.json"), before);
}

TEST_F(Bench, ARunThatIsResumedStaysAsItWasPlanned) {
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--rounds", "800"}, {"-k", "echo"}, {"--deep"}, {"--no-api"}}) {
    std::vector<std::string> arguments{"bench", "--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const WorkerOutcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 2) << more.front();
    EXPECT_THAT(outcome.errors, HasSubstr("excludes")) << more.front();
  }
}

TEST_F(Bench, CountsExactlyUnlessItIsShortOrToldNotTo) {
  const auto counts = [this](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"bench",    "-b", "epoll", "-k", "null/work=passes",
                                       "--rounds", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(code(arguments), 0);
    return part().at("exact").get<bool>();
  };
  EXPECT_TRUE(counts({}));
  EXPECT_FALSE(counts({"--no-exact"}));
  EXPECT_FALSE(counts({"--budget", "10s"}));
  EXPECT_FALSE(counts({"--quick"}));
  EXPECT_TRUE(counts({"--quick", "--exact"}));
}

TEST_F(Bench, LaunchesMoreOftenWhereLaunchesDiffer) {
  ASSERT_EQ(code({"bench", "-b", "epoll", "-k", "fd_scaling/fds=1000,active=1,*", "-k",
                  "fd_scaling/fds=1000,active=100", "--budget", "1s"}),
            0);
  std::map<std::string, std::size_t> launch_rounds;
  for (const Json& record : journal()) {
    if (record.at("record") == "scenario")
      launch_rounds[record.at("parameters")] = record.at("launch_rounds");
  }
  EXPECT_EQ(launch_rounds,
            (std::map<std::string, std::size_t>{{"fds=1000,active=1,order=random", 10},
                                                {"fds=1000,active=100", 5}}));
}

TEST_F(Bench, OffersPartsOfTheSameRateAtAllLoadsOfACurve) {
  ASSERT_EQ(code({"bench", "-b", "epoll", "-k", "open_loop", "--param", "load=25,50", "--rounds",
                  "2", "--no-exact"}),
            0);
  std::set<double> paces;
  std::size_t scenarios = 0;
  for (const Json& record : journal()) {
    if (record.at("record") != "scenario") continue;
    paces.insert(record.at("pace").get<double>());
    ++scenarios;
  }
  EXPECT_EQ(scenarios, 2u);
  EXPECT_EQ(paces.size(), 1u);
  EXPECT_GT(*paces.begin(), 0);
}

TEST_F(Bench, OffersAllArmsTheSameRateInAllLaunchesAndWhenResumed) {
  const std::vector<std::string> arguments{"bench",   "-b",      "epoll,poll", "-k", "open_loop",
                                           "--param", "load=50", "--rounds",   "35", "--no-exact"};
  const auto check = [this] {
    double pace = 0;
    std::set<double> rates;
    std::size_t slots = 0;
    for (const Json& record : journal()) {
      if (record.at("record") == "scenario") pace = record.at("pace");
      if (record.at("record") != "round") continue;
      for (const auto& [_, slot] : record.at("slots").items()) {
        rates.insert(slot.at("values").at("planned_rate").get<double>());
        ++slots;
      }
    }
    EXPECT_GT(pace, 0);
    EXPECT_EQ(rates, std::set<double>{pace / 2});
    EXPECT_EQ(slots, 14u * 3);  // more rounds than those of one launch
  };
  ASSERT_EQ(code(arguments), 0);
  check();
  run_through_kills(arguments, std::chrono::milliseconds(1500), [] {});
  check();
}

TEST_F(Bench, RefusesParametersThatMakeNoSense) {
  const auto refusal = [this](const std::string& parameter, int code) {
    const WorkerOutcome outcome =
        run({"bench", "-b", "epoll", "-k", "ping_pong", "--param", parameter, "--quick"});
    EXPECT_EQ(outcome.code, code) << parameter;
    return outcome.errors + outcome.output;
  };
  EXPECT_THAT(refusal("bytes=abc", 2), HasSubstr("use a whole number"));
  EXPECT_THAT(refusal("bytes=1,loops=2", 2),
              HasSubstr("give each parameter by itself, --param bytes=... --param loops=2"));
  EXPECT_THAT(refusal("byts=1", 2), HasSubstr("did you mean 'bytes'?"));
  EXPECT_THAT(refusal("bytes", 2), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(refusal("bytes=0", 2), HasSubstr("bytes=0: use a whole number from 1 to 65536"));
}

TEST_F(Bench, RefusesWhatCannotBeMeasured) {
  const auto refusal = [this](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"bench", "-b", "epoll", "--quick"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const WorkerOutcome outcome = run(std::move(arguments));
    EXPECT_EQ(outcome.code, 2) << outcome.errors;
    EXPECT_FALSE(std::filesystem::exists(results_ / "latest")) << "no run is begun";
    return outcome.errors;
  };
  EXPECT_THAT(refusal({"-k", "fd_scaling", "--param", "fds=10", "--param", "active=11"}),
              HasSubstr("active=11 is more than fds=10"));
  EXPECT_THAT(refusal({"-k", "ping_pong", "--param", "depth=1"}),
              HasSubstr("ping_pong has no parameter 'depth'"));
  EXPECT_THAT(refusal({"-k", "fd_scaling", "--param", "fds=10", "--param", "fds=20"}),
              HasSubstr("--param fds is given twice"));
  EXPECT_THAT(refusal({"--deep"}), HasSubstr("--quick excludes --deep"));
  EXPECT_THAT(refusal({"--rounds", "0"}), HasSubstr("use a whole number of at least 1"));
  EXPECT_THAT(refusal({"--rounds", "-3"}), HasSubstr("use a whole number of at least 1"));
  EXPECT_THAT(refusal({"--budget", "-5s"}), HasSubstr("'-5s' is no time limit"));
  EXPECT_THAT(refusal({"--budget=0s"}), HasSubstr("'0s' is no time limit"));
}

TEST(SharedTime, WhatOneScenarioOverrunsIsBorneByAllThatFollow) {
  using std::chrono::seconds;
  ScenarioPlan scenario;
  scenario.effort = kQuickEffort;
  scenario.arms.resize(2);
  scenario.slot_ms = 10;
  ScenarioPlan twice = scenario;
  twice.arms.resize(4);
  const std::vector<ScenarioPlan> plan{scenario, twice, scenario, scenario};
  const std::span<const ScenarioPlan> all = plan;
  const auto near = [](Duration one, Duration other) {
    return std::chrono::abs(one - other) < std::chrono::microseconds(1);
  };
  EXPECT_TRUE(near(share_of_first(all, seconds(50)), seconds(10)));
  EXPECT_TRUE(near(share_of_first(all.subspan(1), seconds(40)), seconds(20)));
  EXPECT_TRUE(near(share_of_first(all.subspan(1), seconds(20)), seconds(10)));  // 30 s were used
  EXPECT_TRUE(near(share_of_first(all.subspan(3), seconds(20)), seconds(20)));
  EXPECT_LE(share_of_first(all.subspan(2), -seconds(1)), Duration{});
}

TEST(SharedTime, WhatItTakesUntilTheFirstRoundIsNotScaled) {
  ScenarioPlan many;
  many.effort = kQuickEffort;
  many.arms.resize(2);
  many.judged = true;
  ScenarioPlan few = many;
  few.judged = false;
  const std::vector<ScenarioPlan> few_first{few, many};
  const std::vector<ScenarioPlan> many_first{many, few};
  const Duration all = estimate(few_first);
  EXPECT_GT(share_of_first(few_first, all / 2), estimate(few) / 2);
  EXPECT_LT(share_of_first(many_first, all / 2), estimate(many) / 2);
}

TEST_F(Bench, GivesNoVerdictOnMoreBusyThreadsThanProcessors) {
  cpu_set_t all;
  cpu_set_t one;
  CPU_ZERO(&one);
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);  // children have it, too
  const std::string output =
      run({"bench", "-b", "epoll", "-k", "ping_pong/loops=?,bytes=1", "--dry-run"}).output;
  ASSERT_EQ(::sched_setaffinity(0, sizeof all, &all), 0);
  EXPECT_THAT(output, testing::ContainsRegex(
                          "loops=2,bytes=1: [0-9]+ arms, [0-9]+ rounds, no verdict: 2 busy threads "
                          "on 1 processor\n"));
  EXPECT_THAT(output, testing::ContainsRegex("loops=1,bytes=1: [0-9]+ arms, [0-9]+ rounds\n"));
}

TEST_F(Bench, JudgesAsListedWhatParametersAskFor) {
  const auto plan = [this](const std::string& workload, const std::vector<std::string>& values) {
    std::vector<std::string> arguments{"bench", "-b", "epoll", "-k", workload, "--dry-run"};
    for (const std::string& each : values) arguments.insert(arguments.end(), {"--param", each});
    return run(arguments).output;
  };
  const std::string listed =
      run({"bench", "-b", "epoll", "-k", "toggle/fds=100,off=at_once", "--dry-run"}).output;
  EXPECT_EQ(plan("toggle", {"off=at_once", "fds=100"}), listed);
  EXPECT_EQ(plan("toggle", {"off=at_once"}), listed) << "100 pairs are the standard";
  EXPECT_THAT(listed, testing::Not(HasSubstr("no verdict")));
  EXPECT_THAT(plan("null", {"work=ring"}), HasSubstr(", no verdict\n"));
  EXPECT_THAT(plan("null", {"work=passes"}), HasSubstr(", no verdict\n"));
  EXPECT_THAT(plan("toggle", {"fds=1"}), HasSubstr(", no verdict\n"));
  EXPECT_THAT(plan("toggle", {"fds=2"}), testing::Not(HasSubstr("no verdict")));
}

TEST_F(Bench, ABackendThatDoesHarmCostsItsOwnRowsOnly) {
  const auto module = std::filesystem::path(LOOPMARK_TEST_BACKENDS) / "hostile.so";
  code({"bench", "-b", module.string() + ",epoll", "-k", "ping_pong", "--param", "bytes=1",
        "--rounds", "6", "--seed", "5", "--quick"});
  std::map<std::string, bool> measured;
  for (const Json& line : Json::parse(contents(results_ / "latest/bench.json"))) {
    if (line.at("workload") != "ping_pong") continue;
    EXPECT_EQ(line.contains("ns"), !line.contains("not_measured"));
    measured[line.at("arm")] = line.contains("ns");
    EXPECT_EQ(line.at("rounds") == 6, line.contains("ns")) << line;
  }
  std::map<std::string, bool> expected{{"bare/epoll", true},
                                       {"epoll", true},
                                       {"hostile/sound", true},
                                       {"hostile/lingers", true},
                                       {"hostile/crashes", false},
                                       {"hostile/leaves", false},
                                       {"hostile/hangs", false},
                                       {"hostile/closes_descriptors", false},
                                       {"hostile/writes_garbage", false},
                                       {"hostile/eats_memory", false}};
  for (const auto& [arm, _] : measured) {  // the twin, the planted one
    if (!arm.starts_with("hostile/") && !expected.contains(arm)) expected[arm] = true;
  }
  if (kSanitizer[0] != '\0') {  // no limit on memory there
    expected.erase("hostile/eats_memory");
    measured.erase("hostile/eats_memory");
  }
  EXPECT_EQ(measured, expected);
  EXPECT_EQ(part().at("complete"), true);
}

}  // namespace
}  // namespace loopmark::harness
