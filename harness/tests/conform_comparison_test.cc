// SPDX-License-Identifier: MIT
#include "harness/conform_comparison.h"

#include <gmock/gmock.h>

namespace loopmark::harness {
namespace {

CellResult cell(const std::string& backend, Verdict verdict) {
  CellResult result;
  result.backend = backend;
  result.clause = "FD-ADD-01";
  result.name = "Passes";
  result.verdict = verdict;
  return result;
}

TEST(ConformComparison, NamesEachKindOfChange) {
  struct Row {
    Verdict before, after;
    CellChange change;
  };
  for (const Row& row :
       {Row{Verdict::kPass, Verdict::kFail, CellChange::kNewlyFailing},
        Row{Verdict::kDeviates, Verdict::kUnexpectedPass, CellChange::kNewlyFailing},
        Row{Verdict::kNotSupported, Verdict::kTimeout, CellChange::kNewlyFailing},
        Row{Verdict::kFail, Verdict::kPass, CellChange::kNewlyPassing},
        Row{Verdict::kNotSupported, Verdict::kPass, CellChange::kNewlyPassing},
        Row{Verdict::kPass, Verdict::kUnavailable, CellChange::kNoLongerPassing},
        Row{Verdict::kPass, Verdict::kDeviates, CellChange::kNoLongerPassing},
        Row{Verdict::kFail, Verdict::kCrash, CellChange::kOtherwise},
        Row{Verdict::kFail, Verdict::kDeviates, CellChange::kOtherwise},
        Row{Verdict::kNotRun, Verdict::kFail, CellChange::kAppeared},
        Row{Verdict::kPass, Verdict::kNotRun, CellChange::kGone}}) {
    const auto changed = compare_cells({cell("epoll", row.before)}, {cell("epoll", row.after)});
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(changed[0].change, row.change) << word(row.before) << " to " << word(row.after);
    EXPECT_EQ(changed[0].before, row.before);
    EXPECT_EQ(changed[0].after, row.after);
  }
}

TEST(ConformComparison, SaysNothingOfWhatIsTheSame) {
  for (const Verdict verdict : {Verdict::kPass, Verdict::kFail, Verdict::kNotRun})
    EXPECT_TRUE(compare_cells({cell("epoll", verdict)}, {cell("epoll", verdict)}).empty());
}

TEST(ConformComparison, GoesByBackendAndCase) {
  const auto changed =
      compare_cells({cell("poll", Verdict::kFail), cell("epoll", Verdict::kPass)},
                    {cell("epoll", Verdict::kPass), cell("select", Verdict::kFail)});
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0].change, CellChange::kAppeared);
  EXPECT_EQ(changed[0].cell.backend, "select");
  EXPECT_EQ(changed[1].change, CellChange::kGone);
  EXPECT_EQ(changed[1].cell.backend, "poll");
}

TEST(ConformComparison, OnlyWhatGotWorseIsARegression) {
  EXPECT_TRUE(is_regression(CellChange::kNewlyFailing));
  EXPECT_TRUE(is_regression(CellChange::kNoLongerPassing));
  for (const auto change : {CellChange::kNewlyPassing, CellChange::kOtherwise,
                            CellChange::kAppeared, CellChange::kGone})
    EXPECT_FALSE(is_regression(change));
}

}  // namespace
}  // namespace loopmark::harness
