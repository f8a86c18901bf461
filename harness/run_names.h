// SPDX-License-Identifier: MIT
//
// What a stored run can be called: by its folder, by the name it got when it was stored, "latest",
// by a baseline (a name that someone gave it), or by the name under which it was blessed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace loopmark::harness {

/// results/baselines, results/blessed: beside runs_folder().
std::filesystem::path baselines_folder();
std::filesystem::path blessed_folder();

/// The folder that `name` means. A run that is there goes before one that is damaged, so the path
/// may hold no readable run, or not even exist.
std::filesystem::path find_run(const std::string& name);

/// Throws UsageError unless a run may be given this name: letters, digits and "._+-", and nothing
/// that already means something else.
void check_run_name(const std::string& name);

/// Makes `link` a link to `target`, in place of the one there was. At no time there is none. Throws
/// EnvironmentError.
void replace_link(const std::filesystem::path& link, const std::filesystem::path& target);

/// A name in baselines_folder(), and what it stands for.
struct Baseline {
  std::string name;
  std::filesystem::path run;  // as the link has it
  bool there;                 // the run has not been removed
};

/// All of them, by name.
std::vector<Baseline> baselines();

/// Lets `name` stand for the run in `folder`, whatever it stood for before. Throws UsageError for
/// a name that check_run_name() refuses or a stored run has, EnvironmentError when it cannot be
/// written.
void set_baseline(const std::string& name, const std::filesystem::path& folder);

/// Removes the name, and not the run. Throws UsageError when there is no such baseline.
void remove_baseline(const std::string& name);

}  // namespace loopmark::harness
