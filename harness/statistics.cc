// SPDX-License-Identifier: MIT
#include "harness/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace loopmark::harness {
namespace {

/// The probability of exactly `k` heads in `n` throws. By logarithms: 2^-n alone leaves a double's
/// range at n = 1075.
double heads(std::size_t n, std::size_t k) {
  const auto log_factorial = [](std::size_t m) { return std::lgamma(static_cast<double>(m) + 1); };
  return std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) -
                  static_cast<double>(n) * std::log(2.0));
}

/// The place of each value among all, from 0; equal ones share theirs.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double shared = (static_cast<double>(first + end) - 1) / 2;
    for (std::size_t i = first; i < end; ++i) ranks[order[i]] = shared;
  }
  return ranks;
}

}  // namespace

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = position - static_cast<double>(below);
  return values[below] + part * (values[above] - values[below]);
}

double typical(const std::vector<double>& values) {
  const double median = quantile(values, 0.5);
  if (median != 0) return median;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<Ranks> median_ranks(std::size_t count, double confidence) {
  const double tail = (1 - confidence) / 2;  // allowed on either side
  // With `outside` values cut off on each side, the median is missed on one side when at most that
  // many lie beyond it.
  std::size_t outside = 0;
  double missed = count == 0 ? 1 : heads(count, 0);
  if (missed > tail) return std::nullopt;
  for (;; ++outside) {
    missed += heads(count, outside + 1);
    if (missed > tail) return Ranks{outside, count - 1 - outside};
  }
}

double Ratio::relative_half_width() const {
  return (high - low) / 2 / value;
}

Ratio paired_ratio(std::span<const double> arm, std::span<const double> baseline,
                   double confidence) {
  std::vector<double> logs(arm.size());
  std::transform(arm.begin(), arm.end(), baseline.begin(), logs.begin(),
                 [](double a, double b) { return std::log(a / b); });
  std::sort(logs.begin(), logs.end());
  Ratio ratio{std::exp(quantile(logs, 0.5)), 0, std::numeric_limits<double>::infinity(),
              logs.size()};
  if (const std::optional<Ranks> ranks = median_ranks(logs.size(), confidence)) {
    ratio.low = std::exp(logs[ranks->low]);
    ratio.high = std::exp(logs[ranks->high]);
  }
  return ratio;
}

std::string_view to_string(Comparison verdict) {
  switch (verdict) {
    case Comparison::kFaster:
      return "faster";
    case Comparison::kSlower:
      return "slower";
    case Comparison::kSame:
      return "same";
    case Comparison::kUndecided:
      break;
  }
  return "undecided";
}

bool is_decided(Comparison verdict) {
  return verdict == Comparison::kFaster || verdict == Comparison::kSlower;
}

Comparison judge(const Ratio& ratio, double margin, std::size_t least_rounds) {
  if (ratio.rounds < least_rounds) return Comparison::kUndecided;
  if (ratio.high < 1 && ratio.value <= 1 - margin) return Comparison::kFaster;
  if (ratio.low > 1 && ratio.value >= 1 + margin) return Comparison::kSlower;
  if (ratio.low >= 1 - margin && ratio.high <= 1 + margin) return Comparison::kSame;
  return Comparison::kUndecided;
}

double rank_sum_probability(std::span<const double> a, std::span<const double> b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const std::vector<double> ranks = ranks_of(all);
  const auto end_of_a = ranks.begin() + static_cast<std::ptrdiff_t>(a.size());
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double u = std::accumulate(ranks.begin(), end_of_a, 0.0) - n * (n - 1) / 2;
  const double z = (u - n * m / 2) / std::sqrt(n * m * (n + m + 1) / 12);
  return std::erfc(std::abs(z) / std::sqrt(2.0));
}

double growth_exponent(std::span<const std::pair<double, double>> points) {
  const auto count = static_cast<double>(points.size());
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [x, y] : points) {
    mean_x += std::log(x) / count;
    mean_y += std::log(y) / count;
  }
  double shared = 0;
  double spread = 0;
  for (const auto& [x, y] : points) {
    shared += (std::log(x) - mean_x) * (std::log(y) - mean_y);
    spread += (std::log(x) - mean_x) * (std::log(x) - mean_x);
  }
  return shared / spread;
}

double autocorrelation(std::span<const double> values) {
  if (values.size() < 3) return 0;
  const std::vector<double> ranks = ranks_of(values);
  const double mean =
      std::accumulate(ranks.begin(), ranks.end(), 0.0) / static_cast<double>(ranks.size());
  double shared = 0;
  double total = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    total += (ranks[i] - mean) * (ranks[i] - mean);
    if (i > 0) shared += (ranks[i] - mean) * (ranks[i - 1] - mean);
  }
  return total > 0 ? shared / total : 0;
}

}  // namespace loopmark::harness
