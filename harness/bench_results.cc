// SPDX-License-Identifier: MIT
#include "harness/bench_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <utility>

#include "harness/round_check.h"

namespace loopmark::harness {
namespace {

// What a slot says of its use of the machine.
constexpr const char* kUsage[] = {
    "wall_ns", "user_ns", "system_ns", "voluntary_switches", "involuntary_switches", "faults"};

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

/// What is less was not measured; and a ratio of nothing to nothing is no number.
double at_least_one(double measured) {
  return std::max(1.0, measured);
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

Histogram read_histogram(const Json& json) {
  return Histogram::restore(json.at("buckets").get<std::vector<Histogram::Bucket>>(),
                            json.at("least"), json.at("most"));
}

ScenarioResult::ScenarioResult(const Json& record) {
  plan_ = {.workload = record.at("workload"),
           .parameters = record.at("parameters"),
           .unit = record.at("unit"),
           .operation = record.at("operation"),
           .question = record.at("question"),
           .timed = record.at("timed"),
           .not_shown = record.at("not_shown"),
           .verdicts = record.value("verdicts", ""),
           .judged = record.at("judged"),
           .why_unjudged = record.value("why_unjudged", ""),
           .quantity = quantity_of(record.at("quantity").get<std::string>()),
           .threads = record.value("threads", std::size_t{1}),
           .slot_events = record.at("slot_events"),
           .slot_ms = record.at("slot_ms"),
           .clauses = record.at("clauses"),
           .counted_events = record.at("counted_events"),
           .not_counted = record.value("not_counted", ""),
           .attempt = record.at("attempt"),
           .pace = record.value("pace", 0.0),
           .effort = {record.at("least_rounds"), record.at("most_rounds"), record.at("most_rounds"),
                      record.at("margin"), record.at("target"), record.value("most_seconds", 0.0),
                      record.value("launch_rounds", std::size_t{25})},
           .why_margin = record.value("why_margin", ""),
           .arms = {}};
  for (const Json& arm : record.at("arms")) {
    ArmResult& result = arms_.emplace_back();
    result.plan = {.label = arm.at("label"),
                   .arm = arm.at("arm"),
                   .module = arm.at("module"),
                   .mechanism = arm.at("mechanism"),
                   .version = arm.at("version"),
                   .planted = arm.at("planted"),
                   .planted_steps = arm.at("planted_steps"),
                   .struck = arm.at("struck")};
    result.evidence = arm.at("evidence");
    result.events = arm.at("events");
    plan_.arms.push_back(result.plan);
  }
  if (arms_.empty()) throw std::invalid_argument("a scenario without arms");
  if (plan_.pace < 0) throw std::invalid_argument(fmt::format("a pace of {}", plan_.pace));
  if (plan_.effort.launch_rounds < kFewestLaunchRounds)
    throw std::invalid_argument(fmt::format("launches of {} rounds", plan_.effort.launch_rounds));
}

double ArmResult::per_event(const std::string& name) const {
  const auto found = usage.find(name);
  return found == usage.end() || all_events == 0 ? 0 : found->second / all_events;
}

const ArmResult* ScenarioResult::find(std::string_view label) const {
  const auto found = std::find_if(arms_.begin(), arms_.end(),
                                  [&](const ArmResult& arm) { return arm.plan.label == label; });
  return found == arms_.end() ? nullptr : &*found;
}

void ScenarioResult::add(const Json& record) {
  const std::string kind = record.at("record");
  if (kind == "end") ended_ = record.at("why");
  if (kind == "load") load_ = record.at("fractions");
  if (kind == "warm-up" && can_warm_longer()) {
    ++warm_up_doublings_;
    doubled_at_ = rounds_;
  }
  if (kind == "round") add_round(record);
  if (kind != "lost" && kind != "exact") return;
  for (ArmResult& arm : arms_) {
    if (arm.plan.label != record.at("arm")) continue;
    if (kind == "exact") {
      check_counts(record.at("counts"));
      arm.exact = record.at("counts");
    } else {
      arm.lost = record.at("cause");
      arm.refused = record.at("refused");
    }
  }
}

void ScenarioResult::add_round(const Json& record) {
  const Json& slots = record.at("slots");
  const Json& latencies = record.at("latencies");
  for (ArmResult& arm : arms_) {
    const auto found = slots.find(arm.plan.label);
    if (found == slots.end()) {
      if (!arm.lost.empty()) continue;
      throw std::invalid_argument("a round without a slot of " + arm.plan.label +
                                  ", which is not lost");
    }
    const Json& slot = *found;
    check_slot(slot);
    const double events = at_least_one(slot.at("events"));
    arm.all_events += events;
    arm.compared.push_back(at_least_one(slot.at("wall_ns")) / events);
    arm.beside.push_back(at_least_one(slot.at("cpu_ns")) / events);
    if (plan_.quantity == Quantity::kProcessorTime)
      std::swap(arm.compared.back(), arm.beside.back());
    for (const char* const name : kUsage) arm.usage[name] += slot.value(name, 0.0);
    if (slot.value("involuntary_switches", 0) > 0) ++arm.preempted;
    if (slot.contains("values")) {
      for (const auto& [name, value] : slot.at("values").items()) arm.values[name].push_back(value);
    }
    if (slot.contains("histograms")) {
      for (const auto& [name, each] : slot.at("histograms").items()) {
        const Histogram histogram = read_histogram(each);
        arm.histograms[name].merge(histogram);
        add_slot(histogram, arm.percentiles[name]);
        arm.launch[name].merge(histogram);
      }
    }
    if (!latencies.contains(arm.plan.label)) continue;
    const Histogram latency = read_histogram(latencies.at(arm.plan.label));
    arm.latency.merge(latency);
    add_slot(latency, arm.percentiles[""]);
    arm.launch[""].merge(latency);
    if (plan_.quantity == Quantity::kOperation)
      arm.compared.back() = at_least_one(latency.percentile(0.5));
  }
  if (++rounds_ % plan_.effort.launch_rounds == 0) end_launch();
}

void ScenarioResult::end_launch() {
  for (ArmResult& arm : arms_) {
    for (const auto& [name, histogram] : arm.launch)
      add_slot(histogram, arm.launch_percentiles[name]);
    arm.launch.clear();
  }
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
  const auto of = [&](const auto& percentiles) -> const std::vector<double>* {
    const auto found = percentiles.find(histogram);
    return found == percentiles.end() ? nullptr : &found->second[i];
  };
  const auto all_have_it = [](const auto* a, const auto* b, std::size_t count) {
    return count > 0 && a != nullptr && b != nullptr && a->size() == count && b->size() == count;
  };
  const auto* a = of(arm.percentiles);
  const auto* b = of(baseline().percentiles);
  if (all_have_it(a, b, rounds_))
    return PercentileRatio{ratio_over_launches(*a, *b, launch_rounds), false};
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
  const auto [first, last] = edges(arm.compared, launch_rounds, doubled_at_);
  const auto [base_first, base_last] = edges(baseline().compared, launch_rounds, doubled_at_);
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

std::vector<ScenarioResult> read_results(const std::vector<Json>& records) {
  std::vector<ScenarioResult> results;
  for (const Json& record : records) add_record(record, results);
  return results;
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

void add_record(const Json& record, std::vector<ScenarioResult>& results) {
  const bool opens = record.at("record") == "scenario";
  const std::string id =
      opens ? ScenarioResult(record).plan().id() : record.at("scenario").get<std::string>();
  ScenarioResult* const found = find_scenario(results, id);
  if (opens && found == nullptr) {
    results.emplace_back(record);
  } else if (opens) {
    *found = ScenarioResult(record);
  } else if (found != nullptr) {
    found->add(record);
  }
}

}  // namespace loopmark::harness
