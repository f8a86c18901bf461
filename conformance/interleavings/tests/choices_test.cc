// SPDX-License-Identifier: MIT
#include "conformance/interleavings/choices.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace loopmark::conformance::interleavings {
namespace {

/// The orders in which two threads of `steps` steps each are taken, with at most `preemptions`; fails on a double.
std::set<std::string> orders_of_two(std::size_t steps, std::size_t preemptions) {
  std::set<std::string> all;
  Choices choices(preemptions);
  do {
    std::size_t left[2] = {steps, steps};
    std::size_t current = 0;
    std::string order;
    while (left[0] + left[1] > 0) {
      const bool both = left[0] > 0 && left[1] > 0;
      const bool goes_on = left[current] > 0;
      if (!goes_on || choices.choose(both ? 2 : 1, true) == 1) current = 1 - current;
      --left[current];
      order += current == 0 ? 'a' : 'b';
    }
    EXPECT_TRUE(all.insert(order).second) << order << " came twice";
  } while (choices.next());
  return all;
}

TEST(Choices, LeadThroughEveryInterleavingOnce) {
  EXPECT_EQ(orders_of_two(2, 100).size(), 6u);      // 4 over 2
  EXPECT_EQ(orders_of_two(5, 100).size(), 252u);    // 10 over 5
  EXPECT_EQ(orders_of_two(8, 100).size(), 12870u);  // 16 over 8
}

TEST(Choices, LeaveOutWhatTakesMorePreemptions) {
  EXPECT_EQ(orders_of_two(3, 0), (std::set<std::string>{"aaabbb"}));
  EXPECT_EQ(orders_of_two(3, 1), (std::set<std::string>{"aaabbb", "bbbaaa", "abbbaa", "aabbba"}));
}

TEST(Choices, SayWhetherAnythingWasLeftOut) {
  Choices bounded(0);
  EXPECT_EQ(bounded.choose(2, false), 0u);
  EXPECT_TRUE(bounded.complete());
  EXPECT_EQ(bounded.choose(2, true), 0u);
  EXPECT_FALSE(bounded.complete());
}

TEST(Choices, FindOutThatAnExecutionDoesNotRepeat) {
  Choices choices(10);
  choices.choose(2, false);
  choices.choose(2, false);
  ASSERT_TRUE(choices.next());
  choices.choose(2, false);
  EXPECT_THROW(choices.choose(3, false), NotRepeatable);

  Choices shorter(10);
  shorter.choose(2, false);
  shorter.choose(2, false);
  ASSERT_TRUE(shorter.next());
  shorter.choose(2, false);
  EXPECT_THROW(shorter.next(), NotRepeatable);
}

}  // namespace
}  // namespace loopmark::conformance::interleavings
