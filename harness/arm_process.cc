// SPDX-License-Identifier: MIT
#include "harness/arm_process.h"

#include <fmt/format.h>

#include <sstream>

#include "harness/json_text.h"
#include "harness/round_check.h"

namespace loopmark::harness {
namespace {

// For one command. Slots take milliseconds, the longest some seconds: a loop that takes so long has lost an event.
constexpr Duration kAnswerLimit = std::chrono::seconds(20);

/// The last line that the worker wrote to standard error, if any.
std::string last_words(const std::string& errors) {
  const std::string line = last_line(errors);
  return line.empty() ? "" : ": " + line;
}

WorkerCommand commanded(const std::string& worker, const ScenarioPlan& scenario, const ArmPlan& arm,
                        const std::vector<int>& cpus) {
  WorkerCommand command;
  command.arguments = workload_arguments(worker, scenario, arm);
  if (!cpus.empty()) command.arguments.push_back(fmt::format("--cpus={}", fmt::join(cpus, ",")));
  // Not where events are counted: under a profiler the machine has another pace.
  if (scenario.pace > 0) command.arguments.push_back(fmt::format("--pace={}", scenario.pace));
  command.time_limit = kAnswerLimit;
  command.takes_commands = true;
  command.traced_on_timeout = false;
  return command;
}

}  // namespace

std::vector<std::string> workload_arguments(const std::string& worker, const ScenarioPlan& scenario,
                                            const ArmPlan& arm) {
  std::vector<std::string> arguments{
      worker,  "--workload", scenario.workload,
      "--arm", arm.arm,      fmt::format("--result-fd={}", kResultFd)};
  if (!arm.module.empty()) arguments.push_back("--module=" + arm.module);
  if (arm.planted_steps > 0) arguments.push_back(fmt::format("--planted={}", arm.planted_steps));
  std::istringstream parameters(scenario.parameters);
  for (std::string each; std::getline(parameters, each, ',');)
    arguments.push_back("--param=" + each);
  return arguments;
}

std::optional<Json> next_answer(ResultLines& lines) {
  try {
    std::optional<Json> answer = lines.next();
    if (answer && answer->contains("refused"))
      throw ArmLost(answer->at("refused").get<std::string>(), true);
    if (answer && answer->contains("wrong"))
      throw ArmLost(answer->at("wrong").get<std::string>(), false);
    if (answer && answer->contains("wall_ns")) check_slot(*answer);
    return answer;
  } catch (const BadResultLine& error) {
    throw ArmLost(std::string("its process wrote ") + error.what(), false);
  } catch (const Json::exception& error) {
    throw ArmLost("its process wrote an answer that cannot be read: " + reason_of(error), false);
  } catch (const std::invalid_argument& error) {
    throw ArmLost(std::string("its process wrote an answer that cannot be: ") + error.what(),
                  false);
  }
}

ArmProcess::ArmProcess(const std::string& worker, const ScenarioPlan& scenario, const ArmPlan& arm,
                       const std::vector<int>& cpus)
    : process_(commanded(worker, scenario, arm, cpus)) {}

Json ArmProcess::ask(const std::string& command) {
  process_.renew_time_limit(kAnswerLimit);
  process_.send(command);  // if it reads no more, its end says so
  for (;;) {
    lines_.feed(process_.take_results());
    if (const std::optional<Json> answer = next_answer(lines_)) return *answer;
    if (process_.ended()) {
      const WorkerOutcome& outcome = process_.outcome();
      throw ArmLost(fmt::format("its process {} at \"{}\"{}", describe(outcome), command,
                                last_words(outcome.errors)),
                    false);
    }
    process_.wait();
  }
}

}  // namespace loopmark::harness
