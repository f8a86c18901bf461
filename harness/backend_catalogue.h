// SPDX-License-Identifier: MIT
//
// The backends there are, found out without loading any of them here: each module is probed by a
// worker, so that one that crashes while it is loaded is a row of the catalogue, and not the end of
// the program.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/json.h"
#include "harness/verdict.h"
#include "harness/worker.h"

namespace loopmark::harness {

struct BackendInfo {
  enum class Status {
    kReady,
    kUnavailable,  // its row is there, but this machine refuses it
    kNotBuilt,     // the library was missing when the tree was built
    kRefused,      // the module cannot be loaded
  };
  std::string name;  // of a refused module: its path
  std::string alias;
  std::string description;
  std::string library;
  std::string mechanism;
  std::string compiled_version;
  std::string runtime_version;
  std::string library_path;
  std::string module;  // path; empty for a built-in row
  std::vector<std::string> capabilities;
  long long timer_resolution_ns = 0;
  bool library_loop = false;  // the library's own loop can be measured beside the wrapper
  bool probes = false;        // it can be shown how the library behaves by itself
  std::vector<DeclaredDeviation> deviations;
  Status status = Status::kReady;
  std::string reason;  // why it is not ready, and the remedy
  std::string evidence;

  bool ready() const { return status == Status::kReady; }
};

std::string_view word(BackendInfo::Status status);

/// What is stored of a backend with the results.
Json to_json(const BackendInfo& backend);

struct BackendCatalogue {
  std::vector<BackendInfo> backends;

  /// The backend of that name or alias, or null.
  const BackendInfo* find(std::string_view name) const;
};

/// The rows of one module ("builtin" for those of the core), or one row that says why it is
/// refused.
std::vector<BackendInfo> probe_module(const std::string& worker, const std::string& module);

/// The same of a worker that was asked for them and has ended.
std::vector<BackendInfo> rows_of(const WorkerOutcome& outcome, const std::string& module);

/// All modules in `folder` (*.so), in order of name, and the notes of those that were not built
/// (*.missing).
std::vector<BackendInfo> probe_folder(const std::string& worker,
                                      const std::filesystem::path& folder);

/// The built-in backends, those in "modules" beside the program, those along LOOPMARK_BACKEND_PATH,
/// and those of `modules`. A name that is there already is refused.
BackendCatalogue probe_all(const std::string& worker, const std::vector<std::string>& modules = {});

}  // namespace loopmark::harness
