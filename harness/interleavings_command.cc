// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>

#include "harness/backend_answers.h"
#include "harness/command.h"
#include "harness/executables.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

struct InterleavingsOptions {
  std::vector<std::string> backends;
  std::vector<std::string> modules;
  std::uint64_t calls = 1'000'000;
  std::uint64_t seed = 0;
  std::size_t preemptions = 2;  // which takes seconds; 3 take minutes
  std::string scenario;
  std::size_t jobs = 1;  // the calls take two processors
  std::string format = "text";
};

/// No search is that long: the worker hangs.
constexpr auto kLongest = std::chrono::hours(2);

WorkerCommand command_for(const BackendInfo& backend, const InterleavingsOptions& options) {
  std::vector<std::string> arguments = arguments_for(interleaving_worker(), backend);
  const auto add = [&](const char* name, const std::string& value) {
    arguments.insert(arguments.end(), {name, value});
  };
  add("--calls", std::to_string(options.calls));
  add("--seed", std::to_string(options.seed));
  add("--preemptions", std::to_string(options.preemptions));
  if (!options.scenario.empty()) add("--scenario", options.scenario);
  return {.arguments = arguments, .time_limit = kLongest};
}

/// Throws UsageError for a scenario that is none.
void check_scenario(const std::string& wanted) {
  if (wanted.empty() || wanted == "none") return;
  std::vector<std::string> names{"none"};
  for (const Json& line : lines_of_json({interleaving_worker(), "--list"}))
    names.push_back(line.at("scenario"));
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return;
  throw UsageError(
      fmt::format("there is no scenario '{}'; there are {}", wanted, fmt::join(names, ", ")));
}

void print_fault(const BackendAnswer& answer) {
  const Json& line = answer.line;
  fmt::print("\n{}: {}\n", answer.backend->name, text_in(line, "fault"));
  if (!line.contains("schedule")) return;
  fmt::print("schedule {} of {}, at most {} preemptions; its last steps:\n\n{}",
             count_in(line, "schedule"), text_in(line, "scenario"), count_in(line, "preemptions"),
             text_in(line, "steps"));
}

void print_text(const BackendAnswers& answers) {
  std::vector<std::vector<std::string>> rows{
      {"BACKEND", "SCHEDULES", "CALLS", "LOST", "SLEEPS", "VERDICT"}};
  for (const BackendAnswer& each : answers.all) {
    rows.push_back({each.backend->name, count_in(each.line, "schedules"),
                    count_in(each.line, "calls"), count_in(each.line, "lost"),
                    count_in(each.line, "sleeps"), verdict(each)});
  }
  fmt::print("{}", text_table(rows, false));
  for (const BackendAnswer& each : answers.all) {
    if (each.line.contains("fault")) print_fault(each);
    if (!each.error.empty()) fmt::print("\n{}: {}\n", each.backend->name, each.error);
  }
}

ExitCode interleavings(const InterleavingsOptions& options) {
  check_scenario(options.scenario);
  BackendAnswers answers = select_to_be_asked(options.backends, options.modules);
  if (options.format == "text") {
    fmt::print("seed {}, at most {} preemptions in a schedule\n", options.seed,
               options.preemptions);
  }
  const bool asked_all = ask(
      answers, options.jobs,
      [&](const BackendInfo& backend) { return command_for(backend, options); },
      [](const BackendAnswer&) {});
  if (!asked_all) return ExitCode::kInterrupted;
  options.format == "json" ? print_json(answers) : print_text(answers);
  return exit_code(answers);
}

}  // namespace

CommandBody define_interleavings(CLI::App& app) {
  const auto options = std::make_shared<InterleavingsOptions>();
  options->seed = std::random_device()();
  add_backends(app, options->backends, options->modules);
  app.add_option("--calls", options->calls, "Calls from two threads at once; 0: none")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--seed", options->seed, "Of the sizes of the bursts in which they come");
  app.add_option("--preemptions", options->preemptions,
                 "Schedules with at most so many preemptions are searched")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--scenario", options->scenario, "One alone, or none")->type_name("NAME");
  app.add_option("-j,--jobs", options->jobs, "Backends at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--format", options->format, "text or json")->check(one_of({"text", "json"}));
  return [options] { return interleavings(*options); };
}

}  // namespace loopmark::harness
