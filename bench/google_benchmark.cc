// SPDX-License-Identifier: MIT
#include "bench/google_benchmark.h"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/arms.h"

namespace loopmark::bench {
namespace {

// So many events are done between two looks at the clock, where the row does not say.
constexpr std::int64_t kBatch = 1000;

void run(benchmark::State& state, const WorkloadRow& row, const Arm& arm,
         std::string_view parameters) {
  try {
    const std::unique_ptr<Workload> workload = row.make(arm, parse_parameters(row, parameters));
    workload->prepare();
    const auto batch = row.slot_events > 0 ? static_cast<std::int64_t>(row.slot_events) : kBatch;
    std::uint64_t done = 0;
    while (state.KeepRunningBatch(batch)) {
      SlotRecord record;
      record.stopwatch.start();
      done += workload->slot(static_cast<std::uint64_t>(batch), record);
      record.stopwatch.stop();
      state.SetIterationTime(static_cast<double>(record.stopwatch.used().wall) * 1e-9);
    }
    workload->verify();
    state.SetItemsProcessed(static_cast<std::int64_t>(done));
    state.SetLabel(workload->evidence());
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

}  // namespace

int run_google_benchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const Registry registry = Registry::standard();
  for (const WorkloadRow* row : workloads()) {
    std::vector<std::string> arms(row->bare_arms.begin(), row->bare_arms.end());
    for (const Registry::Entry& entry : registry.entries()) {
      if (!row->backends) break;
      arms.emplace_back(entry.row->name);
      if (row->library_arms && entry.row->make_library_loop != nullptr) {
        arms.push_back(std::string(kLibraryArm) + std::string(entry.row->name));
      }
    }
    for (const Scenario& scenario : row->scenarios) {
      for (const std::string& name : arms) {
        const Arm arm = find_arm(*row, registry, name);
        std::string title = std::string(row->name) + "/" + std::string(scenario.parameters) + "/";
        std::replace_copy(name.begin(), name.end(), std::back_inserter(title), '/', '.');
        benchmark::RegisterBenchmark(title.c_str(), [row, arm, &scenario](benchmark::State& state) {
          run(state, *row, arm, scenario.parameters);
        })->UseManualTime();
      }
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace loopmark::bench
