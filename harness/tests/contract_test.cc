// SPDX-License-Identifier: MIT
#include "harness/contract.h"

#include <gmock/gmock.h>

#include "harness/contract_check.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSmall =
    "# Title\n"
    "| TIME-00 | before any section, so no clause | x | y | case |\n"
    "## 1. Time and delays (TIME)\n"
    "Clauses: 2 (1 MUST, 1 SHOULD, 0 MAY).\n"
    "| Clause | Level | Requirement | Observed by | Judged |\n"
    "|---|---|---|---|---|\n"
    "| TIME-01 | MUST | Never early, `a \\| b`. | The log | case |\n"
    "| TIME-02 | SHOULD | In order. | The log | reason: not built |\n";

TEST(Contracts, AreReadBySections) {
  const Contract contract = parse_contract(kSmall);
  ASSERT_EQ(contract.sections.size(), 1U);
  EXPECT_EQ(contract.sections[0].prefix, "TIME");
  EXPECT_EQ(contract.sections[0].title, "Time and delays");
  EXPECT_EQ(contract.sections[0].counts, counted(contract.sections[0]));
  EXPECT_EQ(contract.find("TIME-01")->requirement, "Never early, `a | b`.");
  EXPECT_EQ(contract.find("TIME-02")->judged, "reason: not built");
  EXPECT_EQ(contract.find("TIME-03"), nullptr);
}

std::string complaint(const std::string& row) {
  try {
    parse_contract(std::string(kSmall) + row);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(Contracts, NameTheLineOfAMalformedRow) {
  EXPECT_EQ(complaint("| TIME-03 | MUST | x | y | z | case |\n"),
            "CONTRACT.md:9: the row has 6 cells, a clause has 5");
  EXPECT_THAT(complaint("| TIME-03 | SHALL | x | y | case |\n"), HasSubstr("has level 'SHALL'"));
  EXPECT_THAT(complaint("| TIME-03 | MUST | x | y | perhaps |\n"),
              HasSubstr("is judged by 'perhaps'"));
  EXPECT_THAT(complaint("| TIME-01 | MUST | x | y | case |\n"), HasSubstr("repeats TIME-01"));
}

TEST(TheContract, HasTheClausesThatItCounts) {
  std::size_t clauses = 0;
  for (const Section& section : contract().sections) {
    EXPECT_EQ(section.counts, counted(section)) << section.prefix;
    clauses += section.clauses.size();
  }
  EXPECT_THAT(std::string(contract_text()),
              HasSubstr("The contract has " + std::to_string(clauses) + " clauses"));
}

CaseInfo test_case(const std::string& clause, const std::vector<std::string>& catches) {
  CaseInfo info;
  info.clause = clause;
  info.name = "Case";
  info.catches = catches;
  info.file = "a.cc";
  info.line = 3;
  return info;
}

std::vector<BackendInfo> one_mutant() {
  BackendInfo mutant;
  mutant.name = "mutant/early+epoll";
  return {mutant};
}

std::vector<std::string> check(const std::vector<CaseInfo>& cases,
                               const std::string& text = kSmall) {
  return check_contract(parse_contract(text), cases, one_mutant());
}

TEST(ContractCheck, IsContentWithWhatAgrees) {
  for (const char* name : {"mutant/early", "early"}) {
    EXPECT_THAT(check({test_case("TIME-01", {name})}), IsEmpty());
  }
}

TEST(ContractCheck, FindsWhatDoesNot) {
  EXPECT_THAT(check({}), ElementsAre("TIME-01 is judged by a case, and there is none"));
  EXPECT_THAT(check({test_case("TIME-01", {"early"}), test_case("TIME-02", {"early"})}),
              ElementsAre("TIME-02 has a case, and yet a reason: not built"));
  EXPECT_THAT(check({test_case("TIME-01", {"early"}), test_case("TIME-09", {"early"})}),
              ElementsAre("TIME-09/Case (a.cc:3) judges a clause that the contract does not have"));
  EXPECT_THAT(check({test_case("TIME-01", {})}),
              ElementsAre("TIME-01/Case (a.cc:3) names no mutant that it catches"));
  EXPECT_THAT(check({test_case("TIME-01", {"late"})}),
              ElementsAre("TIME-01/Case (a.cc:3) names the mutant 'late', which there is not"));
  std::string miscounted = kSmall;
  miscounted.replace(miscounted.find("Clauses: 2"), 10, "Clauses: 3");
  EXPECT_THAT(check({test_case("TIME-01", {"early"})}, miscounted),
              ElementsAre("section TIME says it has 3 (1 MUST, 1 SHOULD, 0 MAY) clauses, and has 2 "
                          "(1 MUST, 1 SHOULD, 0 MAY)"));
}

}  // namespace
}  // namespace loopmark::harness
