// SPDX-License-Identifier: MIT
//
// The program of the workloads: the worker of `loopmark bench` when it is given a workload, else an
// ordinary Google Benchmark binary.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bench/google_benchmark.h"
#include "bench/worker.h"

/// Takes as much of the heap as the conductor's padding takes of the stack: that moves what comes after.
static void move_heap() {
  static std::vector<char> padding;  // to the end of the process
  if (const char* const text = std::getenv("LOOPMARK_PADDING")) padding.resize(std::strlen(text));
}

int main(int argc, char** argv) {
  using namespace loopmark::bench;
  const bool is_worker = std::any_of(argv + 1, argv + argc, [](std::string_view argument) {
    return argument.starts_with("--workload") || argument == "--list";
  });
  if (!is_worker) return run_google_benchmarks(argc, argv);

  CLI::App app{"One workload on one arm. Commands come on standard input; see bench/worker.h."};
  Assignment assignment;
  bool list = false;
  app.add_flag("--list", list, "Write what workloads there are, a line of JSON each");
  app.add_option("--workload", assignment.workload, "The workload");
  app.add_option("--arm", assignment.arm, "A backend, or a bare loop of the workload");
  app.add_option("--module", assignment.module, "The module that the backend is in");
  app.add_option("--param", assignment.parameters, "NAME=VALUE");
  app.add_option("--result-fd", assignment.result_fd, "Where answers go (standard output)");
  app.add_option("--cpus", assignment.cpus, "CPU of the loop, CPU of a second thread")
      ->delimiter(',');
  app.add_option("--planted", assignment.planted_steps,
                 "Steps of work planted in each callback of a bare arm");
  app.add_option("--pace", assignment.pace,
                 "What prepare answered in another process, to go by instead of measuring it")
      ->check(CLI::Range(1.0, 1e9));
  app.add_option("--events", assignment.slots, "N,...: do a slot of each of these, and end")
      ->delimiter(',')
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  app.add_flag("--check", assignment.check,
               "Do nothing: say by the exit code whether the parameters go together");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!list) {
    move_heap();
    return work(assignment);
  }
  list_workloads(STDOUT_FILENO);
  return 0;
}
