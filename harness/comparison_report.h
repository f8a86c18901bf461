// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_comparison.h"
#include "harness/conform_comparison.h"
#include "harness/json.h"
#include "harness/verdict_agreement.h"

namespace loopmark::harness {

inline constexpr std::string_view kComparisonSchema = "loopmark.comparison/1";

/// Two runs, compared.
struct RunComparison {
  std::string before;  // their folders
  std::string after;
  std::vector<std::string> across = {};  // differences of machine or build, which were asked for
  std::vector<std::string> notes = {};   // what else to know before reading on
  double threshold = 0;                  // of the benchmarks; 0.05: 5 %
  std::optional<std::vector<ArmComparison>> bench = {};
  std::vector<VerdictPair> verdicts = {};  // where there is `bench`
  std::optional<std::vector<CellComparison>> cells = {};

  bool has_regression() const;
  /// Whether there are benchmarks to compare and none came to a verdict: then no regression says
  /// nothing.
  bool bench_is_open() const;
};

/// As "text" or "md" (Markdown). What is the same, a point of a curve or not comparable is only
/// counted, unless `verbose`.
std::string comparison_text(const RunComparison& comparison, std::string_view format, bool verbose);

Json comparison_json(const RunComparison& comparison);

}  // namespace loopmark::harness
