// SPDX-License-Identifier: MIT
#include "harness/run_names.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "harness/exit_code.h"
#include "harness/run_folder.h"
#include "reactors/base/nearest.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLatest = "latest";

/// $LOOPMARK_RESULTS may name a folder with or without a slash at its end, or a link.
fs::path beside_runs(const char* name) {
  fs::path runs = runs_folder();
  if (!runs.has_filename()) runs = runs.parent_path();
  return runs.parent_path() / name;
}

}  // namespace

fs::path baselines_folder() {
  return beside_runs("baselines");
}
fs::path blessed_folder() {
  return beside_runs("blessed");
}

fs::path find_run(const std::string& name) {
  const std::string asked = name.empty() ? kLatest : name;
  std::vector<fs::path> places{runs_folder() / asked, baselines_folder() / asked,
                               blessed_folder() / asked};
  if (asked != kLatest) places.insert(places.begin(), asked);
  for (const char* const wanted : {"run.json", "."}) {
    for (const fs::path& place : places) {
      std::error_code error;
      if (fs::exists(place / wanted, error)) return place;
    }
  }
  const bool dangling = fs::is_symlink(baselines_folder() / asked);
  return (dangling ? baselines_folder() : runs_folder()) / asked;
}

void check_run_name(const std::string& name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("._+-").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (name.empty() || name.front() == '.' || name.front() == '-' || name == kLatest ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    throw UsageError(fmt::format(
        "'{}' cannot name a run: use letters, digits and ._+-, with a letter or digit first, and "
        "not 'latest'",
        name));
  }
}

void replace_link(const fs::path& link, const fs::path& target) {
  const fs::path temporary =
      link.parent_path() / fmt::format(".{}.{}", link.filename().string(), ::getpid());
  std::error_code error;
  fs::create_directory_symlink(target, temporary, error);
  if (!error) fs::rename(temporary, link, error);
  if (error) {
    throw EnvironmentError(
        fmt::format("cannot make the link {}: {}", link.string(), error.message()));
  }
}

std::vector<Baseline> baselines() {
  std::vector<Baseline> all;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(baselines_folder(), error)) {
    if (!entry.is_symlink(error)) continue;
    all.push_back({entry.path().filename(), fs::read_symlink(entry.path(), error),
                   fs::exists(entry.path() / "run.json", error)});
  }
  std::sort(all.begin(), all.end(),
            [](const Baseline& a, const Baseline& b) { return a.name < b.name; });
  return all;
}

void set_baseline(const std::string& name, const fs::path& folder) {
  check_run_name(name);
  std::error_code error;
  if (fs::exists(runs_folder() / name, error) || fs::exists(blessed_folder() / name, error))
    throw UsageError("'" + name + "' is the name of a stored run already");
  fs::create_directories(baselines_folder(), error);
  if (error) {
    throw EnvironmentError(
        fmt::format("cannot make {}: {}", baselines_folder().string(), error.message()));
  }
  // Relative, so that the results can be moved as a whole.
  replace_link(baselines_folder() / name,
               fs::relative(folder, fs::canonical(baselines_folder(), error), error));
}

void remove_baseline(const std::string& name) {
  std::vector<std::string> known;
  for (const Baseline& each : baselines()) known.push_back(each.name);
  if (std::find(known.begin(), known.end(), name) == known.end())
    throw UsageError("there is no baseline '" + name + "'" + did_you_mean(name, known));
  fs::remove(baselines_folder() / name);
}

}  // namespace loopmark::harness
