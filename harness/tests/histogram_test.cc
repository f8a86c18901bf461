// SPDX-License-Identifier: MIT
#include "harness/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace loopmark::harness {
namespace {

TEST(Histogram, AnEmptyOneSaysZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.least(), 0u);
  EXPECT_EQ(histogram.most(), 0u);
  EXPECT_EQ(histogram.percentile(0.5), 0);
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, EveryValueIsKeptToWithinHalfAPerCent) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0, 63);
  for (int i = 0; i < 100000; ++i) {
    const auto value = static_cast<std::uint64_t>(std::exp2(exponent(random)));
    Histogram histogram;
    histogram.record(value);
    const double kept = Histogram::middle(histogram.buckets().front().first);
    ASSERT_NEAR(kept, static_cast<double>(value), 0.005 * static_cast<double>(value)) << value;
  }
}

TEST(Histogram, TakesTheSmallestAndTheLargestNumber) {
  Histogram histogram;
  histogram.record(0);
  histogram.record(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(histogram.percentile(0.5), 0);
  EXPECT_EQ(histogram.most(), std::numeric_limits<std::uint64_t>::max());
}

TEST(Histogram, TheMedianIsTheMiddleValueOrTheMeanOfTheTwoInTheMiddle) {
  Histogram histogram;
  EXPECT_EQ(histogram.median(), 0);
  for (const std::uint64_t value : {100U, 10U, 40U}) histogram.record(value);
  EXPECT_EQ(histogram.median(), 40);
  histogram.record(60);
  EXPECT_EQ(histogram.median(), 50);
  EXPECT_EQ(histogram.percentile(0.5), 40);
}

TEST(Histogram, PercentilesAreThoseOfTheSortedValues) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> latency(8, 1);
  std::vector<double> values;
  Histogram histogram;
  for (int i = 0; i < 100000; ++i) {
    const auto value = static_cast<std::uint64_t>(latency(random));
    histogram.record(value);
    values.push_back(static_cast<double>(value));
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.001, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const double exact =
        values[static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))) - 1];
    EXPECT_NEAR(histogram.percentile(q), exact, 0.005 * exact) << q;
  }
  EXPECT_EQ(histogram.percentile(1), values.back());
  EXPECT_EQ(histogram.beyond(0.99), 1000u);
  EXPECT_EQ(histogram.beyond(0.9999), 10u);
}

TEST(Histogram, MergingIsRecordingAllInOne) {
  std::mt19937_64 random(3);
  std::uniform_int_distribution<std::uint64_t> value(0, 1'000'000);
  Histogram all;
  Histogram first;
  Histogram second;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t v = value(random);
    all.record(v);
    (i % 3 == 0 ? first : second).record(v);
  }
  first.merge(second);
  EXPECT_EQ(first.buckets(), all.buckets());
  EXPECT_EQ(first.count(), all.count());
  EXPECT_EQ(first.least(), all.least());
  EXPECT_EQ(first.most(), all.most());
}

// The mean of two percentiles is no percentile: a rare slow half would vanish.
TEST(Histogram, MergedTailsAreNotAveraged) {
  Histogram fast;
  Histogram slow;
  for (int i = 0; i < 990; ++i) fast.record(100);
  for (int i = 0; i < 10; ++i) slow.record(10'000);
  fast.merge(slow);
  EXPECT_EQ(fast.percentile(0.99), 100);
  EXPECT_NEAR(fast.percentile(0.995), 10'000, 100);
}

TEST(Histogram, IsRestoredFromWhatItSays) {
  Histogram histogram;
  for (const std::uint64_t value : {3u, 3u, 500u, 70'000u}) histogram.record(value);
  const Histogram again =
      Histogram::restore(histogram.buckets(), histogram.least(), histogram.most());
  EXPECT_EQ(again.buckets(), histogram.buckets());
  EXPECT_EQ(again.count(), 4u);
  EXPECT_EQ(again.least(), 3u);
  EXPECT_EQ(again.most(), 70'000u);
}

TEST(Histogram, RefusesToBeRestoredFromNonsense) {
  EXPECT_THROW(Histogram::restore({{1u << 20, 1}}, 0, 0), std::invalid_argument);
  EXPECT_THROW(Histogram::restore({{5, 1}}, 6, 6), std::invalid_argument);
  EXPECT_EQ(Histogram::restore({}, 0, 0).count(), 0u);
}

}  // namespace
}  // namespace loopmark::harness
