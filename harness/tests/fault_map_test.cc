// SPDX-License-Identifier: MIT
#include "harness/fault_map.h"

#include <gmock/gmock.h>

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSmall =
    "| Fault | Modelled on | Mutants | Clauses | Shows on |\n"
    "|---|---|---|---|---|\n"
    "| A call is early | libuv 4773 | early sooner | TIME-BASIC-01 TIME-BASIC-02 | all |\n"
    "| A child disturbs its parent | systemd 72 | | | outside: no clause is about fork |\n";

TEST(Faults, AreReadFromATable) {
  const std::vector<MappedFault> faults = parse_faults(kSmall);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].what, "A call is early");
  EXPECT_THAT(faults[0].mutants, ElementsAre("early", "sooner"));
  EXPECT_THAT(faults[0].clauses, ElementsAre("TIME-BASIC-01", "TIME-BASIC-02"));
  EXPECT_THAT(faults[0].shows_on, ElementsAre("all"));
  EXPECT_EQ(faults[1].outside, "no clause is about fork");
}

std::string complaint(const std::string& row) {
  try {
    parse_faults(kSmall + row);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(Faults, NameTheLineOfAMalformedRow) {
  EXPECT_EQ(complaint("| a | b | c |\n"), "FAULTS.md:5: the row has 3 cells, a fault has 5");
  EXPECT_THAT(complaint("| a | b | mutant | | all |\n"), HasSubstr("needs mutants and clauses"));
  EXPECT_THAT(complaint("| a | b | m | TIME-01 | outside: x |\n"), HasSubstr("not both"));
  EXPECT_THAT(complaint("| a | b | m | TIME-01 | |\n"), HasSubstr("where it shows"));
  EXPECT_THAT(complaint("| a | | m | TIME-01 | all |\n"), HasSubstr("modelled on"));
}

BackendInfo mutant(const std::string& name, const std::string& reference,
                   const std::string& mechanism = "epoll") {
  BackendInfo info;
  info.name = "mutant/" + name + "+" + mechanism;
  info.library = reference;
  info.mechanism = mechanism;
  return info;
}

TEST(Faults, AgreeWithContractAndMutants) {
  const std::vector<MappedFault> faults = parse_faults(kSmall);
  const std::vector<BackendInfo> all{mutant("early", "libuv 4773"), mutant("sooner", "own"),
                                     mutant("other", "own, by a pipe's size")};
  EXPECT_THAT(check_faults(faults, contract(), all), IsEmpty());
  EXPECT_THAT(check_faults(faults, contract(), {all[0]}),
              ElementsAre("the fault \"A call is early\" names the mutant 'sooner', which there is "
                          "not"));
  EXPECT_THAT(check_faults(faults, {}, all), testing::SizeIs(2));
  EXPECT_THAT(check_faults({}, contract(), {all[0], mutant("early", "libuv 4773", "poll")}),
              ElementsAre("mutant/early is modelled on \"libuv 4773\", of which FAULTS.md has no "
                          "row with this mutant"));
}

/// What is wrong with a fault of the mutants "early" and "late" that says that it shows there.
std::vector<std::string> check_place(const std::string& place, std::vector<BackendInfo> rows) {
  rows.push_back(mutant("other", "own", "poll"));
  const auto faults =
      parse_faults("| F | libuv 1 | early late | TIME-BASIC-01 | " + place + " |\n");
  return check_faults(faults, contract(), rows);
}

TEST(Faults, ShowWhereTheySay) {
  const BackendInfo early = mutant("early", "own"), late = mutant("late", "own", "poll");
  const BackendInfo late_on_epoll = mutant("late", "own");
  for (const char* place : {"all", "own loop", "epoll, poll", "epoll; poll (of select: no)"})
    EXPECT_THAT(check_place(place, {early, late}), IsEmpty()) << place;
  EXPECT_THAT(check_place("epoll (and io_uring)", {early, late_on_epoll}), IsEmpty());
  EXPECT_THAT(
      check_place("all", {early, late_on_epoll}),
      ElementsAre("the fault \"F\" says that it shows on epoll, poll, its mutants do on epoll"));
  EXPECT_THAT(
      check_place("epoll", {early, late}),
      ElementsAre("the fault \"F\" says that it shows on epoll, its mutants do on epoll, poll"));
  EXPECT_THAT(check_place("epol", {early, late_on_epoll}),
              ElementsAre("the fault \"F\" says that it shows on epol, its mutants do on epoll"));
}

TEST(Faults, MayBeLeftToASearch) {
  const auto faults = parse_faults(
      "| A queue has no lock | uvloop 4b | interleavings/no_lock | THR-FROM-03 | all |\n");
  EXPECT_THAT(check_faults(faults, contract(), {mutant("other", "own")}), IsEmpty());
  EXPECT_THAT(check_catches(faults, {}), IsEmpty());
}

TEST(Faults, AreCaughtWhereTheySay) {
  const std::vector<MappedFault> faults = parse_faults(kSmall);
  MutantReport report;
  report.caught_by["mutant/early+epoll"] = {"TIME-ORDER-01/Case", "TIME-BASIC-02/Case"};
  report.caught_by["mutant/other+epoll"] = {};
  EXPECT_THAT(check_catches(faults, report), IsEmpty());
  report.caught_by["mutant/early+poll"] = {"TIME-BASIC-03/Case"};
  EXPECT_THAT(check_catches(faults, report),
              ElementsAre("mutant/early+poll is not caught by a case of TIME-BASIC-01 or "
                          "TIME-BASIC-02 (\"A call is early\")"));
}

TEST(TheFaults, NameClausesOfTheContract) {
  const std::vector<MappedFault> faults = parse_faults(fault_text());
  EXPECT_GE(faults.size(), 100U);
  for (const MappedFault& fault : faults) {
    for (const std::string& clause : fault.clauses)
      EXPECT_NE(contract().find(clause), nullptr) << clause;
  }
}

}  // namespace
}  // namespace loopmark::harness
