// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <thread>

#include "harness/command.h"
#include "harness/framing.h"
#include "harness/interruption.h"
#include "harness/programs.h"
#include "harness/selectors.h"
#include "harness/text_table.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::vector<std::string> backends;
  std::vector<std::string> modules;
  std::uint64_t seed = 0;
  std::uint64_t count = 1000;
  double seconds = 0;  // a backend, instead of `count`
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string program;
  std::string keep = "results/programs";
  std::string format = "text";
};

/// Longer than any program and its shrinking may take, each of which has a limit of its own in the worker.
constexpr auto kShrinking = std::chrono::minutes(15);

/// What came of one backend.
struct Outcome {
  explicit Outcome(const BackendInfo* of) : backend(of) {}

  const BackendInfo* backend;
  Json found = Json::object();  // the worker's line
  std::string error;            // where there is none
  fs::path kept;                // the program, if it broke the contract

  bool failed() const { return !error.empty() || found.contains("fault"); }
};

std::vector<std::string> arguments_for(const BackendInfo& backend, const Options& options) {
  std::vector<std::string> arguments{program_worker(), "--backend", backend.name};
  const auto add = [&](const char* name, const std::string& value) {
    arguments.insert(arguments.end(), {name, value});
  };
  if (!backend.module.empty()) add("--module", backend.module);
  if (!options.program.empty()) {
    add("--program", options.program);
    return arguments;
  }
  add("--seed", std::to_string(options.seed));
  if (options.seconds > 0) {
    add("--seconds", fmt::format("{}", options.seconds));
  } else {
    add("--count", std::to_string(options.count));
  }
  return arguments;
}

/// A worker's line counts only when it ended as it says: with a fault, or without one.
void take(Outcome& outcome, const WorkerOutcome& worker) {
  const Json found = Json::parse(worker.output, nullptr, false);
  const int status = found.is_object() && found.contains("fault") ? 1 : 0;
  if (found.is_object() && worker.end == WorkerOutcome::End::kExited && worker.code == status) {
    outcome.found = found;
  } else {
    outcome.error = "the worker " + describe(worker) + ": " + excerpt(worker.errors, 400);
  }
}

/// Stores the program that broke the contract, as it can be run again, and be kept.
void keep(Outcome& outcome, const Options& options) {
  if (!options.program.empty() || !outcome.found.contains("program")) return;
  std::string name = outcome.backend->name;
  std::replace(name.begin(), name.end(), '/', '.');
  fs::create_directories(options.keep);
  outcome.kept = fs::path(options.keep) / fmt::format("{}-{}.program", name, options.seed);
  std::ofstream file(outcome.kept);
  file << "# " << outcome.backend->name << ": " << outcome.found["fault"].get<std::string>() << '\n'
       << outcome.found["program"].get<std::string>();
  if (!file.flush()) throw EnvironmentError("cannot write " + outcome.kept.string());
}

std::string number_in(const Json& line, const char* name) {
  return line.contains(name) ? std::to_string(line[name].get<std::uint64_t>()) : "";
}

void print_fault(const Outcome& outcome) {
  fmt::print("\n{}: {}\n", outcome.backend->name, outcome.found["fault"].get<std::string>());
  if (outcome.found.contains("number")) {
    fmt::print("program {} of seed {}, of {} actions; shrunk, after {} trials, to\n",
               number_in(outcome.found, "number"), number_in(outcome.found, "seed"),
               number_in(outcome.found, "actions_at_first"), number_in(outcome.found, "shrinks"));
  }
  fmt::print("\n{}", outcome.found["program"].get<std::string>());
  if (outcome.kept.empty()) return;
  const std::string module =
      outcome.backend->module.empty() ? "" : " --module " + outcome.backend->module;
  fmt::print("\nagain: loopmark programs -b {}{} --program {}\n", outcome.backend->name, module,
             outcome.kept.string());
}

void print_text(const std::vector<Outcome>& outcomes) {
  std::vector<std::vector<std::string>> rows{
      {"BACKEND", "PROGRAMS", "ACTIONS", "CALLS", "VERDICT"}};
  for (const Outcome& each : outcomes) {
    std::string verdict = each.failed() ? "fail" : "pass";
    if (!each.backend->ready())
      verdict = std::string(word(each.backend->status)) + ": " + each.backend->reason;
    rows.push_back({each.backend->name, number_in(each.found, "programs"),
                    number_in(each.found, "actions"), number_in(each.found, "calls"), verdict});
  }
  fmt::print("{}", text_table(rows, false));
  for (const Outcome& each : outcomes) {
    if (each.found.contains("fault")) print_fault(each);
    if (!each.error.empty()) fmt::print("\n{}: {}\n", each.backend->name, each.error);
  }
}

void print_json(const std::vector<Outcome>& outcomes) {
  Json all = Json::array();
  for (const Outcome& each : outcomes) {
    Json line = each.found;
    line["backend"] = each.backend->name;
    line["status"] = word(each.backend->status);
    if (!each.error.empty()) line["error"] = each.error;
    all.push_back(line);
  }
  fmt::print("{}\n", all.dump(2));
}

ExitCode programs(const Options& options) {
  if (!options.program.empty() && !fs::is_regular_file(options.program)) {
    throw EnvironmentError("there is no program in " + options.program);
  }
  const auto selectors = split_selectors(options.backends);
  const BackendCatalogue catalogue =
      probe_all(case_worker(), modules_in(selectors, options.modules));
  std::vector<Outcome> outcomes;
  for (const BackendInfo* backend : select_backends(catalogue, selectors))
    outcomes.emplace_back(backend);

  Interruption interruption;
  if (options.program.empty() && options.format == "text") {
    fmt::print("seed {}: the same programs again with --seed {}\n", options.seed, options.seed);
  }
  const bool ran_all = run_workers(
      outcomes.size(), options.jobs, interruption,
      [&](std::size_t number) -> std::optional<WorkerCommand> {
        const BackendInfo& backend = *outcomes[number].backend;
        if (!backend.ready()) return std::nullopt;
        const auto limit =
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.seconds));
        return WorkerCommand{.arguments = arguments_for(backend, options),
                             .time_limit = options.seconds > 0 ? limit + kShrinking : kNever};
      },
      [&](std::size_t number, const WorkerOutcome& worker) {
        take(outcomes[number], worker);
        keep(outcomes[number], options);
      });
  if (!ran_all) return ExitCode::kInterrupted;
  options.format == "json" ? print_json(outcomes) : print_text(outcomes);
  const auto ready = [](const Outcome& each) { return each.backend->ready(); };
  if (std::none_of(outcomes.begin(), outcomes.end(), ready))
    throw NothingRan("no backend that is selected is ready");
  const bool failed = std::any_of(outcomes.begin(), outcomes.end(),
                                  [](const Outcome& each) { return each.failed(); });
  return failed ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace

CommandBody define_programs(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  options->seed = std::random_device()();
  const auto list = [&app](const char* names, std::vector<std::string>& into, const char* what) {
    app.add_option(names, into, what)->allow_extra_args(false)->type_name("LIST");
  };
  list("-b,--backend", options->backends,
       "Backends: epoll, libev/*, native, all, ./x.so; -X or !X takes away");
  list("--module", options->modules, "A further backend module");
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
