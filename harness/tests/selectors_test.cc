// SPDX-License-Identifier: MIT
#include "harness/selectors.h"

#include <gmock/gmock.h>

#include "harness/exit_code.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using List = std::vector<std::string>;

BackendInfo row(const std::string& name, const std::string& library,
                BackendInfo::Status status = BackendInfo::Status::kReady) {
  BackendInfo info;
  info.name = name;
  info.library = library;
  info.status = status;
  info.reason = "the reason";
  return info;
}

BackendCatalogue catalogue() {
  BackendCatalogue all;
  all.backends = {row("poll", "loopmark"),
                  row("epoll", "loopmark"),
                  row("libev/epoll", "libev"),
                  row("libev/poll", "libev"),
                  row("libuv", "libuv", BackendInfo::Status::kNotBuilt),
                  row("libev/aio", "libev", BackendInfo::Status::kUnavailable)};
  all.backends[2].alias = "libev";
  all.backends[3].module = "/modules/libev.so";
  return all;
}

List backends(const List& selectors) {
  const BackendCatalogue all = catalogue();
  List names;
  for (const BackendInfo* each : select_backends(all, split_selectors(selectors)))
    names.push_back(each->name);
  return names;
}

/// The exit code and the message of the refusal.
template <class Select>
std::pair<ExitCode, std::string> refusal(Select select) {
  try {
    select();
  } catch (const CommandError& error) {
    return {error.code, error.what()};
  }
  return {ExitCode::kOk, ""};
}

std::pair<ExitCode, std::string> refusal_of_backends(const List& selectors) {
  return refusal([&selectors] { backends(selectors); });
}

TEST(BackendSelectors, NameOneOrMany) {
  EXPECT_THAT(backends({"epoll"}), ElementsAre("epoll"));
  EXPECT_THAT(backends({"libev"}), ElementsAre("libev/epoll"));
  EXPECT_THAT(backends({"libev/*"}), ElementsAre("libev/epoll", "libev/poll", "libev/aio"));
  EXPECT_THAT(backends({"native"}), ElementsAre("poll", "epoll"));
  EXPECT_THAT(backends({"epoll,poll", "libev"}), ElementsAre("poll", "epoll", "libev/epoll"));
  EXPECT_THAT(backends({"/modules/libev.so"}), ElementsAre("libev/poll"));
  EXPECT_EQ(backends({}), backends({"all"}));
  EXPECT_EQ(backends({}).size(), 6U);
}

TEST(BackendSelectors, TakeAway) {
  EXPECT_THAT(backends({"native,!poll"}), ElementsAre("epoll"));
  EXPECT_THAT(backends({"!libev/*,-native"}), ElementsAre("libuv"));
  EXPECT_THAT(backends({"all,-libev/*,-libuv"}), ElementsAre("poll", "epoll"));
}

TEST(BackendSelectors, ThatAreUnknownAreRefusedWithASuggestion) {
  const auto [code, message] = refusal_of_backends({"epol"});
  EXPECT_EQ(code, ExitCode::kUsage);
  EXPECT_THAT(message, HasSubstr("there is no backend 'epol'; did you mean 'epoll'?"));
  EXPECT_EQ(refusal_of_backends({"all,!epol"}).first, ExitCode::kUsage);
}

TEST(BackendSelectors, ThatNameWhatIsNotReadySayWhy) {
  EXPECT_EQ(
      refusal_of_backends({"libuv"}),
      std::pair(ExitCode::kEnvironment, std::string("backend 'libuv' is not built: the reason")));
  EXPECT_EQ(refusal_of_backends({"libev/aio"}).first, ExitCode::kEnvironment);
  EXPECT_THAT(backends({"lib*v/aio"}), ElementsAre("libev/aio"));  // not by name: shown and counted
}

