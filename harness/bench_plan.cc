// SPDX-License-Identifier: MIT
#include "harness/bench_plan.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <numeric>
#include <set>
#include <sstream>

#include "harness/exit_code.h"
#include "harness/json_text.h"
#include "harness/launches.h"
#include "reactors/base/nearest.h"

namespace loopmark::harness {
namespace {

struct Wanted {
  std::string parameters;
  bool judged;
  double margin = 0;  // 0: the profile's
  std::string why_margin = {};
  std::size_t launches = 1;  // times as many as in the profile
  bool libraries = true;     // libraries' own loops are arms, too
};

// Slots beyond this take long and hold many operations, so fewer of them must do, and will.
constexpr double kLongSlot = 10;  // ms
constexpr std::size_t kFewestRounds = kLeastLaunches * kFewestLaunchRounds;
constexpr std::size_t kFewestPoints = 8;      // where there is no verdict
constexpr std::size_t kMostScenarios = 1000;  // of a workload, with --param

/// "fds=10,100" as the name and its values.
std::pair<std::string, std::vector<std::string>> split_parameter(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError("--param " + text + ": use NAME=VALUE or NAME=VALUE,VALUE,...");
  }
  std::pair<std::string, std::vector<std::string>> split{text.substr(0, equals), {}};
  std::istringstream values(text.substr(equals + 1));
  for (std::string value; std::getline(values, value, ',');) {
    if (value.find('=') != std::string::npos)
      throw UsageError("--param " + text + ": give each parameter by itself, --param " +
                       split.first + "=... --param " + value);
    split.second.push_back(value);
  }
  return split;
}

bool is_whole_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Every combination of the values given, as points of a curve.
std::vector<Wanted> combinations(const Json& workload, const std::vector<std::string>& texts) {
  std::vector<Wanted> all{{"", false}};
  std::set<std::string> given;
  for (const std::string& text : texts) {
    const auto [name, values] = split_parameter(text);
    if (!given.insert(name).second)
      throw UsageError("--param " + name + " is given twice: give its values together, --param " +
                       name + "=VALUE,VALUE,...");
    if (!workload.at("parameters").contains(name)) {
      std::vector<std::string> known;
      for (const auto& [each, _] : workload.at("parameters").items()) known.push_back(each);
      throw UsageError("workload " + workload.at("workload").get<std::string>() +
                       " has no parameter '" + name + "'" + did_you_mean(name, known));
    }
    const std::string standard = workload.at("parameters").at(name).at("standard");
    for (const std::string& value : values) {
      if (is_whole_number(standard) && !is_whole_number(value))
        throw UsageError("--param " + name + "=" + value + ": use a whole number, such as " +
                         standard);
    }
    if (all.size() * values.size() > kMostScenarios) {
      throw UsageError("--param " + text + ": with this there are more than " +
                       std::to_string(kMostScenarios) + " scenarios of " +
                       workload.at("workload").get<std::string>() + "; use fewer values");
    }
    std::vector<Wanted> longer;
    for (const Wanted& each : all) {
      for (const std::string& value : values) {
        longer.push_back(
            {each.parameters + (each.parameters.empty() ? "" : ",") + name + "=" + value, false});
      }
    }
    all = std::move(longer);
  }
  return all;
}

bool has_verdicts(const Json& workload) {
  const Json& scenarios = workload.at("scenarios");
  return std::any_of(scenarios.begin(), scenarios.end(),
                     [](const Json& each) { return each.at("judged").get<bool>(); });
}

std::vector<Wanted> listed_scenarios(const Json& workload, bool quick) {
  std::vector<Wanted> wanted;
  const Json& scenarios = workload.at("scenarios");
  for (const Json& scenario : scenarios) {
    if (quick && !scenario.at("quick").get<bool>()) continue;
    wanted.push_back({scenario.at("parameters"), scenario.at("judged"), scenario.at("margin"),
                      scenario.value("why_margin", ""), scenario.value("launches", std::size_t{1}),
                      scenario.at("judged") || (!has_verdicts(workload) && wanted.empty())});
  }
  return wanted;
}

/// Those of `parameters`, and the standard ones of the others.
ParameterValues all_values(const Json& workload, const std::string& parameters) {
  ParameterValues values = parameters_of(parameters);
  for (const auto& [name, of] : workload.at("parameters").items())
    values.try_emplace(name, of.at("standard"));
  return values;
}

/// The scenarios that were asked for by their parameters. Such a one is the listed one that has the same
/// values of all parameters, or else is judged if the workload has verdicts.
std::vector<Wanted> scenarios_of(const Json& workload, const std::vector<std::string>& texts) {
  const std::vector<Wanted> listed = listed_scenarios(workload, false);
  std::vector<Wanted> wanted = combinations(workload, texts);
  for (Wanted& each : wanted) {
    each.judged = has_verdicts(workload);
    for (const Wanted& other : listed) {
      if (all_values(workload, other.parameters) == all_values(workload, each.parameters))
        each = other;
    }
    each.libraries = true;
  }
  return wanted;
}

/// Those of the workload, and as many as the parameter says that it names for that.
std::size_t busy_threads(const Json& workload, const std::string& parameters) {
  std::size_t more = 0;
  if (const std::string name = workload.value("threads_parameter", ""); !name.empty()) {
    const std::string value = all_values(workload, parameters).at(name);
    std::from_chars(value.data(), value.data() + value.size(), more);
  }
  return workload.value("threads", std::size_t{1}) + more;
}

/// Why there is no verdict, though the workload would have one: threads that share a processor
/// measure the scheduler.
std::string too_few_processors(std::size_t threads, std::size_t processors) {
  if (processors == 0 || threads <= processors) return "";
  return fmt::format("{} busy threads on {} processor{}", threads, processors,
                     processors == 1 ? "" : "s");
}

std::vector<ArmPlan> arms_of(const Json& workload, const std::vector<const BackendInfo*>& backends,
                             bool library_arms) {
  std::vector<ArmPlan> arms;
  for (const std::string name : workload.at("arms")) {
    const std::string mechanism = name.substr(name.find('/') + 1);
    arms.push_back(
        {.label = name, .arm = name, .module = "", .mechanism = mechanism, .version = ""});
    if (arms.size() > 1) continue;
    for (const char* const label : {kTwin, kPlanted}) {
      arms.push_back(arms.front());
      arms.back().label = label;
    }
  }
  for (const BackendInfo* backend : backends) {
    if (!backend->ready() || !workload.at("backends")) continue;
    const ArmPlan arm{.label = backend->name,
                      .arm = backend->name,
                      .module = backend->module,
                      .mechanism = backend->mechanism,
                      .version = backend->runtime_version};
    arms.push_back(arm);
    if (!library_arms || !backend->library_loop || !workload.at("library_arms")) continue;
    arms.push_back(arm);
    arms.back().label = arms.back().arm = "api:" + arm.arm;
  }
  return arms;
}

/// Slots that are long are fewer.
void shorten(Effort& effort, double slot_ms) {
  const auto fewer = [&](std::size_t& rounds, std::size_t fewest) {
    const double some = static_cast<double>(rounds) * kLongSlot / slot_ms;
    rounds = std::min(rounds, std::max(fewest, static_cast<std::size_t>(some)));
  };
  fewer(effort.least_rounds, kFewestRounds);
  fewer(effort.most_rounds, kFewestRounds);
  fewer(effort.curve_rounds, kFewestPoints);
}

/// The effort for one scenario: its own margin where it has one, its own launches where the profile has time for them, fewer
/// rounds of longer slots, and enough launches for an interval over them by the last round. A margin that is wide is no reason
/// to stop early: what lies near it would have one verdict today and another tomorrow.
Effort effort_for(const ScenarioPlan& scenario, Effort effort, const Wanted& wanted) {
  effort.margin = std::max(effort.margin, wanted.margin);
  if (!effort.has_time) effort.target = std::max(effort.target, wanted.margin);
  if (scenario.slot_ms > kLongSlot) shorten(effort, scenario.slot_ms);
  std::size_t& rounds = effort.launch_rounds;
  if (effort.has_time) rounds /= std::max<std::size_t>(1, wanted.launches);
  rounds = std::max(kFewestLaunchRounds, std::min(rounds, effort.most_rounds / kLeastLaunches));
  return effort;
}

/// How much slower the planted arm is: enough to be seen where the margin is that of the scenario, twice as much by the few
/// rounds of the short profile.
void plant(ScenarioPlan& scenario) {
  std::erase_if(scenario.arms,
                [&](const ArmPlan& arm) { return arm.is_control() && !scenario.judged; });
  for (ArmPlan& arm : scenario.arms) {
    const double margins = scenario.effort.has_time ? 2.5 : 5;
    if (arm.label == kPlanted) arm.planted = std::max(0.05, margins * scenario.effort.margin);
  }
}

/// A name without pattern characters must be one there is: a typing error must not become an empty
/// run.
void check_names(const std::vector<std::string>& selectors, const std::vector<Json>& list) {
  std::vector<std::string> known;
  for (const Json& workload : list) known.push_back(workload.at("workload"));
  for (const std::string& selector : selectors) {
    const std::string name = selector.substr(0, selector.find('/'));
    if (name.find_first_of("*?[") != std::string::npos) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw UsageError("there is no workload '" + name + "'" + did_you_mean(name, known) +
                     "; \"loopmark list workloads\" has all of them");
  }
}

std::vector<ScenarioPlan> planned(const std::vector<Json>& list, const ScenarioChoice& choice,
                                  const Effort& effort,
                                  const std::vector<const BackendInfo*>& backends) {
  check_names(choice.selectors, list);
  std::vector<ScenarioPlan> plan;
  for (const Json& workload : list) {
    ScenarioPlan scenario{.workload = workload.at("workload"),
                          .parameters = "",
                          .unit = workload.at("unit"),
                          .operation = workload.at("operation"),
                          .question = workload.at("question"),
                          .timed = workload.at("timed"),
                          .not_shown = workload.at("not_shown"),
                          .verdicts = workload.value("verdicts", ""),
                          .judged = true,
                          .quantity = quantity_of(workload.at("quantity").get<std::string>()),
                          .slot_events = workload.at("slot_events"),
                          .slot_ms = workload.at("slot_ms"),
                          .clauses = workload.at("clauses"),
                          .counted_events = workload.at("counted_events"),
                          .not_counted = workload.at("not_counted"),
                          .effort = effort,
                          .arms = {}};
    if (!choice.parameters.empty() && !is_selected(scenario, choice.selectors)) continue;
    for (const Wanted& wanted : choice.parameters.empty()
                                    ? listed_scenarios(workload, choice.quick)
                                    : scenarios_of(workload, choice.parameters)) {
      scenario.parameters = wanted.parameters;
      scenario.judged = wanted.judged && scenario.quantity != Quantity::kValue;
      scenario.threads = busy_threads(workload, wanted.parameters);
      scenario.why_unjudged =
          scenario.judged ? too_few_processors(scenario.threads, choice.processors) : "";
      scenario.judged = scenario.judged && scenario.why_unjudged.empty();
      scenario.effort = effort_for(scenario, effort, wanted);
      scenario.why_margin = wanted.why_margin;
      scenario.arms =
          arms_of(workload, backends, choice.library_arms && !choice.quick && wanted.libraries);
      plant(scenario);
      if (!choice.parameters.empty() || is_selected(scenario, choice.selectors))
        plan.push_back(scenario);
    }
  }
  if (plan.empty())
    throw NothingRan(
        "no scenario matches the selection; \"loopmark list workloads -v\" has all of them, and "
        "--param measures others");
  return plan;
}

Duration from_ms(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

// Of a process of an arm, until it is ready.
constexpr double kLaunchMs = 15;
// To find how many events make a slot, for each arm.
constexpr double kCalibrationSlots = 8;

/// With what is asked between slots, and half a slot for latencies.
double slot_ms_of(const ScenarioPlan& scenario) {
  return scenario.slot_ms > 0 ? scenario.slot_ms + 1 : scenario.operation.empty() ? 4 : 6;
}

/// Each arm is calibrated in a process of its own, and then launched with the others.
Duration time_to_first_round(const ScenarioPlan& scenario) {
  const double slots = (scenario.slot_events > 0 ? 1 : kCalibrationSlots) + kDiscardedRounds + 1;
  return from_ms(static_cast<double>(scenario.arms.size()) *
                 (2 * kLaunchMs + slots * slot_ms_of(scenario)));
}

/// With one to spare, in which its time may run out.
Duration time_of_further_rounds(const ScenarioPlan& scenario) {
  const auto launches = static_cast<double>(scenario.rounds() / scenario.effort.launch_rounds);
  const double slots = static_cast<double>(scenario.rounds()) + kDiscardedRounds * launches;
  const double ms = static_cast<double>(scenario.arms.size()) *
                    (slots * slot_ms_of(scenario) + launches * kLaunchMs);
  return from_ms(scenario.seconds() > 0 ? std::min(ms, 1000 * scenario.seconds()) : ms);
}

Duration sum(std::span<const ScenarioPlan> plan, Duration (*each)(const ScenarioPlan&)) {
  return std::transform_reduce(plan.begin(), plan.end(), Duration{}, std::plus(), each);
}

}  // namespace

ParameterValues parameters_of(const std::string& text) {
  ParameterValues values;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');)
    values[item.substr(0, item.find('='))] = item.substr(item.find('=') + 1);
  return values;
}

bool is_selected(const ScenarioPlan& scenario, const std::vector<std::string>& selectors) {
  return selectors.empty() ||
         std::any_of(selectors.begin(), selectors.end(), [&](const std::string& selector) {
           return ::fnmatch(selector.c_str(), scenario.workload.c_str(), 0) == 0 ||
                  ::fnmatch(selector.c_str(), scenario.id().c_str(), 0) == 0;
         });
}

std::vector<ScenarioPlan> plan_scenarios(const std::vector<Json>& list,
                                         const ScenarioChoice& choice, const Effort& effort,
                                         const std::vector<const BackendInfo*>& backends) {
  try {
    return planned(list, choice, effort, backends);
  } catch (const Json::exception& error) {
    throw EnvironmentError("the worker lists a workload that cannot be read: " + reason_of(error));
  }
}

Duration estimate(const ScenarioPlan& scenario) {
  return time_to_first_round(scenario) + time_of_further_rounds(scenario);
}

Duration estimate(std::span<const ScenarioPlan> plan) {
  return sum(plan, time_to_first_round) + sum(plan, time_of_further_rounds);
}

Duration share_of_first(std::span<const ScenarioPlan> rest, Duration left) {
  const std::chrono::duration<double> rounds = time_of_further_rounds(rest.front());
  const double part = rounds / sum(rest, time_of_further_rounds);
  const Duration left_for_rounds = left - sum(rest, time_to_first_round);
  return time_to_first_round(rest.front()) +
         std::chrono::duration_cast<Duration>(left_for_rounds * part);
}

}  // namespace loopmark::harness
