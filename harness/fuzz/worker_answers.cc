// SPDX-License-Identifier: MIT
//
// What workers say: of modules, cases and workloads on standard output, of results on a pipe of their own, and of counts
// in the files of the tools that they are run under.
#include <sstream>

#include "harness/arm_process.h"
#include "harness/backend_answers.h"
#include "harness/backend_catalogue.h"
#include "harness/bench_plan.h"
#include "harness/case_catalogue.h"
#include "harness/counted_run.h"
#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/fuzz/fuzz_target.h"
#include "harness/profile.h"
#include "harness/profile_table.h"
#include "harness/result_line.h"
#include "harness/verdict.h"

namespace loopmark::harness::fuzz {
namespace {

/// Each line with the checksum that it should have.
std::string framed(const std::string& text) {
  std::istringstream lines(text);
  std::string all;
  for (std::string line; std::getline(lines, line);) all += result_line(line);
  return all;
}

void ask_arm(const std::string& results) {
  ResultLines lines;
  lines.feed(results);
  for (;;) {
    try {
      if (!next_answer(lines)) return;
    } catch (const ArmLost& loss) {
      expect(loss.what() != nullptr, "a loss has a cause");
    }
  }
}

/// Of cases, or of workloads.
template <class Read>
void read_list(const std::string& output, Read read) {
  try {
    read(json_lines(output, "the worker"));
  } catch (const CommandError& error) {
    expect(*error.what() != '\0', "a refusal says something");
  }
}

std::vector<SlotCounts> announced(const WorkerOutcome& outcome, const std::filesystem::path&) {
  return read_announcements(outcome.errors);
}

void read_counts(const WorkerOutcome& outcome) {
  const Counter counter{"allocations", "", nullptr, announced};
  const CountedRun run = read_run(counter, outcome, "");
  to_line(repeatable(counts_of({counter}, {{run, run}})));
  for (auto* const read : {+[](const std::string& text) { return read_trace(text); },
                           +[](const std::string& text) { return read_profile({text}); }}) {
    try {
      read(outcome.errors);
    } catch (const std::runtime_error& error) {
      expect(*error.what() != '\0', "a refusal says something");
    }
  }
}

void read_backend_answer(const WorkerOutcome& outcome) {
  BackendInfo backend;
  backend.name = "epoll";
  BackendAnswer answer{&backend, Json::object(), ""};
  take_answer(answer, outcome);
  expect(!verdict(answer).empty(), "an answer has a verdict");
  count_in(answer.line, "number");
  text_in(answer.line, "fault");
  SubjectInfo subject;
  subject.answers = {"yes", "no", "hangs"};
  ProfileCell cell{&subject, &backend};
  judge(cell, outcome);
  expect(!cell.answer.empty() && !markdown_profile({cell}).empty(), "a probe comes to something");
}

}  // namespace
}  // namespace loopmark::harness::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness;
  using namespace loopmark::harness::fuzz;
  const std::string text(text_of(data, size));
  WorkerOutcome outcome;
  outcome.output = outcome.errors = text;
  for (const std::string& results : {text, framed(text)}) {
    outcome.results = results;
    for (outcome.code = 0; outcome.code < 2; ++outcome.code)
      expect(judge_worker(outcome).verdict != Verdict::kNotRun, "a worker that ended is judged");
    ask_arm(results);
    outcome.code = 0;
    read_backend_answer(outcome);
  }
  outcome.code = 0;
  for (const BackendInfo& row : rows_of(outcome, "/x.so"))
    expect(!to_line(to_json(row)).empty() && !row.name.empty(), "a row has a name");
  read_list(text, [](const std::vector<Json>& lines) { read_cases(lines, "the worker"); });
  read_list(text,
            [](const std::vector<Json>& lines) { plan_scenarios(lines, {}, kQuickEffort, {}); });
  read_list(text, [](const std::vector<Json>& lines) { read_subjects(lines, "the worker"); });
  outcome.results = text;
  read_counts(outcome);
  return 0;
}
