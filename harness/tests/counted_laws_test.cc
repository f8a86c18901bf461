// SPDX-License-Identifier: MIT
//
// Laws that go by what was counted, and not by time.
#include "harness/counted_laws.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

std::vector<LawFinding> broken(const std::vector<ScenarioResult>& results, const std::string& law) {
  std::vector<LawFinding> findings;
  add_counted_laws(results, findings);
  std::erase_if(findings, [&law](const LawFinding& each) { return each.law != law; });
  EXPECT_FALSE(findings.empty()) << law << " was not looked at";
  std::erase_if(findings,
                [](const LawFinding& each) { return each.standing != Standing::kBroken; });
  return findings;
}

Json calls(const Json& by_name) {
  return {{"system_calls", by_name}};
}

ScenarioResult registration(const char* phase, double of_library) {
  ScenarioResult result =
      synthetic_result("registration", std::string("phase=") + phase + ",fds=1000",
                       {{"bare/epoll", 100}, {"libev/epoll", 100}, {"poll", 10}}, 1);
  count(result, "bare/epoll", calls({{"epoll_ctl", 1.0}, {"epoll_wait", 0.001}}));
  count(result, "libev/epoll", calls({{"epoll_ctl", of_library}, {"epoll_wait", 0.001}}));
  count(result, "poll", calls({{"poll", 0.001}}));
  return result;
}

TEST(RegistrationLaw, ALibraryThatTakesMoreOrFewerCallsThanOneIsFlagged) {
  constexpr const char* kLaw = "registration-takes-a-call";
  for (const char* const phase : {"first", "add"}) {
    EXPECT_TRUE(broken({registration(phase, 1.001)}, kLaw).empty()) << "a pass has its own";
    for (const double of_library : {2.0, 0.5, 0.0}) {
      const auto found = broken({registration(phase, of_library)}, kLaw);
      ASSERT_EQ(found.size(), 1u) << phase << " " << of_library;
      EXPECT_EQ(found.front().arm, "libev/epoll");
    }
  }
  std::vector<LawFinding> findings;
  add_counted_laws({registration("remove", 0)}, findings);
  for (const LawFinding& each : findings)
    EXPECT_NE(each.law, kLaw) << "libev tells epoll of no removal";
}

constexpr const char* kWaits = "waits-as-declared";

/// A ping-pong of one arm beside the bare loop, with these counts (null: none) and this evidence.
std::vector<ScenarioResult> waiting(const std::string& arm, const Json& by_name,
                                    const std::string& evidence = "") {
  ScenarioResult result =
      synthetic_result("ping_pong", "loops=1", {{"bare/epoll", 100}, {arm, 110}}, 1,
                       {{"bare/epoll", "bare/epoll"}, {arm, evidence}});
  if (!by_name.is_null()) count(result, arm, calls(by_name));
  return {result};
}

TEST(MechanismLaw, AnArmThatWaitsByAnotherCallThanItDeclaresIsFlagged) {
  const Json epoll{{"epoll_wait", 1.0}, {"read", 1.0}};
  const Json poll{{"poll", 1.0}, {"read", 1.0}};
  const Json select{{"pselect6", 1.0}, {"read", 1.0}};
  EXPECT_TRUE(broken(waiting("libev/epoll", epoll), kWaits).empty());
  EXPECT_TRUE(broken(waiting("libev/poll", poll), kWaits).empty());
  EXPECT_TRUE(broken(waiting("libev/select", select), kWaits).empty());
  const std::pair<const char*, Json> wrong[] = {
      {"libev/epoll", poll}, {"libev/poll", epoll}, {"libev/select", poll}, {"libev/poll", select}};
  for (const auto& [arm, by_name] : wrong) {
    const auto found = broken(waiting(arm, by_name), kWaits);
    ASSERT_EQ(found.size(), 1u) << arm << " " << by_name;
    EXPECT_EQ(found.front().arm, arm);
    EXPECT_EQ(found.front().where, "ping_pong/loops=1");
  }
}

TEST(MechanismLaw, AnotherThreadMayWaitByAnotherCall) {
  EXPECT_TRUE(broken(waiting("select", {{"pselect6", 1.0}, {"epoll_wait", 1.0}}), kWaits).empty());
}

TEST(MechanismLaw, EvidenceThatNamesAnotherMechanismIsFlagged) {
  EXPECT_TRUE(broken(waiting("libev/epoll", {}, "libev's backend epoll"), kWaits).empty());
  EXPECT_TRUE(broken(waiting("epoll", {}, "epoll_wait on anon_inode:[eventpoll]"), kWaits).empty());
  EXPECT_TRUE(broken(waiting("poll", {}, "poll(2)"), kWaits).empty());
  EXPECT_EQ(broken(waiting("libev/epoll", {}, "libev's backend select"), kWaits).size(), 1u);
  EXPECT_EQ(broken(waiting("libev/poll", {}, "libev's backend epoll"), kWaits).size(), 1u);
}

TEST(MechanismLaw, WhatIsNotKnownIsNotJudged) {
  EXPECT_TRUE(broken(waiting("mine/kqueue", {{"kevent", 1.0}}, "kqueue"), kWaits).empty());
  EXPECT_TRUE(broken(waiting("mine/epoll", {{"read", 1.0}}, "mine"), kWaits).empty());
}

}  // namespace
}  // namespace loopmark::harness
