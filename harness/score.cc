// SPDX-License-Identifier: MIT
#include "harness/score.h"

#include <fmt/format.h>

#include <algorithm>

namespace loopmark::harness {
namespace {

bool is_must(const CellResult& cell) {
  return cell.level == "MUST";
}

bool is_applicable(const CellResult& cell) {
  switch (cell.verdict) {
    case Verdict::kNotRun:
    case Verdict::kNotSupported:
    case Verdict::kUnavailable:
      return false;
    case Verdict::kDeviates:
      return is_must(cell);
    default:
      return true;
  }
}

}  // namespace

VerdictCounts count(const std::vector<CellResult>& cells) {
  VerdictCounts counts;
  for (const CellResult& cell : cells) ++counts[cell.verdict];
  return counts;
}

Score score(const std::vector<CellResult>& cells) {
  Score score;
  for (const CellResult& cell : cells) {
    ++score.total;
    score.applicable += is_applicable(cell);
    score.passed += cell.verdict == Verdict::kPass;
  }
  return score;
}

std::string to_string(const Score& score) {
  return fmt::format("{}/{} of {}", score.passed, score.applicable, score.total);
}

std::string summary(const std::vector<CellResult>& cells) {
  std::string text = fmt::format("{} cells", cells.size());
  const char* separator = ": ";
  for (const auto& [verdict, number] : count(cells)) {
    text += fmt::format("{}{} {}", separator, number, word(verdict));
    separator = ", ";
    if (verdict != Verdict::kDeviates) continue;
    const auto musts = std::count_if(cells.begin(), cells.end(), [](const CellResult& cell) {
      return cell.verdict == Verdict::kDeviates && is_must(cell);
    });
    text += fmt::format(" ({} MUST)", musts);
  }
  return text;
}

}  // namespace loopmark::harness
