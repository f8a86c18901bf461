// SPDX-License-Identifier: MIT
#include "harness/backend_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/executables.h"
#include "harness/framing.h"
#include "harness/json_text.h"
#include "harness/selectors.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBuiltIn = "builtin";
constexpr Duration kProbeTime = std::chrono::seconds(20);
constexpr std::size_t kLongestName = 200;

BackendInfo refused(const std::string& module, const std::string& reason) {
  BackendInfo row;
  row.name = module;
  row.module = module;
  row.status = BackendInfo::Status::kRefused;
  row.reason = reason;
  return row;
}

DeclaredDeviation read_deviation(const Json& object) {
  return {.clause = object.at("clause"),
          .how = object.at("how"),
          .reason = object.value("reason", ""),
          .source = object.value("source", ""),
          .program = object.value("program", "")};
}

/// Something to be shown in a table, and to be asked for. What a backend may be called, the registry knows.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

BackendInfo read_row(const Json& line, const std::string& module) {
  if (line.value("status", "") == "refused")
    return refused(module, line.value("reason", "no reason given"));
  BackendInfo row;
  row.name = line.at("backend");
  if (!is_name(row.name)) throw BadJson("a row with no name", 0);
  row.alias = line.value("alias", "");
  row.description = line.value("description", "");
  row.library = line.value("library", "");
  row.mechanism = line.value("mechanism", "");
  row.compiled_version = line.value("compiled_version", "");
  row.runtime_version = line.value("runtime_version", "");
  row.library_path = line.value("library_path", "");
  row.module = module == kBuiltIn ? "" : module;
  row.capabilities = line.value("capabilities", std::vector<std::string>{});
  row.timer_resolution_ns = line.value("timer_resolution_ns", 0LL);
  row.library_loop = line.value("library_loop", false);
  row.probes = line.value("probes", false);
  for (const Json& deviation : line.value("deviations", Json::array())) {
    row.deviations.push_back(read_deviation(deviation));
  }
  if (line.value("status", "ready") != "ready") row.status = BackendInfo::Status::kUnavailable;
  row.reason = line.value("reason", "");
  row.evidence = line.value("evidence", "");
  return row;
}

std::vector<BackendInfo> read_rows(const std::string& output, const std::string& module) {
  std::vector<BackendInfo> rows;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    rows.push_back(read_row(read_json(line), module));
  return rows;
}

/// The note that the build leaves of a module it could not make: the remedy, then the names of its
/// backends.
std::vector<BackendInfo> read_note(const fs::path& path) {
  std::ifstream file(path);
  std::string remedy;
  std::getline(file, remedy);
  std::vector<BackendInfo> rows;
  for (std::string name; std::getline(file, name);) {
    BackendInfo& row = rows.emplace_back();
    row.name = name;
    row.library = path.stem();
    row.status = BackendInfo::Status::kNotBuilt;
    row.reason = remedy.starts_with("not built: ") ? remedy.substr(11) : remedy;
  }
  return rows;
}

void add(std::vector<BackendInfo> rows, BackendCatalogue& catalogue) {
  for (BackendInfo& row : rows) {
    if (const BackendInfo* const other = catalogue.find(row.name)) {
      if (row.status == BackendInfo::Status::kNotBuilt) continue;
      if (row.module == other->module) continue;  // the same file, named twice
      row =
          refused(row.module, fmt::format("there is a backend '{}' already{}", row.name,
                                          other->module.empty() ? "" : ", from " + other->module));
    }
    catalogue.backends.push_back(std::move(row));
  }
}

}  // namespace

std::string_view word(BackendInfo::Status status) {
  constexpr std::array<std::string_view, 4> kWords{"ready", "unavailable", "not built", "refused"};
  return kWords[static_cast<std::size_t>(status)];
}

Json to_json(const BackendInfo& backend) {
  Json deviations = Json::array();
  for (const DeclaredDeviation& each : backend.deviations) {
    deviations.push_back({{"clause", each.clause},
                          {"how", each.how},
                          {"reason", each.reason},
                          {"source", each.source},
                          {"program", each.program}});
  }
  return {{"backend", backend.name},
          {"alias", backend.alias},
          {"description", backend.description},
          {"library", backend.library},
          {"mechanism", backend.mechanism},
          {"compiled_version", backend.compiled_version},
          {"runtime_version", backend.runtime_version},
          {"library_path", backend.library_path},
          {"module", backend.module},
          {"capabilities", backend.capabilities},
          {"timer_resolution_ns", backend.timer_resolution_ns},
          {"library_loop", backend.library_loop},
          {"probes", backend.probes},
          {"deviations", deviations},
          {"status", word(backend.status)},
          {"reason", backend.reason},
          {"evidence", backend.evidence}};
}

const BackendInfo* BackendCatalogue::find(std::string_view name) const {
  const auto named = [name](const BackendInfo& row) {
    return row.name == name || (!name.empty() && row.alias == name);
  };
  const auto found = std::find_if(backends.begin(), backends.end(), named);
  return found == backends.end() ? nullptr : &*found;
}

std::vector<BackendInfo> probe_module(const std::string& worker, const std::string& module) {
  const WorkerOutcome outcome = run_worker({.arguments = {worker, "--probe", module},
                                            .time_limit = kProbeTime,
                                            .traced_on_timeout = false,
                                            .kept_output = 4 << 20});
  return rows_of(outcome, module);
}

std::vector<BackendInfo> rows_of(const WorkerOutcome& outcome, const std::string& module) {
  const auto unreadable = [&module](const std::string& why) {
    return std::vector{refused(
        module, module + ": the answer of the worker that loads it cannot be read: " + why)};
  };
  const bool loaded =
      outcome.end == WorkerOutcome::End::kExited && (outcome.code == 0 || outcome.code == 3);
  if (!loaded) {
    return {refused(module, module + ": the process that loads it " + describe(outcome) +
                                "; mend the module, or take it out of its folder")};
  }
  try {
    std::vector<BackendInfo> rows = read_rows(outcome.output, module);
    if (!rows.empty()) return rows;
    return {refused(module, module + ": the worker that loads it said nothing: " +
                                excerpt(outcome.errors, 200))};
  } catch (const Json::exception& error) {
    return unreadable(reason_of(error));
  } catch (const BadJson& error) {
    return unreadable(error.what());
  }
}

std::vector<BackendInfo> probe_folder(const std::string& worker, const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<BackendInfo> rows;
  for (const fs::path& path : paths) {
    std::vector<BackendInfo> found;
    if (path.extension() == ".so") found = probe_module(worker, path.string());
    if (path.extension() == ".missing") found = read_note(path);
    std::move(found.begin(), found.end(), std::back_inserter(rows));
  }
  return rows;
}

BackendCatalogue probe_all(const std::string& worker, const std::vector<std::string>& modules) {
  BackendCatalogue catalogue;
  add(probe_module(worker, kBuiltIn), catalogue);
  add(probe_folder(worker, program_folder() / "modules"), catalogue);
  const char* const path = std::getenv("LOOPMARK_BACKEND_PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty()) add(probe_folder(worker, folder), catalogue);
  }
  for (const std::string& module : modules)
    add(probe_module(worker, module_path(module)), catalogue);
  return catalogue;
}

}  // namespace loopmark::harness
