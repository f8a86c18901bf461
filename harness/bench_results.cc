// SPDX-License-Identifier: MIT
#include "harness/bench_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>

namespace loopmark::harness {
namespace {

// Rounds at either end of a launch that are held against each other, if there are so many.
constexpr std::size_t kEdge = 5;
// Differences smaller than this are no lack of warm-up.
constexpr double kUnsteady = 0.01;

/// The first and the last rounds of every launch that began in the round `from` or later.
std::pair<std::vector<double>, std::vector<double>> edges(const std::vector<double>& values,
                                                          std::size_t launch_rounds,
                                                          std::size_t from) {
  std::pair<std::vector<double>, std::vector<double>> found;
  const std::size_t edge = std::min(kEdge, launch_rounds / 2);
  std::size_t launch = (from + launch_rounds - 1) / launch_rounds * launch_rounds;
  for (; launch + launch_rounds <= values.size(); launch += launch_rounds) {
    for (std::size_t i = 0; i < edge; ++i) {
      found.first.push_back(values[launch + i]);
      found.second.push_back(values[launch + launch_rounds - edge + i]);
    }
  }
  return found;
}

/// Both halves of the rounds say the same direction.
bool halves_agree(const std::vector<double>& arm, const std::vector<double>& baseline) {
  const std::size_t half = arm.size() / 2;
  const std::span a(arm);
  const std::span b(baseline);
  const double first = paired_ratio(a.first(half), b.first(half)).value;
  const double second = paired_ratio(a.subspan(half), b.subspan(half)).value;
  return (first > 1) == (second > 1);
}

}  // namespace

double ArmResult::per_event(const std::string& name) const {
  const auto found = usage.find(name);
  return found == usage.end() || all_events == 0 ? 0 : found->second / all_events;
}

const ArmResult* ScenarioResult::find(std::string_view label) const {
  const auto found = std::find_if(arms_.begin(), arms_.end(),
                                  [&](const ArmResult& arm) { return arm.plan.label == label; });
  return found == arms_.end() ? nullptr : &*found;
}

std::size_t ScenarioResult::pairs() const {
  const auto rows = std::count_if(arms_.begin(), arms_.end(),
                                  [this](const ArmResult& arm) { return has_row(arm); });
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(rows, 2) - 1);
}

double confidence_among(std::size_t pairs) {
  return 1 - 0.01 / static_cast<double>(pairs);
}

Comparison judge_rounds(const std::vector<double>& arm, const std::vector<double>& reference,
                        const Effort& effort, std::size_t pairs) {
  const Ratio ratio =
      ratio_over_launches(arm, reference, effort.launch_rounds, confidence_among(pairs));
  const Comparison verdict = judge(ratio, effort.margin, effort.least_rounds);
  return is_decided(verdict) && !halves_agree(arm, reference) ? Comparison::kUndecided : verdict;
}

std::string Row::doubt() const {
  std::string text;
  if (launches.beyond_chance)
    text = fmt::format("neighbouring launches correlate by {:.2f}", launches.value);
  if (unsteady) text += std::string(text.empty() ? "" : "; ") + "no steady state";
  return text;
}

Row ScenarioResult::row(const ArmResult& arm) const {
  const Effort& effort = plan_.effort;
  Row row{.median = quantile(arm.compared, 0.5),
          .p10 = quantile(arm.compared, 0.1),
          .p90 = quantile(arm.compared, 0.9),
          .compared =
              ratio_over_launches(arm.compared, baseline().compared, plan_.effort.launch_rounds),
          .beside = ratio_over_launches(arm.beside, baseline().beside, plan_.effort.launch_rounds),
          .verdict = Comparison::kUndecided,
          .disputed = false,
          .launches = launch_correlation(arm.compared, baseline().compared, effort.launch_rounds),
          .unsteady = is_unsteady(arm)};
  row.verdict = judge_rounds(arm.compared, baseline().compared, effort, pairs());
  const Comparison other = judge_rounds(arm.beside, baseline().beside, effort, pairs());
  row.disputed = is_per_event(plan_.quantity) && is_decided(row.verdict) && is_decided(other) &&
                 row.verdict != other;
  return row;
}

