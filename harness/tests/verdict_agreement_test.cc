// SPDX-License-Identifier: MIT
#include "harness/verdict_agreement.h"

#include <gmock/gmock.h>

#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

SyntheticScenario with_ratios(double a, double b) {
  return {.arms = {{"base"}, {"twin"}, {"a", a}, {"b", b}}};
}

std::vector<VerdictPair> pairs_of(const SyntheticScenario& before, const SyntheticScenario& after) {
  return verdicts_of_both(results_of(before), results_of(after));
}

TEST(VerdictAgreement, TellsOppositeVerdictsFromThoseThatOneRunAloneHas) {
  const auto pairs = pairs_of(with_ratios(1.2, 1.2), with_ratios(0.8, 1.0));
  ASSERT_EQ(pairs.size(), 2u);  // neither the baseline nor its twin
  EXPECT_EQ(pairs[0].arm, "a");
  EXPECT_TRUE(pairs[0].is_opposite());
  EXPECT_EQ(pairs[1].before, Comparison::kSlower);
  EXPECT_EQ(pairs[1].after, Comparison::kSame);
  EXPECT_FALSE(pairs[1].is_opposite());
  const std::string text = agreement_text(pairs);
  EXPECT_THAT(text,
              HasSubstr("2 arms were judged in both runs: 0 the same (0.0 %), 1 otherwise and "
                        "no contradiction, 1 opposite"));
  EXPECT_THAT(text, HasSubstr("OPPOSITE: fake/size=1, a: slower, then faster"));
}

TEST(VerdictAgreement, CountsWhatBothSay) {
  EXPECT_THAT(agreement_text(pairs_of(with_ratios(1.2, 1), with_ratios(1.3, 1))),
              HasSubstr("2 the same (100.0 %), 0 otherwise and no contradiction, 0 opposite"));
}

TEST(VerdictAgreement, TakesADisputedVerdictForAnother) {
  SyntheticScenario disputed = with_ratios(1.2, 1);
  disputed.arms[2].cpu_ratio = 0.8;
  EXPECT_THAT(agreement_text(pairs_of(with_ratios(1.2, 1), disputed)),
              HasSubstr("1 the same (50.0 %), 1 otherwise and no contradiction, 0 opposite"));
  EXPECT_THAT(agreement_text(pairs_of(disputed, disputed)), HasSubstr("2 the same"));
}

TEST(VerdictAgreement, LeavesOutWhatGetsNoVerdict) {
  SyntheticScenario curve = with_ratios(1.2, 1);
  curve.judged = false;
  EXPECT_THAT(pairs_of(curve, curve), IsEmpty());
  SyntheticScenario invalid = with_ratios(1.2, 1);
  invalid.arms[1].ratio = 1.1;  // the twin
  EXPECT_THAT(pairs_of(with_ratios(1.2, 1), invalid), IsEmpty());
  SyntheticScenario another = with_ratios(1.2, 1);
  another.quantity = Quantity::kProcessorTime;
  EXPECT_THAT(pairs_of(with_ratios(1.2, 1), another), IsEmpty());
  SyntheticScenario lost = with_ratios(1.2, 1);
  lost.arms[2].lost = "was killed";
  EXPECT_EQ(pairs_of(with_ratios(1.2, 1), lost).size(), 1u);
}

}  // namespace
}  // namespace loopmark::harness
