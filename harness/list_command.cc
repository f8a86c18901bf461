// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <sstream>

#include "harness/backend_catalogue.h"
#include "harness/case_catalogue.h"
#include "harness/command.h"
#include "harness/contract.h"
#include "harness/executables.h"
#include "harness/profile.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

struct ListOptions {
  std::string what = "backends";
  std::vector<std::string> modules;
  std::string format = "text";
  bool verbose = false;

  bool json() const { return format == "json"; }
};

std::string version_of(const BackendInfo& row) {
  return row.runtime_version.empty() ? row.compiled_version : row.runtime_version;
}

std::string status_of(const BackendInfo& row) {
  std::string status(word(row.status));
  return row.ready() || row.reason.empty() ? status : status + ": " + row.reason;
}

/// A table with its head; after each row what `details` says of that number, from 0 on.
template <class Details>
void print_with_details(const std::vector<std::vector<std::string>>& table, Details details) {
  std::istringstream lines(columns(table));
  std::string line;
  std::getline(lines, line);
  fmt::print("{}\n", line);
  for (std::size_t i = 0; std::getline(lines, line); ++i) {
    fmt::print("{}\n", line);
    details(i);
  }
}

void print_details(const BackendInfo& row) {
  fmt::print("    {}\n", row.description);
  if (!row.module.empty()) fmt::print("    module {}\n", row.module);
  if (!row.library_path.empty()) fmt::print("    library {}\n", row.library_path);
  if (!row.evidence.empty()) fmt::print("    evidence {}\n", row.evidence);
  for (const DeclaredDeviation& each : row.deviations) {
    fmt::print("    deviates from {} ({}): {} [{}; {}]\n", each.clause, each.how, each.reason,
               each.source, each.program);
  }
}

void print_rows(const std::vector<BackendInfo>& rows, const ListOptions& options) {
  if (options.json()) {
    for (const BackendInfo& row : rows) fmt::print("{}\n", to_line(to_json(row)));
    return;
  }
  std::vector<std::vector<std::string>> table{
      {"BACKEND", "VERSION", "MECHANISM", "KIND", "STATUS"}};
  std::map<std::string_view, int> counts;
  for (const BackendInfo& row : rows) {
    table.push_back({row.name, version_of(row), row.mechanism,
                     row.module.empty() ? "built-in" : "module", status_of(row)});
    if (row.status == BackendInfo::Status::kNotBuilt) table.back()[3] = "-";
    ++counts[word(row.status)];
  }
  if (options.verbose) {
    print_with_details(table, [&](std::size_t i) { print_details(rows[i]); });
  } else {
    fmt::print("{}", columns(table));
  }
  std::string summary;
  for (const auto& [status, count] : counts) {
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, status);
  }
  fmt::print("{}\n", summary.empty() ? "none" : summary);
}

void print_cases(const ListOptions& options) {
  const std::vector<CaseInfo> cases = list_cases(case_worker());
  for (const CaseInfo& each : cases) {
    if (options.json()) {
      fmt::print("{}\n", to_line({{"clause", each.clause},
                                  {"name", each.name},
                                  {"requirement", each.requirement},
                                  {"catches", each.catches},
                                  {"needs", each.needs},
                                  {"file", each.file},
                                  {"line", each.line}}));
    } else {
      fmt::print("{}\n", each.id());
      if (options.verbose) fmt::print("    {}\n", each.requirement);
    }
  }
  if (!options.json()) fmt::print("{} cases\n", cases.size());
}

void print_clauses(const ListOptions& options) {
  for (const Section& section : contract().sections) {
    if (!options.json()) fmt::print("{}: {}, {}\n", section.prefix, section.title, section.counts);
    for (const Clause& clause : section.clauses) {
      if (options.json()) {
        fmt::print("{}\n", to_line({{"clause", clause.id},
                                    {"level", clause.level},
                                    {"requirement", clause.requirement},
                                    {"judged", clause.judged}}));
      } else {
        fmt::print("  {:<16} {:<6} {}\n", clause.id, clause.level,
                   options.verbose ? clause.requirement : clause.judged);
      }
    }
  }
}

void print_workload(const Json& workload) {
  for (const auto& [key, what] :
       {std::pair("timed", "timed"), {"not_shown", "not shown"}, {"verdicts", "verdicts"}})
    fmt::print("    {}: {}\n", what, workload.value(key, ""));
  for (const auto& [name, parameter] : workload.at("parameters").items()) {
    fmt::print("    {}={}: {}\n", name, parameter.value("standard", ""),
               parameter.value("meaning", ""));
  }
  for (const Json& scenario : workload.at("scenarios")) {
    const double margin = scenario.value("margin", 0.0);
    const std::uint64_t launches = scenario.value("launches", std::uint64_t{1});
    fmt::print("    /{}{}{}{}\n", scenario.value("parameters", ""),
               scenario.value("judged", false) ? ", verdict" : "",
               margin > 0 ? fmt::format(", margin {:g} %: {}", 100 * margin,
                                        scenario.value("why_margin", ""))
                          : "",
               launches > 1 ? fmt::format(", {} times as many launches", launches) : "");
  }
}

void print_workloads(const ListOptions& options) {
  const std::vector<Json> workloads = lines_of_json({workload_worker(), "--list"});
  std::vector<std::vector<std::string>> table{{"WORKLOAD", "QUESTION"}};
  std::size_t judged = 0;
  for (const Json& line : workloads) {
    if (options.json()) fmt::print("{}\n", to_line(line));
    table.push_back({line.value("workload", "?"), line.value("question", "?")});
    for (const Json& scenario : line.at("scenarios")) judged += scenario.value("judged", false);
  }
  if (options.json()) return;
  if (options.verbose) {
    print_with_details(table, [&](std::size_t i) { print_workload(workloads[i]); });
  } else {
    fmt::print("{}", columns(table));
  }
  fmt::print("{} workloads, {} scenarios with verdicts\n", workloads.size(), judged);
}

void print_subjects(const ListOptions& options) {
  std::vector<std::vector<std::string>> table{{"SUBJECT", "TOPIC", "QUESTION"}};
  for (const SubjectInfo& each : list_subjects(profile_worker())) {
    if (options.json()) fmt::print("{}\n", to_line(to_json(each)));
    table.push_back({each.id, each.topic, each.question});
  }
  if (!options.json()) fmt::print("{}", columns(table));
}

ExitCode list(const ListOptions& options) {
  if (options.what == "backends")
    print_rows(probe_all(case_worker(), options.modules).backends, options);
  if (options.what == "mutants")
    print_rows(probe_folder(case_worker(), program_folder() / "mutants"), options);
  if (options.what == "cases") print_cases(options);
  if (options.what == "clauses") print_clauses(options);
  if (options.what == "workloads") print_workloads(options);
  if (options.what == "subjects") print_subjects(options);
  return ExitCode::kOk;
}

}  // namespace

CommandBody define_list(CLI::App& app) {
  const auto options = std::make_shared<ListOptions>();
  app.add_option("what", options->what,
                 "backends (default), cases, clauses, workloads, mutants or subjects")
      ->check(one_of({"backends", "cases", "clauses", "workloads", "mutants", "subjects"}));
  app.add_option("--module", options->modules, "A further backend module")->allow_extra_args(false);
  app.add_option("--format", options->format, "text or json (one object a line)")
      ->check(one_of({"text", "json"}));
  app.add_flag("-v,--verbose", options->verbose,
               "With details; of workloads what is timed, not shown, and judged, and why");
  return [options] { return list(*options); };
}

}  // namespace loopmark::harness
