// SPDX-License-Identifier: MIT
#include "harness/bench_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/bench_table.h"
#include "harness/counted_run.h"
#include "harness/launches.h"

namespace loopmark::harness {
namespace {

constexpr double kMostRounds = 100000;

bool is_fault(const ArmResult& arm) {
  return !arm.lost.empty() && !arm.refused;
}

/// A loop written by hand. Its code has no reason to change, so when it does, the machine did.
bool is_bare(const ArmResult& arm) {
  return arm.plan.label.starts_with("bare/");
}

/// A library by itself. Nor has its code, in the same version.
bool is_library(const ArmResult& arm) {
  return arm.plan.label.starts_with("api:");
}

/// Why the figures of the two scenarios are of different things; empty: they are of the same.
std::string differently_made(const ScenarioPlan& before, const ScenarioPlan& after) {
  const auto differ = [](const char* what, const std::string& a, const std::string& b) {
    return a == b ? "" : fmt::format("{} was \"{}\" and is \"{}\"", what, a, b);
  };
  std::string why = differ("the baseline", before.arms.front().label, after.arms.front().label);
  if (why.empty()) why = differ("an event", before.unit, after.unit);
  if (why.empty())
    why = differ("what is compared", std::string(word(before.quantity)),
                 std::string(word(after.quantity)));
  if (why.empty()) why = differ("the timed region", before.timed, after.timed);
  return why;
}

/// A system call that is not named was made 0 times, if calls were counted at all.
void add_zeros(Json& counts, const Json& other) {
  const auto calls = counts.find("system_calls");
  const auto others = other.find("system_calls");
  if (calls == counts.end() || !calls->is_object() || others == other.end()) return;
  for (const auto& [name, _] : others->items()) calls->emplace(name, 0);
}

/// The numbers that are in both and differ. Either may be null, and hold objects of numbers.
std::vector<CountChange> changed_counts(Json before, Json after) {
  std::vector<CountChange> changed;
  if (!before.is_object() || !after.is_object()) return changed;
  add_zeros(before, after);
  add_zeros(after, before);
  const Json flat_before = before.flatten();
  const Json flat_after = after.flatten();
  for (const auto& [name, was] : flat_before.items()) {
    const auto found = flat_after.find(name);
    if (found == flat_after.end() || !was.is_number() || !found->is_number() || *found == was)
      continue;
    changed.push_back({name.substr(1), was.get<double>(), found->get<double>()});
  }
  return changed;
}

Ratio compared_ratio(const ScenarioResult& result, const ArmResult& arm) {
  return ratio_over_launches(arm.compared, result.baseline().compared,
                             result.plan().effort.launch_rounds);
}

Ratio beside_ratio(const ScenarioResult& result, const ArmResult& arm) {
  return ratio_over_launches(arm.beside, result.baseline().beside,
                             result.plan().effort.launch_rounds);
}

/// Two runs of one scenario.
class ScenarioPair {
 public:
  ScenarioPair(const ScenarioResult& before, const ScenarioResult& after, double threshold)
      : before_(before),
        after_(after),
        threshold_(threshold),
        different_(differently_made(before.plan(), after.plan())) {
    look_at_controls();
  }

  ArmComparison compare(const ArmResult& before, const ArmResult& after) const {
    ArmComparison result{.scenario = before_.plan().id(), .arm = before.plan.label};
    if (!different_.empty()) {
      result.reason = different_;
    } else if (!before_.has_row(before) || !after_.has_row(after)) {
      explain_missing(before, after, result);
    } else {
      result.reason = invalid(before);
      judge_figures(before, after, result);
      result.counts = changed_counts(repeatable(before.exact), repeatable(after.exact));
    }
    return result;
  }

