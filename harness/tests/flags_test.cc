// SPDX-License-Identifier: MIT
//
// A row that breaks a law carries its name, wherever the row is shown.
#include "harness/flags.h"

#include <gmock/gmock.h>

#include <sstream>

#include "harness/bench_export.h"
#include "harness/bench_table.h"
#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// libev's wrapper costs 18 % more than libev, libevent's 1 %.
std::vector<ScenarioResult> taxed() {
  return {synthetic_result("ping_pong", "loops=1",
                           {{"bare/epoll", 100},
                            {"libev/epoll", 130},
                            {"api:libev/epoll", 110},
                            {"libevent/epoll", 111},
                            {"api:libevent/epoll", 110}})};
}

/// The first line of `text` with `part` in it.
std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != line.npos) return line;
  }
  return "";
}

TEST(Flags, StandInTheRowsOfTheTable) {
  for (const char* const format : {"md", "text"}) {
    const std::string table = bench_tables(taxed(), format);
    EXPECT_THAT(line_with(table, "BACKEND"), HasSubstr("FLAGS"));
    EXPECT_THAT(line_with(table, "libev/epoll"),
                AllOf(HasSubstr("slower"), HasSubstr("wrapper-tax")));
    EXPECT_THAT(line_with(table, "libevent/epoll"),
                AllOf(HasSubstr("slower"), Not(HasSubstr("wrapper-tax"))));
  }
  const std::string unflagged = bench_tables(
      {synthetic_result("ping_pong", "loops=1", {{"bare/epoll", 100}, {"epoll", 110}})}, "md");
  EXPECT_THAT(unflagged, Not(HasSubstr("FLAGS")));
}

TEST(Flags, StandAtThePointsOfCurves) {
  ScenarioResult point = synthetic_result("registration", "phase=add,fds=10",
                                          {{"bare/epoll", 100}, {"epoll", 110}, {"poll", 10}}, 20,
                                          {{"epoll", "poll(2)"}, {"poll", "poll(2)"}}, false);
  const std::string table = bench_tables({point}, "md");
  EXPECT_THAT(table, HasSubstr("| epoll | 110 (1.10) ! |"));
  EXPECT_THAT(table, HasSubstr("| poll | 10 (0.10) |"));
  EXPECT_THAT(table, HasSubstr("! breaks waits-as-declared: epoll(phase=add,fds=10)"));
}

TEST(Flags, StandInJsonWithWhatWasObservedAndExpected) {
  std::size_t rows = 0;
  for (const Json& row : bench_json(taxed(), kOrigin)) {
    ++rows;
    if (row.at("arm") != "libev/epoll") {
      EXPECT_EQ(row.at("flags"), Json::array()) << row;
      continue;
    }
    ASSERT_EQ(row.at("flags").size(), 1u);
    EXPECT_EQ(row.at("flags")[0].at("law"), "wrapper-tax");
    EXPECT_THAT(row.at("flags")[0].at("observed").get<std::string>(), HasSubstr("1.182"));
    EXPECT_EQ(row.at("flags")[0].at("expected"), "at most 1.05");
  }
  EXPECT_EQ(rows, 5u);
}

TEST(Flags, StandInCsv) {
  const std::string csv = bench_csv(taxed(), kOrigin);
  EXPECT_THAT(line_with(csv, "workload,"), HasSubstr(",evidence,doubt,flags,"));
  EXPECT_THAT(line_with(csv, ",libev/epoll,"), HasSubstr(",\"wrapper-tax\","));
  EXPECT_THAT(line_with(csv, ",libevent/epoll,"), Not(HasSubstr("wrapper-tax")));
}

TEST(Flags, AreForBrokenLawsAloneAndForEveryRowThatOneRestsOn) {
  const ScenarioResult first = synthetic_result("w", "n=1", {{"a", 1}, {"b", 1}});
  const ScenarioResult second = synthetic_result("w", "n=2", {{"a", 1}, {"b", 1}});
  const auto finding = [](const char* law, Standing standing) {
    return LawFinding{law, "w by n", "b", "", "", standing, {"w/n=1", "w/n=2"}};
  };
  const Flags flags({finding("one", Standing::kBroken), finding("two", Standing::kOpen),
                     finding("three", Standing::kNotJudged), finding("four", Standing::kHolds),
                     finding("five", Standing::kBroken)});
  for (const ScenarioResult& result : {first, second}) {
    EXPECT_EQ(flags.names(result, *result.find("b")), "one, five");
    EXPECT_EQ(flags.names(result, *result.find("a")), "");
  }
}

}  // namespace
}  // namespace loopmark::harness
