// SPDX-License-Identifier: MIT
#include "harness/bench_plan.h"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>

#include "harness/exit_code.h"
#include "reactors/base/nearest.h"

namespace loopmark::harness {
namespace {

using std::chrono::milliseconds;

struct Wanted {
  std::string parameters;
  bool judged;
};

/// "fds=10,100" as the name and its values.
std::pair<std::string, std::vector<std::string>> split_parameter(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError("--param " + text + ": use NAME=VALUE or NAME=VALUE,VALUE,...");
  }
  std::pair<std::string, std::vector<std::string>> split{text.substr(0, equals), {}};
  std::istringstream values(text.substr(equals + 1));
  for (std::string value; std::getline(values, value, ',');) split.second.push_back(value);
  return split;
}

/// Every combination of the values given.
std::vector<Wanted> combinations(const Json& workload, const std::vector<std::string>& texts) {
  std::vector<Wanted> all{{"", true}};
  for (const std::string& text : texts) {
    const auto [name, values] = split_parameter(text);
    if (!workload.at("parameters").contains(name)) {
      std::vector<std::string> known;
      for (const auto& [each, _] : workload.at("parameters").items()) known.push_back(each);
      throw UsageError("workload " + workload.at("workload").get<std::string>() +
                       " has no parameter '" + name + "'" + did_you_mean(name, known));
    }
    std::vector<Wanted> longer;
    for (const Wanted& each : all) {
      for (const std::string& value : values) {
        longer.push_back(
            {each.parameters + (each.parameters.empty() ? "" : ",") + name + "=" + value, true});
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<Wanted> listed_scenarios(const Json& workload, bool quick) {
  std::vector<Wanted> wanted;
  for (const Json& scenario : workload.at("scenarios")) {
    if (quick && !scenario.at("quick").get<bool>()) continue;
    wanted.push_back({scenario.at("parameters"), scenario.at("judged")});
  }
  return wanted;
}

std::vector<ArmPlan> arms_of(const Json& workload,
                             const std::vector<const BackendInfo*>& backends) {
  std::vector<ArmPlan> arms;
  for (const std::string name : workload.at("arms")) {
    const std::string mechanism = name.substr(name.find('/') + 1);
    arms.push_back({name, name, "", mechanism, ""});
    if (arms.size() == 1) arms.push_back({"twin", name, "", mechanism, ""});
  }
  for (const BackendInfo* backend : backends) {
    if (!backend->ready()) continue;
    arms.push_back({backend->name, backend->name, backend->module, backend->mechanism,
                    backend->runtime_version});
  }
  return arms;
}

bool selected(const ScenarioPlan& scenario, const std::vector<std::string>& selectors) {
  return selectors.empty() ||
         std::any_of(selectors.begin(), selectors.end(), [&](const std::string& selector) {
           return ::fnmatch(selector.c_str(), scenario.workload.c_str(), 0) == 0 ||
                  ::fnmatch(selector.c_str(), scenario.id().c_str(), 0) == 0;
         });
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
    throw UsageError("there is no workload '" + name + "'" + did_you_mean(name, known));
  }
}

}  // namespace

std::vector<ScenarioPlan> plan_scenarios(const std::vector<Json>& list,
                                         const ScenarioChoice& choice, const Effort& effort,
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
                          .judged = true,
                          .effort = effort,
                          .arms = arms_of(workload, backends)};
    if (!choice.parameters.empty() && !selected(scenario, choice.selectors)) continue;
    for (const Wanted& wanted : choice.parameters.empty()
                                    ? listed_scenarios(workload, choice.quick)
                                    : combinations(workload, choice.parameters)) {
      scenario.parameters = wanted.parameters;
      scenario.judged = wanted.judged;
      if (!choice.parameters.empty() || selected(scenario, choice.selectors))
        plan.push_back(scenario);
    }
  }
  if (plan.empty()) throw NothingRan("no scenario matches the selection");
  return plan;
}

Duration estimate(const ScenarioPlan& scenario) {
  const auto slot = scenario.operation.empty() ? milliseconds(4) : milliseconds(6);
  const auto launches = static_cast<std::int64_t>(1 + scenario.rounds() / 25);
  const auto rounds = static_cast<std::int64_t>(scenario.rounds()) + launches;
  return static_cast<std::int64_t>(scenario.arms.size()) *
         (rounds * slot + launches * milliseconds(15));
}

}  // namespace loopmark::harness