 private:
  void look_at_controls() {
    if (before_.invalid() || after_.invalid()) {
      invalid_ = fmt::format("in the run {}, {}", before_.invalid() ? "before" : "after",
                             before_.invalid() ? before_.why_invalid() : after_.why_invalid());
    }
    for (const ArmResult& arm : before_.arms()) {
      const bool twin = arm.plan.label == kTwin;
      const ArmResult* const after = after_.find(arm.plan.label);
      if (!after || !before_.has_row(arm) || !after_.has_row(*after)) continue;
      const bool library = is_library(arm) && arm.plan.version == after->plan.version;
      if (!twin && !library && !is_bare(arm)) continue;
      const Ratio change =
          change_between(compared_ratio(before_, arm), compared_ratio(after_, *after));
      if (twin) floor_ = std::max(change.high - 1, 1 - change.low);
      if (!is_decided(judge(change, threshold_, 0))) continue;
      if (library) {
        library_ = arm.plan.label;
      } else if (!twin) {
        changed_[arm.plan.mechanism] = arm.plan.label;
      } else if (invalid_.empty()) {
        invalid_ = "the baseline's twin changed as well";
      }
    }
  }

  /// Why the figures of `arm` are not to be believed; empty: they are.
  std::string invalid(const ArmResult& arm) const {
    if (!invalid_.empty()) return invalid_;
    if (library_ == arm.plan.label)
      return "its code is the library's own: what changed is the conditions";
    if (!library_.empty()) return library_ + ", a library by itself, changed as well";
    const auto control = changed_.find(arm.plan.mechanism);
    if (control == changed_.end()) return "";
    return control->second == arm.plan.label
               ? "its code is a loop written by hand: what changed is the conditions"
               : control->second + ", the same by hand, changed as well";
  }

  void explain_missing(const ArmResult& before, const ArmResult& after,
                       ArmComparison& result) const {
    const bool measured = before_.has_row(before);
    const bool baseline = !before_.baseline().lost.empty() || !after_.baseline().lost.empty();
    if (measured && !baseline && is_fault(after)) result.verdict = Change::kNewlyLost;
    result.reason = fmt::format("{}: {}",
                                measured                ? "not measured now"
                                : after_.has_row(after) ? "not measured before"
                                                        : "measured in neither run",
                                baseline   ? "the baseline is lost"
                                : measured ? lost_text(after)
                                           : lost_text(before));
  }

  void judge_figures(const ArmResult& before, const ArmResult& after, ArmComparison& result) const {
    if (after_.plan().quantity == Quantity::kValue) {
      result.verdict = Change::kUnjudged;
      result.reason = "its figures are no times of an event";
      return;
    }
    result.before = compared_ratio(before_, before);
    result.after = compared_ratio(after_, after);
    result.change = change_between(result.before, result.after);
    result.beside = change_between(beside_ratio(before_, before), beside_ratio(after_, after));
    result.floor = floor_;
    result.verdict = verdict_on(result);
    if (result.verdict != Change::kInconclusive) return;
    result.rounds_needed = rounds_needed(result.change, threshold_);
    if (result.change.rounds < least_rounds())
      result.rounds_needed = std::max(result.rounds_needed, least_rounds());
  }

  std::size_t least_rounds() const {
    const Effort& before = before_.plan().effort;
    const Effort& after = after_.plan().effort;
    return std::max({before.least_rounds, after.least_rounds,
                     kLeastLaunches * std::max(before.launch_rounds, after.launch_rounds)});
  }

  Change verdict_on(const ArmComparison& figures) const {
    if (!before_.plan().judged || !after_.plan().judged) return Change::kUnjudged;
    if (!figures.reason.empty()) return Change::kInvalid;
    const Comparison compared = judge(figures.change, threshold_, least_rounds());
    const Comparison beside = judge(figures.beside, threshold_, least_rounds());
    if ((compared == Comparison::kSlower && beside == Comparison::kFaster) ||
        (compared == Comparison::kFaster && beside == Comparison::kSlower)) {
      return Change::kDisputed;
    }
    switch (compared) {
      case Comparison::kSlower:
        return Change::kRegression;
      case Comparison::kFaster:
        return Change::kImprovement;
      case Comparison::kSame:
        return Change::kSame;
      case Comparison::kUndecided:
        break;
    }
    return Change::kInconclusive;
  }