TEST(BackendSelectors, ThatLeaveNothingAreNoRun) {
  EXPECT_EQ(refusal_of_backends({"epoll,!native"}).first, ExitCode::kNothingRan);
  EXPECT_EQ(refusal_of_backends({"qt/*"}).first, ExitCode::kNothingRan);
}

CaseInfo test_case(const std::string& clause, const std::string& name) {
  CaseInfo info;
  info.clause = clause;
  info.name = name;
  return info;
}

const Contract& small_contract() {
  static const Contract parsed = parse_contract(
      "## 1. Time (TIME)\n"
      "| TIME-CANCEL-01 | MUST | x | y | case |\n| TIME-CAN-01 | MUST | x | y | case |\n"
      "## 2. Sockets (TCP)\n| TCP-01 | MUST | x | y | reason: not built yet |\n");
  return parsed;
}

List cases(const List& selectors, const List& excluded = {}) {
  const std::vector<CaseInfo> all{test_case("TIME-CANCEL-01", "Silent"),
                                  test_case("TIME-CANCEL-01", "Twice"),
                                  test_case("TIME-CAN-01", "Can"), test_case("FD-01", "Silent")};
  List ids;
  for (const CaseInfo* each : select_cases(all, small_contract(), selectors, excluded))
    ids.push_back(each->id());
  return ids;
}

TEST(CaseSelectors, NameClausesBeginningsCasesAndPatterns) {
  EXPECT_THAT(cases({"TIME-CANCEL-01"}),
              ElementsAre("TIME-CANCEL-01/Silent", "TIME-CANCEL-01/Twice"));
  EXPECT_THAT(cases({"TIME-CAN"}), ElementsAre("TIME-CAN-01/Can"));
  EXPECT_EQ(cases({"TIME"}).size(), 3U);
  EXPECT_THAT(cases({"Silent"}), ElementsAre("TIME-CANCEL-01/Silent", "FD-01/Silent"));
  EXPECT_THAT(cases({"TIME-CANCEL-01/Twice"}), ElementsAre("TIME-CANCEL-01/Twice"));
  EXPECT_THAT(cases({"*-01/S*"}), ElementsAre("TIME-CANCEL-01/Silent", "FD-01/Silent"));
  EXPECT_EQ(cases({}).size(), 4U);
}

TEST(CaseSelectors, TakeAway) {
  EXPECT_THAT(cases({}, {"TIME"}), ElementsAre("FD-01/Silent"));
  EXPECT_THAT(cases({"TIME", "!Can"}, {"Twice"}), ElementsAre("TIME-CANCEL-01/Silent"));
}

TEST(CaseSelectors, ThatAreUnknownAreRefusedWithASuggestion) {
  const auto [code, message] = refusal([] { cases({"TIME-CANCEL-O1"}); });
  EXPECT_EQ(code, ExitCode::kUsage);
  EXPECT_THAT(message, HasSubstr("did you mean 'TIME-CANCEL-01'?"));
  EXPECT_EQ(refusal([] { cases({}, {"TIM"}); }).first, ExitCode::kUsage);
}

TEST(CaseSelectors, ThatMeanAClauseWithoutCaseSayWhy) {
  EXPECT_EQ(refusal([] { cases({"TCP"}); }),
            std::pair(ExitCode::kNothingRan,
                      std::string("no case judges TCP-01 (reason: not built yet)")));
  EXPECT_EQ(refusal([] { cases({"X*"}); }).first, ExitCode::kNothingRan);
  EXPECT_EQ(refusal([] { cases({"FD"}, {"FD"}); }).first, ExitCode::kNothingRan);
}

TEST(Selectors, OfAnEmptyListAreAMistake) {
  EXPECT_THROW(split_selectors({""}), UsageError);
  EXPECT_THROW(split_selectors({"epoll", ","}), UsageError);
  EXPECT_EQ(split_selectors({"epoll,,poll"}).size(), 2u);
}

}  // namespace
}  // namespace loopmark::harness
