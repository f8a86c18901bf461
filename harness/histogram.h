// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace loopmark::harness {

/// Counts durations in nanoseconds, each to within 0.4 %: exactly below 128, then 128 steps for
/// each doubling. The smallest and the largest are kept exactly. Histograms are merged, percentiles
/// never averaged.
class Histogram {
 public:
  using Bucket = std::pair<std::uint32_t, std::uint64_t>;  // number, count

  void record(std::uint64_t value) {
    ++counts_[bucket_of(value)];
    ++count_;
    if (value < least_) least_ = value;
    if (value > most_) most_ = value;
  }

  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t least() const { return count_ == 0 ? 0 : least_; }
  std::uint64_t most() const { return most_; }

  /// The smallest value that at least the fraction `q` (0 to 1) of the values do not exceed; 1
  /// gives the largest. 0 when nothing is counted.
  double percentile(double q) const;

  /// The middle value, or the mean of the two in the middle.
  double median() const;

  /// How many of the values lie above percentile(q): with fewer than ten, that is one event's luck.
  std::uint64_t beyond(double q) const;

  /// All that are not empty, in order; with least() and most() the whole state.
  std::vector<Bucket> buckets() const;

  /// The histogram that said this of itself. Throws std::invalid_argument for what none can have
  /// said.
  static Histogram restore(const std::vector<Bucket>& buckets, std::uint64_t least,
                           std::uint64_t most);

  /// The middle of a bucket, which stands for all values in it.
  static double middle(std::uint32_t bucket);

 private:
  /// The value of that rank, from 1; the largest for what is above.
  double ranked(std::uint64_t rank) const;

  static constexpr int kStepBits = 7;
  static constexpr std::uint32_t kSteps = 1U << kStepBits;
  static constexpr std::uint32_t kBuckets = (64 - kStepBits + 1) * kSteps;

  static constexpr std::uint32_t bucket_of(std::uint64_t value) {
    if (value < kSteps) return static_cast<std::uint32_t>(value);
    const int doubling = static_cast<int>(std::bit_width(value)) - kStepBits;  // 1, 2, ...
    const auto step = static_cast<std::uint32_t>(value >> (doubling - 1)) - kSteps;
    return static_cast<std::uint32_t>(doubling) * kSteps + step;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most_ = 0;
};

}  // namespace loopmark::harness