  const ScenarioResult& before_;
  const ScenarioResult& after_;
  double threshold_;
  std::string different_;
  std::string invalid_;                         // why nothing of the scenario is to be believed
  std::string library_;                         // one that changed by itself
  std::map<std::string, std::string> changed_;  // by mechanism: the bare loop that changed
  double floor_ = 0;
};

bool is_compared(const ScenarioResult& result, const ArmResult& arm) {
  return &arm != &result.baseline() && !arm.plan.is_control();
}

/// The arms of `result`, which the run `where` does not have.
void add_missing(const ScenarioResult& result, const ScenarioResult* other, const char* where,
                 std::vector<ArmComparison>& all) {
  for (const ArmResult& arm : result.arms()) {
    if (!is_compared(result, arm) || (other && other->find(arm.plan.label))) continue;
    all.push_back({.scenario = result.plan().id(),
                   .arm = arm.plan.label,
                   .reason = fmt::format("not in the run {}", where)});
  }
}

}  // namespace

std::string_view word(Change change) {
  switch (change) {
    case Change::kRegression:
      return "regression";
    case Change::kImprovement:
      return "improvement";
    case Change::kSame:
      return "same";
    case Change::kInconclusive:
      return "inconclusive";
    case Change::kDisputed:
      return "disputed";
    case Change::kUnjudged:
      return "no_verdict";
    case Change::kInvalid:
      return "invalid";
    case Change::kNewlyLost:
      return "newly_lost";
    case Change::kNotComparable:
      break;
  }
  return "not_comparable";
}

bool is_regression(Change change) {
  return change == Change::kRegression || change == Change::kNewlyLost;
}

Ratio change_between(const Ratio& before, const Ratio& after) {
  return {.value = after.value / before.value,
          .low = after.low / before.high,
          .high = after.high / before.low,  // infinity when there is no interval
          .rounds = std::min(before.rounds, after.rounds)};
}

std::size_t rounds_needed(const Ratio& change, double threshold) {
  if (!std::isfinite(change.high) || change.low <= 0) return 0;
  const bool slower = change.value >= 1 + threshold;
  const bool faster = change.value <= 1 - threshold;
  // Of the interval's two halves, how wide the one is that is in the way, and how wide it may be.
  const double value = std::log(change.value);
  const double below = value - std::log(change.low);
  const double above = std::log(change.high) - value;
  double factor = 0;
  if (slower || faster) {
    factor = (slower ? below : above) / std::abs(value);
  } else {
    factor =
        std::max(above / (std::log1p(threshold) - value), below / (value - std::log1p(-threshold)));
  }
  const double rounds = std::ceil(factor * factor * static_cast<double>(change.rounds));
  return rounds > kMostRounds ? 0 : static_cast<std::size_t>(rounds);
}

std::vector<ArmComparison> compare_bench(const std::vector<ScenarioResult>& before,
                                         const std::vector<ScenarioResult>& after,
                                         double threshold) {
  std::vector<ArmComparison> all;
  for (const ScenarioResult& was : before) {
    const ScenarioResult* const is = find_scenario(after, was.plan().id());
    if (is != nullptr) {
      const ScenarioPair pair(was, *is, threshold);
      for (const ArmResult& arm : was.arms()) {
        if (!is_compared(was, arm)) continue;
        if (const ArmResult* const same = is->find(arm.plan.label))
          all.push_back(pair.compare(arm, *same));
      }
      add_missing(*is, &was, "before", all);
    }
    add_missing(was, is, "after", all);
  }
  for (const ScenarioResult& is : after) {
    if (find_scenario(before, is.plan().id()) == nullptr) add_missing(is, nullptr, "before", all);
  }
  return all;
}

}  // namespace loopmark::harness
