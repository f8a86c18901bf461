// SPDX-License-Identifier: MIT
#include "harness/bench_comparison.h"
#include "harness/bench_export.h"
#include "harness/bench_table.h"
#include "harness/blessing.h"
#include "harness/conform_comparison.h"
#include "harness/counts_summary.h"
#include "harness/exit_code.h"
#include "harness/fuzz/fuzz_target.h"
#include "harness/fuzz/sound_run.h"
#include "harness/google_benchmark_json.h"
#include "harness/matrix.h"
#include "harness/plot_data.h"
#include "harness/report.h"
#include "harness/run_differences.h"
#include "harness/score.h"
#include "harness/stored_bench.h"
#include "harness/stored_run.h"

namespace loopmark::harness::fuzz {
namespace {

/// Whatever is made is looked at, so that no compiler leaves it out.
void use(const std::string& text) {
  static volatile std::size_t sum = 0;
  sum = sum + text.size();
}

void read_cells(const RunFolder& folder) {
  const StoredRun run = read_run(folder.path());
  require_all_cells(run);
  const std::vector<CellResult> table = run.table();
  for (const auto rows : {MatrixStyle::Rows::kSections, MatrixStyle::Rows::kClauses})
    use(text_matrix(table, {.rows = rows}));
  use(summary(table) + to_string(score(table)));
  use(markdown("id", table, run.complete));
  use(junit(table));
  for (const CellResult& cell : table) {
    use(brief_report(cell, true) + full_report(cell) + log_name(cell) + to_line(to_json(cell)));
  }
  expect(compare_cells(table, table).empty(), "a run does not differ from itself");
}

void read_rounds_of(const RunFolder& folder) {
  const StoredBench bench = read_bench(folder.path());
  for (const char* const format : {"text", "md"}) use(bench_tables(bench.results, format));
  const Origin origin = origin_of(folder);
  use(bench_csv(bench.results, origin));
  use(to_line(bench_json(bench.results, origin)));
  use(to_line(
      google_benchmark_json(bench.results, folder.record(), folder.part("bench").at("started"))));
  for (const Graph& graph : graphs_of(bench.results, origin))
    use(graph.data + graph.settings_text());
  compare_bench(bench.results, bench.results, 0.05);
  for (const ScenarioResult& result : bench.results) {
    use(result.unsteady());
    result.widest();
  }
  use(to_text(summary_of_counts(bench.results)));
}

}  // namespace

void read_whole_run(const std::filesystem::path& folder) {
  const RunFolder run = RunFolder::open(folder);
  use(to_line(run.record()));
  differences_of_origin(run.record(), run.record(), true);
  for (const char* const part : {"conform", "bench"}) {
    if (run.holds(part)) differences_of_libraries(run.part(part), run.part(part));
  }
  if (run.holds("conform")) read_cells(run);
  if (run.holds("bench")) read_rounds_of(run);
  objections_to_blessing(run);
}

void read_replaced(SoundRun& run, std::string_view target, std::string_view input) {
  run.replace(target, input);
  try {
    read_whole_run(run.folder());
  } catch (const CommandError& error) {
    const std::string_view sentence = error.what();
    expect(sentence.find(run.folder().string()) != std::string_view::npos,
           "a refusal names the file");
    expect(sentence.find('\n') == std::string_view::npos, "a refusal is one line");
  }
}

}  // namespace loopmark::harness::fuzz
