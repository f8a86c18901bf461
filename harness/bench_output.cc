// SPDX-License-Identifier: MIT
#include "harness/bench_output.h"

#include <fmt/format.h>

#include "harness/bench_export.h"
#include "harness/bench_table.h"
#include "harness/google_benchmark_json.h"
#include "harness/origin.h"

namespace loopmark::harness {

std::string bench_markdown(const std::vector<ScenarioResult>& results, const RunFolder& folder) {
  const Origin origin = origin_of(folder);
  return fmt::format("# Benchmarks\n\n- {}\n- {}\n\n{}", origin.command, origin.machine,
                     bench_tables(results, "md"));
}

void print_results(const std::vector<ScenarioResult>& results, const RunFolder& folder,
                   const std::string& format) {
  const auto print_json = [](const Json& json) { fmt::print("{}\n", to_pretty(json)); };
  if (format == "gbench") {
    print_json(google_benchmark_json(results, folder.record(), folder.part("bench").at("started")));
  } else if (format == "json") {
    print_json(bench_json(results, origin_of(folder)));
  } else if (format == "csv") {
    fmt::print("{}", bench_csv(results, origin_of(folder)));
  } else if (format == "md") {
    fmt::print("{}", bench_markdown(results, folder));
  } else {
    fmt::print("{}", bench_tables(results, format));
  }
}

}  // namespace loopmark::harness
