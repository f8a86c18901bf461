// SPDX-License-Identifier: MIT
#include "harness/histogram.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace loopmark::harness {

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  least_ = std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
}

double Histogram::percentile(double q) const {
  return ranked(static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))));
}

double Histogram::median() const {
  return (ranked((count_ + 1) / 2) + ranked(count_ / 2 + 1)) / 2;
}

double Histogram::ranked(std::uint64_t rank) const {
  if (rank >= count_) return static_cast<double>(most_);
  std::uint64_t seen = 0;
  for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen > 0 && seen >= rank) {
      return std::clamp(middle(bucket), static_cast<double>(least_), static_cast<double>(most_));
    }
  }
  return static_cast<double>(most_);
}

std::uint64_t Histogram::beyond(double q) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  return count_ - std::min(rank, count_);
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
    if (counts_[bucket] != 0) filled.emplace_back(bucket, counts_[bucket]);
  }
  return filled;
}

Histogram Histogram::restore(const std::vector<Bucket>& buckets, std::uint64_t least,
                             std::uint64_t most) {
  Histogram histogram;
  // Far more than a slot has operations; with many of them a percentile's rank would leave its type.
  constexpr std::uint64_t kMost = std::uint64_t{1} << 48;
  for (const auto& [bucket, count] : buckets) {
    if (bucket >= kBuckets) throw std::invalid_argument("histogram: no such bucket");
    if (count > kMost || histogram.count_ > kMost)
      throw std::invalid_argument("histogram: more than can have been counted");
    histogram.counts_[bucket] += count;
    histogram.count_ += count;
  }
  if (histogram.count_ == 0) return histogram;
  const bool spans_all = bucket_of(least) == histogram.buckets().front().first &&
                         bucket_of(most) == histogram.buckets().back().first;
  if (!spans_all) throw std::invalid_argument("histogram: its ends do not fit its buckets");
  histogram.least_ = least;
  histogram.most_ = most;
  return histogram;
}

double Histogram::middle(std::uint32_t bucket) {
  if (bucket < 2 * kSteps) return bucket;  // one value each
  const int shift = static_cast<int>(bucket >> kStepBits) - 1;
  const double first = std::ldexp(static_cast<double>(kSteps + bucket % kSteps), shift);
  return first + (std::ldexp(1.0, shift) - 1) / 2;
}

}  // namespace loopmark::harness
