// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

#include "harness/backend_answers.h"
#include "harness/command.h"
#include "harness/executables.h"
#include "harness/text_table.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

struct ProgramsOptions {
  std::vector<std::string> backends;
  std::vector<std::string> modules;
  std::uint64_t seed = 0;
  std::uint64_t count = 1000;
  double seconds = 0;  // a backend, instead of `count`
  std::size_t jobs = default_jobs();
  std::string program;
  std::string keep = "results/programs";
  std::string format = "text";
};

/// Longer than any program and its shrinking may take, each of which has a limit of its own in the worker.
constexpr auto kShrinking = std::chrono::minutes(15);

WorkerCommand command_for(const BackendInfo& backend, const ProgramsOptions& options) {
  std::vector<std::string> arguments = arguments_for(program_worker(), backend);
  const auto add = [&](const char* name, const std::string& value) {
    arguments.insert(arguments.end(), {name, value});
  };
  if (!options.program.empty()) {
    add("--program", options.program);
  } else {
    add("--seed", std::to_string(options.seed));
    if (options.seconds > 0) {
      add("--seconds", fmt::format("{}", options.seconds));
    } else {
      add("--count", std::to_string(options.count));
    }
  }
  const auto limit =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.seconds));
  return {.arguments = arguments, .time_limit = options.seconds > 0 ? limit + kShrinking : kNever};
}

/// The file of the program that broke the contract on `backend`.
fs::path kept_program(const BackendInfo& backend, const ProgramsOptions& options) {
  std::string name = backend.name;
  std::replace(name.begin(), name.end(), '/', '.');
  return fs::path(options.keep) / fmt::format("{}-{}.program", name, options.seed);
}

/// Stores that program, as it can be run again, and be kept.
void keep(const BackendAnswer& answer, const ProgramsOptions& options) {
  if (!options.program.empty() || !answer.line.contains("program")) return;
  const fs::path path = kept_program(*answer.backend, options);
  fs::create_directories(options.keep);
  std::ofstream file(path);
  file << "# " << answer.backend->name << ": " << text_in(answer.line, "fault") << '\n'
       << text_in(answer.line, "program");
  if (!file.flush()) throw EnvironmentError("cannot write " + path.string());
}

void print_fault(const BackendAnswer& answer, const ProgramsOptions& options) {
  const BackendInfo& backend = *answer.backend;
  fmt::print("\n{}: {}\n", backend.name, text_in(answer.line, "fault"));
  if (answer.line.contains("number")) {
    fmt::print("program {} of seed {}, of {} actions; shrunk, after {} trials, to\n",
               count_in(answer.line, "number"), count_in(answer.line, "seed"),
               count_in(answer.line, "actions_at_first"), count_in(answer.line, "shrinks"));
  }
  if (!answer.line.contains("program")) return;
  fmt::print("\n{}", text_in(answer.line, "program"));
  if (!options.program.empty()) return;
  const std::string module = backend.module.empty() ? "" : " --module " + backend.module;
  fmt::print("\nagain: loopmark programs -b {}{} --program {}\n", backend.name, module,
             kept_program(backend, options).string());
}

void print_text(const BackendAnswers& answers, const ProgramsOptions& options) {
  std::vector<std::vector<std::string>> rows{
      {"BACKEND", "PROGRAMS", "ACTIONS", "CALLS", "VERDICT"}};
  for (const BackendAnswer& each : answers.all) {
    rows.push_back({each.backend->name, count_in(each.line, "programs"),
                    count_in(each.line, "actions"), count_in(each.line, "calls"), verdict(each)});
  }
  fmt::print("{}", text_table(rows, false));
  for (const BackendAnswer& each : answers.all) {
    if (each.line.contains("fault")) print_fault(each, options);
    if (!each.error.empty()) fmt::print("\n{}: {}\n", each.backend->name, each.error);
  }
}

ExitCode programs(const ProgramsOptions& options) {
  if (!options.program.empty() && !fs::is_regular_file(options.program)) {
    throw EnvironmentError("there is no program in " + options.program);
  }
  BackendAnswers answers = select_to_be_asked(options.backends, options.modules);
  if (options.program.empty() && options.format == "text") {
    fmt::print("seed {}: the same programs again with --seed {}\n", options.seed, options.seed);
  }
  const bool asked_all = ask(
      answers, options.jobs,
      [&](const BackendInfo& backend) { return command_for(backend, options); },
      [&](const BackendAnswer& answer) { keep(answer, options); });
  if (!asked_all) return ExitCode::kInterrupted;
  options.format == "json" ? print_json(answers) : print_text(answers, options);
  return exit_code(answers);
}

}  // namespace

CommandBody define_programs(CLI::App& app) {
  const auto options = std::make_shared<ProgramsOptions>();
  options->seed = std::random_device()();
  add_backends(app, options->backends, options->modules);
  app.add_option("--seed", options->seed, "Seed; program n of a seed is always the same");
  CLI::Option* const count = app.add_option("--count", options->count, "Programs a backend")
                                 ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                                 ->capture_default_str();
  app.add_option_function<double>(
         "--minutes", [options](const double& minutes) { options->seconds = minutes * 60; },
         "Time a backend, instead")
      ->check(CLI::Range(0.001, 10000.0))
      ->excludes(count);
  app.add_option("--program", options->program, "A file with one program, instead of random ones")
      ->type_name("FILE");
  app.add_option("--keep", options->keep, "Folder for programs that break the contract")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("-j,--jobs", options->jobs, "Backends at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--format", options->format, "text or json")->check(one_of({"text", "json"}));
  return [options] { return programs(*options); };
}

}  // namespace loopmark::harness
