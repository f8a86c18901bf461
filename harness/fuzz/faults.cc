// SPDX-License-Identifier: MIT
//
// Failing calls: the first line is a fault as it stands on a command line, read by the program and by the worker; the others
// are what a worker says of the calls that it has counted, or of one that has failed.
#include "conformance/fault_table.h"

#include <sstream>

#include "harness/exit_code.h"
#include "harness/fault_report.h"
#include "harness/fuzz/fuzz_target.h"
#include "harness/result_line.h"

namespace loopmark::harness::fuzz {
namespace {

const Cell& cell() {
  static const BackendInfo backend = [] {
    BackendInfo row;
    row.name = "epoll";
    row.library = "loopmark";
    return row;
  }();
  static const CaseInfo test = [] {
    CaseInfo made;
    made.clause = "FD-READ-01";
    made.name = "Case";
    return made;
  }();
  static const Cell the_cell{&backend, &test};
  return the_cell;
}

/// What the worker understands, the program has understood, and the same.
void read_fault(const std::string& text) {
  std::string understood;
  try {
    understood = one_fault_of({cell(), {}, {}, ""}, text).text();
  } catch (const UsageError& error) {
    expect(*error.what() != '\0', "a refusal says something");
  }
  try {
    const auto [call, number, error] = conformance::faults::parse(text);
    const std::string again = std::string(name_of(call)) + ':' + std::to_string(number) + ':' +
                              conformance::faults::name_of_error(error);
    expect(understood == again, "both read the same");
  } catch (const std::invalid_argument& error) {
    expect(*error.what() != '\0', "a refusal says something");
  }
}

void read_answers(const WorkerOutcome& worker) {
  const CallCount count = read_count(cell(), worker);
  std::vector<Fault> faults = faults_of(count, 100);
  faults.push_back({cell(), "recv", 3, "EINTR"});
  for (const Fault& fault : {faults.front(), faults.back()}) {
    const FaultResult result = judge_fault(fault, worker);
    expect(!to_line(to_json(result)).empty() && !describe(result).empty(), "it can be told");
    as_cells({result});
  }
}

}  // namespace
}  // namespace loopmark::harness::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness;
  using namespace loopmark::harness::fuzz;
  std::istringstream lines{std::string(text_of(data, size))};
  std::string fault, results, framed;
  std::getline(lines, fault);
  for (std::string line; std::getline(lines, line);) {
    results += line + '\n';
    framed += result_line(line);
  }
  read_fault(fault);
  WorkerOutcome worker;
  for (const std::string& each : {results, framed}) {
    worker.results = each;
    for (worker.code = 0; worker.code < 2; ++worker.code) read_answers(worker);
  }
  return 0;
}
