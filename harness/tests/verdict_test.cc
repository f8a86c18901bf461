// SPDX-License-Identifier: MIT
#include "harness/verdict.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/score.h"

namespace loopmark::harness {
namespace {

DeclaredDeviation declares(const std::string& clause, const std::string& how) {
  return {.clause = clause, .how = how, .reason = "so it is", .source = "manual", .program = ""};
}

TEST(Verdicts, HaveWordsAndLettersOfTheirOwn) {
  std::set<std::string_view> words;
  std::set<char> letters;
  for (int i = 0; i <= static_cast<int>(Verdict::kFlaky); ++i) {
    const auto verdict = static_cast<Verdict>(i);
    EXPECT_TRUE(words.insert(word(verdict)).second);
    EXPECT_TRUE(letters.insert(letter(verdict)).second);
    EXPECT_EQ(verdict_of(word(verdict)), verdict);
  }
  EXPECT_THROW(verdict_of("fine"), std::runtime_error);
}

struct Judgement {
  Verdict observed;
  const char* declared;
  Verdict expected;
};

TEST(Verdicts, GoByWhatIsDeclared) {
  const Judgement judgements[] = {
      {Verdict::kPass, nullptr, Verdict::kPass},
      {Verdict::kFail, nullptr, Verdict::kFail},
      {Verdict::kFail, "fail", Verdict::kDeviates},
      {Verdict::kCrash, "crash", Verdict::kDeviates},
      {Verdict::kTimeout, "timeout", Verdict::kDeviates},
      {Verdict::kCrash, "fail", Verdict::kCrash},  // worse than declared
      {Verdict::kFail, "crash", Verdict::kFail},
      {Verdict::kPass, "fail", Verdict::kUnexpectedPass},
      {Verdict::kPass, "crash", Verdict::kUnexpectedPass},
      {Verdict::kNotSupported, "fail", Verdict::kNotSupported},
      {Verdict::kUnavailable, "fail", Verdict::kUnavailable},
  };
  for (const Judgement& each : judgements) {
    const DeclaredDeviation declared = declares("FD-01", each.declared ? each.declared : "");
    EXPECT_EQ(word(judge_cell(each.observed, each.declared ? &declared : nullptr)),
              word(each.expected))
        << word(each.observed)
        << " where declared: " << (each.declared ? each.declared : "nothing");
  }
}

TEST(Deviations, OfACaseGoBeforeThoseOfItsClause) {
  const std::vector<DeclaredDeviation> both{declares("FD-01", "fail"),
                                            declares("FD-01/Named", "crash")};
  EXPECT_EQ(declared_for(both, "FD-01", "Named")->how, "crash");
  EXPECT_EQ(declared_for(both, "FD-01", "Other")->how, "fail");
  EXPECT_EQ(declared_for(both, "FD-011", "Named"), nullptr);
}

CellResult cell(Verdict verdict, const std::string& level) {
  CellResult result;
  result.verdict = verdict;
  result.level = level;
  return result;
}

TEST(Scores, CountADeviationFromAMustAsNotPassed) {
  const std::vector<CellResult> cells{
      cell(Verdict::kPass, "MUST"),         cell(Verdict::kDeviates, "MUST"),
      cell(Verdict::kDeviates, "SHOULD"),   cell(Verdict::kFail, "SHOULD"),
      cell(Verdict::kNotSupported, "MUST"), cell(Verdict::kUnavailable, "MUST")};
  EXPECT_EQ(to_string(score(cells)), "1/3 of 6");
  EXPECT_EQ(summary(cells),
            "6 cells: 1 pass, 1 fail, 1 not_supported, 1 unavailable, 2 deviates (1 MUST)");
  EXPECT_EQ(verdict_text(cells[1]), "deviates (MUST)");
}

TEST(Failures, AreWhatMakesARunFail) {
  std::string letters;
  for (int i = 0; i <= static_cast<int>(Verdict::kFlaky); ++i) {
    if (is_failure(static_cast<Verdict>(i))) letters += letter(static_cast<Verdict>(i));
  }
  EXPECT_EQ(letters, "FCT!~");
}

}  // namespace
}  // namespace loopmark::harness
