// SPDX-License-Identifier: MIT
//
// Searches the interleavings of one backend's threads, and calls it from two at once; prints what came of it as a line of
// JSON.
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "conformance/interleavings/calls.h"
#include "conformance/interleavings/scheduler.h"
#include "conformance/interleavings/search.h"
#include "conformance/interleavings/wakers.h"
#include "reactors/registry.h"

namespace loopmark::conformance::interleavings {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
constexpr int kPassed = 0, kFailed = 1, kMisused = 2, kUnavailable = 3;

struct Options {
  std::string backend, module, scenario, plant;
  bool list = false;
  std::size_t preemptions = 2;
  std::uint64_t most_schedules = 10'000'000;
  std::uint64_t calls = 0;
  std::uint64_t seed = 0;
  int patience = 20;  // seconds
};

/// What is known by now, for report_fault(), too.
Json& result() {
  static Json the_result = Json::object();
  return the_result;
}

void print_result() {
  std::cout << result().dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void call(const Options& options, const Backend& backend) {
  const auto begin = Clock::now();
  result()["calls"] = options.calls;
  result()["seed"] = options.seed;
  const Called called = call_from_two_threads(backend, options.calls, options.seed,
                                              std::chrono::seconds(options.patience));
  result()["lost"] = 0;
  result()["bursts"] = called.bursts;
  result()["sleeps"] = called.sleeps;
  result()["call_seconds"] = seconds_since(begin);
}

/// One thread goes at a time: on one processor the next is there at once.
void stay_on_this_processor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

void search_all(const Options& options, const Backend& backend) {
  stay_on_this_processor();
  if (!options.plant.empty()) plant(Plant::kEarlyWakesLost);
  Json& found = result();
  found["preemptions"] = options.preemptions;
  std::uint64_t schedules = 0;
  for (const Scenario& scenario : all_scenarios()) {
    if (!options.scenario.empty() && scenario.name != options.scenario) continue;
    if (scenario.full_wakers && backend.make_library_loop != nullptr) continue;  // see scenarios.h
    const auto begin = Clock::now();
    found["scenario"] = scenario.name;
    const Searched searched =
        search(scenario, backend, options.preemptions, options.most_schedules);
    schedules += searched.schedules;
    found["scenarios"].push_back({{"name", scenario.name},
                                  {"schedules", searched.schedules},
                                  {"ended", searched.ended},
                                  {"complete", searched.complete},
                                  {"seconds", seconds_since(begin)}});
  }
  found.erase("scenario");
  found["schedules"] = schedules;
}

const Backend& find_backend(const Options& options) {
  static Registry registry = Registry::built_in();
  if (!options.module.empty()) {
    registry.load(options.module);
  } else if (registry.find(options.backend) == nullptr) {
    registry = Registry::standard();
  }
  return *registry.at(options.backend).row;
}

int list_scenarios() {
  for (const Scenario& scenario : all_scenarios())
    std::cout << Json{{"scenario", scenario.name}}.dump() << '\n';
  return kPassed;
}

bool is_known(std::string_view scenario) {
  const auto has_name = [scenario](const Scenario& each) { return each.name == scenario; };
  const auto all = all_scenarios();
  return scenario.empty() || scenario == "none" || std::any_of(all.begin(), all.end(), has_name);
}

int run(const Options& options) {
  if (options.list) return list_scenarios();
  try {
    if (!is_known(options.scenario))
      throw std::invalid_argument("there is no scenario '" + options.scenario + "'");
    const Backend& backend = find_backend(options);
    result()["backend"] = backend.name;
    if (options.calls > 0) call(options, backend);
    if (options.scenario != "none") search_all(options, backend);
  } catch (const std::invalid_argument& error) {
    std::cerr << "loopmark-interleavings: " << error.what() << '\n';
    return kMisused;
  } catch (const std::exception& error) {
    std::cerr << "loopmark-interleavings: " << error.what() << '\n';
    return kUnavailable;
  }
  print_result();
  return kPassed;
}

}  // namespace

void report_fault(const std::string& fault, const std::string& steps) {
  result()["fault"] = fault;
  if (result().contains("scenario")) {
    result()["schedule"] = schedules_so_far;
    result()["steps"] = steps;
  }
  print_result();
  ::_exit(kFailed);
}

}  // namespace loopmark::conformance::interleavings

int main(int argc, char** argv) {
  using namespace loopmark::conformance::interleavings;
  Options options;
  CLI::App app("Searches the interleavings of one backend's threads");
  app.add_flag("--list", options.list, "Only the names of the scenarios");
  app.add_option("--backend", options.backend);
  app.add_option("--module", options.module);
  app.add_option("--scenario", options.scenario, "One alone, or none");
  app.add_option("--preemptions", options.preemptions, "At most so many in a schedule");
  app.add_option("--most-schedules", options.most_schedules, "Of a scenario");
  app.add_option("--calls", options.calls, "Calls from two threads at once");
  app.add_option("--seed", options.seed, "Of the sizes of their bursts");
  app.add_option("--patience", options.patience, "Seconds until a call counts as lost");
  app.add_option("--plant", options.plant, "A fault in the kernel's place")
      ->check(CLI::IsMember({"early_wakes_lost"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(options);
}