std::optional<PercentileRatio> ScenarioResult::percentile_ratio(const ArmResult& arm,
                                                                const std::string& histogram,
                                                                std::size_t i) const {
  const std::size_t launch_rounds = plan_.effort.launch_rounds;
  const bool sampled = histogram.empty();  // and not in every slot
  const auto of = [&](const auto& percentiles) -> const std::vector<double>* {
    const auto found = percentiles.find(histogram);
    return found == percentiles.end() ? nullptr : &found->second[i];
  };
  const auto all_have_it = [](const auto* a, const auto* b, std::size_t count) {
    return count > 0 && a != nullptr && b != nullptr && a->size() == count && b->size() == count;
  };
  const auto* a = of(arm.percentiles);
  const auto* b = of(baseline().percentiles);
  if (all_have_it(a, b, sampled ? plan_.samples_within(rounds_) : rounds_)) {
    const std::size_t of_a_launch = sampled ? launch_rounds / plan_.sampled_every : launch_rounds;
    return PercentileRatio{ratio_over_launches(*a, *b, of_a_launch), false};
  }
  a = of(arm.launch_percentiles);
  b = of(baseline().launch_percentiles);
  const std::size_t launches = rounds_ / launch_rounds;
  if (launches >= kLeastLaunches && all_have_it(a, b, launches))
    return PercentileRatio{paired_ratio(*a, *b), true};
  return std::nullopt;
}

std::string ScenarioResult::why_invalid() const {
  if (!plan_.judged) return "";
  if (rounds_ < plan_.effort.least_rounds)
    return plan_.attempt > 1 ? "it was so before, and has too few rounds since" : "";
  for (const char* const control : {kTwin, kPlanted}) {
    const ArmResult* const arm = find(control);
    if (arm != nullptr && !arm->lost.empty())
      return fmt::format("its control, the {} arm, was lost: {}", control, arm->lost);
  }
  const ArmResult* const twin = find(kTwin);
  if (twin != nullptr && has_row(*twin) && is_decided(row(*twin).verdict)) {
    return "the baseline differs from its own twin";
  }
  const ArmResult* const planted = find(kPlanted);
  // By its own interval of 99 %: nobody reads it as one of the comparisons that shall hold together.
  if (planted == nullptr || !has_row(*planted) ||
      judge_rounds(planted->compared, baseline().compared, plan_.effort, 1) == Comparison::kSlower)
    return "";
  return fmt::format("a slow-down of {:g} % that was planted was not found",
                     100 * planted->plan.planted);
}

bool ScenarioResult::is_unsteady(const ArmResult& arm) const {
  const std::size_t launch_rounds = plan_.effort.launch_rounds;
  const std::size_t since = edges(arm.compared, launch_rounds, doubled_at_).first.size();
  const std::size_t from = median_ranks(since, 0.99) ? doubled_at_ : doubled_before_;
  const auto [first, last] = edges(arm.compared, launch_rounds, from);
  const auto [base_first, base_last] = edges(baseline().compared, launch_rounds, from);
  if (first.empty()) return false;
  const Ratio early = paired_ratio(first, base_first);
  const Ratio late = paired_ratio(last, base_last);
  const bool apart = early.low > late.high || late.low > early.high;
  return apart && std::abs(std::log(early.value / late.value)) >= kUnsteady;
}

std::string ScenarioResult::unsteady() const {
  std::string labels;
  for (const ArmResult& arm : arms_) {
    if (!has_row(arm) || &arm == &baseline() || !is_unsteady(arm)) continue;
    labels += (labels.empty() ? "" : ", ") + arm.plan.label;
  }
  return labels;
}

double ScenarioResult::autocorrelation(const ArmResult& arm) const {
  std::vector<double> ratios(arm.compared.size());
  std::transform(arm.compared.begin(), arm.compared.end(), baseline().compared.begin(),
                 ratios.begin(), std::divides<>());
  return harness::autocorrelation(ratios);
}

double ScenarioResult::widest() const {
  double widest = 0;
  for (const ArmResult& arm : arms_) {
    if (!has_row(arm) || &arm == &baseline()) continue;
    const Ratio ratio =
        ratio_over_launches(arm.compared, baseline().compared, plan_.effort.launch_rounds);
    widest = std::max(widest, ratio.relative_half_width());
  }
  return widest;
}

const ScenarioResult* find_scenario(const std::vector<ScenarioResult>& results,
                                    std::string_view id) {
  const auto found = std::find_if(results.begin(), results.end(), [&](const ScenarioResult& each) {
    return each.plan().id() == id;
  });
  return found == results.end() ? nullptr : &*found;
}

ScenarioResult* find_scenario(std::vector<ScenarioResult>& results, std::string_view id) {
  return const_cast<ScenarioResult*>(find_scenario(std::as_const(results), id));
}

}  // namespace loopmark::harness
