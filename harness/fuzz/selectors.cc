// SPDX-License-Identifier: MIT
//
// What stands on a command line: lines such as "backend libev/*,!poll", "case TIME", "exclude TIME-CANCEL-01",
// "workload ping_pong/*", "param bytes=1,10", "run 2026-11-22".
#include "harness/selectors.h"

#include <sstream>

#include "harness/bench_plan.h"
#include "harness/exit_code.h"
#include "harness/fuzz/fuzz_target.h"
#include "harness/run_names.h"

namespace loopmark::harness::fuzz {
namespace {

const BackendCatalogue& catalogue() {
  static const BackendCatalogue all = [] {
    BackendCatalogue made;
    for (const char* const name : {"select", "poll", "epoll", "libev/epoll", "libuv"}) {
      BackendInfo& row = made.backends.emplace_back();
      row.name = name;
      row.library = row.name.starts_with("lib") ? row.name.substr(0, 5) : "loopmark";
      row.alias = row.name == "libev/epoll" ? "libev" : "";
      if (row.name == "libuv") row.status = BackendInfo::Status::kNotBuilt;
    }
    return made;
  }();
  return all;
}

std::vector<CaseInfo> cases() {
  std::vector<CaseInfo> all(2);
  all[0].clause = all[1].clause = "TIME-CANCEL-01";
  all[0].name = "NeverCalled";
  all[1].name = "Twice";
  return all;
}

std::vector<Json> workloads() {
  const Json parameters{{"bytes", {{"standard", "1"}}}, {"work", {{"standard", "passes"}}}};
  const Json scenario{
      {"parameters", "bytes=1,work=passes"}, {"quick", true}, {"judged", true}, {"margin", 0}};
  const Json workload{{"workload", "ping_pong"},
                      {"unit", "event"},
                      {"operation", ""},
                      {"question", "?"},
                      {"timed", "all"},
                      {"not_shown", ""},
                      {"quantity", "time per event"},
                      {"slot_events", 0},
                      {"slot_ms", 0},
                      {"clauses", Json::array()},
                      {"counted_events", 1},
                      {"not_counted", ""},
                      {"parameters", parameters},
                      {"scenarios", Json::array({scenario})},
                      {"arms", Json::array({"bare/epoll"})},
                      {"backends", true},
                      {"library_arms", true}};
  return {workload};
}

/// A refusal is what comes of most inputs; anything else that is thrown is a fault.
template <class Select>
void try_to(Select select) {
  try {
    select();
  } catch (const CommandError& error) {
    expect(*error.what() != '\0', "a refusal says something");
  }
}

}  // namespace
}  // namespace loopmark::harness::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness;
  using namespace loopmark::harness::fuzz;
  std::vector<std::string> backends, selected, excluded;
  ScenarioChoice choice;
  std::istringstream lines{std::string(text_of(data, size))};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    const std::string value = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (line.starts_with("backend ")) backends.push_back(value);
    if (line.starts_with("case ")) selected.push_back(value);
    if (line.starts_with("exclude ")) excluded.push_back(value);
    if (line.starts_with("workload ")) choice.selectors.push_back(value);
    if (line.starts_with("param ")) choice.parameters.push_back(value);
    if (line.starts_with("run ")) try_to([&] { check_run_name(value); });
  }
  std::vector<const BackendInfo*> rows;
  try_to([&] { rows = select_backends(catalogue(), split_selectors(backends)); });
  try_to([&] { modules_in(split_selectors(backends), {}); });
  try_to([&] {
    const std::vector<CaseInfo> all = cases();
    const auto chosen =
        select_cases(all, contract(), split_selectors(selected), split_selectors(excluded));
    expect(!chosen.empty(), "nothing is refused");
  });
  try_to([&] { plan_scenarios(workloads(), choice, kQuickEffort, rows); });
  return 0;
}
