// SPDX-License-Identifier: MIT
#include "bench/google_benchmark.h"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/arms.h"

namespace loopmark::bench {
namespace {

// So many events are asked for between two looks at the clock, where the row does not say.
constexpr std::uint64_t kBatch = 1000;

void run(benchmark::State& state, const WorkloadRow& row, const Arm& arm,
         std::string_view parameters) {
  try {
    const std::unique_ptr<Workload> workload = row.make(arm, parse_parameters(row, parameters));
    workload->prepare();
    const std::uint64_t asked = row.slot_events > 0 ? row.slot_events : kBatch;
    const auto slot = [&](SlotRecord& record) {
      record.stopwatch.start();
      const std::uint64_t done = workload->slot(asked, record);
      record.stopwatch.stop();
      return static_cast<std::int64_t>(done);
    };
    // A slot may have to do more than it was asked for, and a batch is announced before: as many as
    // the slot before has done.
    SlotRecord warm_up;
    std::int64_t batch = slot(warm_up);
    workload->verify();
    std::int64_t all = 0;
    while (state.KeepRunningBatch(std::max<std::int64_t>(batch, 1))) {
      SlotRecord record;
      batch = slot(record);
      all += batch;
      state.SetIterationTime(static_cast<double>(record.stopwatch.used().wall) * 1e-9);
    }
    workload->verify();
    state.SetItemsProcessed(all);
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
