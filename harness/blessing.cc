// SPDX-License-Identifier: MIT
#include "harness/blessing.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "harness/bench_summary.h"
#include "harness/counts_summary.h"
#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/file_text.h"
#include "harness/framing.h"
#include "harness/journal.h"
#include "harness/json_text.h"
#include "harness/result_line.h"
#include "harness/run_names.h"
#include "harness/stored_bench.h"
#include "harness/stored_run.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBlessedRecord = "blessed.json";

/// What stands in messages for a name that somebody may have made up.
std::string shown(const fs::path& folder, const fs::path& name) {
  return folder.string() + "/" + excerpt(name.string(), 200);
}

std::string file_bytes(const fs::path& folder, const fs::path& name) {
  const fs::path path = folder / name;
  std::error_code ignored;
  std::optional<std::string> bytes;
  if (fs::is_regular_file(path, ignored)) bytes = file_text(path);  // else it may block
  if (!bytes) throw EnvironmentError(shown(folder, name) + ": is not there or cannot be read");
  return *std::move(bytes);
}

Json read_blessed_record(const fs::path& path) {
  std::string why = "is no " + std::string(kBlessedSchema);
  try {
    Json record = read_json(file_text(path).value_or(""));
    const bool is_ours = record.is_object() && record.contains("schema") &&
                         record.at("schema") == kBlessedSchema && record.contains("files") &&
                         record.at("files").is_object();
    if (is_ours) return record;
  } catch (const BadJson& error) {
    why = error.what();
  }
  throw EnvironmentError(path.string() + ": is truncated or damaged: " + why);
}

/// Whether `name` means something in the folder that it is relative to.
bool lies_within(const fs::path& name) {
  return !name.empty() && name.is_relative() &&
         std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

/// What the run consists of, as paths in its folder. Graphs are drawn from it, so they are no part
/// of it.
std::vector<fs::path> data_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path name = entry.path().lexically_relative(folder);
    if (entry.is_regular_file() && *name.begin() != "plots") files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// `text`, in which paths below this program's folder, where its modules are, begin with that folder's own name.
std::string without_own_place(std::string text) {
  const std::string folder = program_folder().string() + "/";
  const std::size_t place = program_folder().parent_path().string().size() + 1;
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at))
    text.erase(at, place);
  return text;
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file.flush()) throw EnvironmentError("cannot write " + path.string());
}

/// A folder that goes again unless it becomes what it is for.
class FolderInTheMaking {
 public:
  explicit FolderInTheMaking(fs::path path) : path_(std::move(path)) {
    fs::create_directories(path_);
  }
  ~FolderInTheMaking() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  FolderInTheMaking(const FolderInTheMaking&) = delete;
  FolderInTheMaking& operator=(const FolderInTheMaking&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void object_to_conform(const RunFolder& folder, std::vector<std::string>& objections) {
  const StoredRun run = read_run(folder.path());
  require_all_cells(run);
  if (!run.complete) objections.emplace_back("its conformance run is not complete: --resume it");
}

void object_to_bench(const RunFolder& folder, std::vector<std::string>& objections) {
  const StoredBench bench = read_bench(folder.path());
  if (!bench.complete) objections.emplace_back("its benchmarks are not complete: --resume them");
  for (const ScenarioResult& result : bench.results) {
    for (const ArmResult& arm : result.arms()) {
      if (arm.lost.empty() || arm.refused) continue;
      objections.push_back(
          fmt::format("{} was lost in {}: {}", arm.plan.label, result.plan().id(), arm.lost));
    }
  }
  const BenchSummary summary = summarise(bench.results);
  if (!summary.is_invalid()) return;
  std::vector<std::string> invalid;
  for (const auto& [id, why] : summary.invalid) invalid.push_back(id);
  objections.push_back(fmt::format("{} of its {} scenarios with verdicts are INVALID: {}",
                                   invalid.size(), summary.judged, fmt::join(invalid, ", ")));
}

}  // namespace

bool is_blessed(const fs::path& folder) {
  return fs::exists(folder / kBlessedRecord);
}

void check_blessed(const fs::path& folder) {
  const fs::path path = folder / kBlessedRecord;
  const Json record = read_blessed_record(path);
  for (const auto& [name, was] : record.at("files").items()) {
    if (!lies_within(name)) {
      throw EnvironmentError(fmt::format("{}: names a file that is none of the run: {}",
                                         path.string(), excerpt(name)));
    }
    if (Json(checksum(file_bytes(folder, name))) != was) {
      throw EnvironmentError(shown(folder, name) +
                             ": was changed after the run was blessed; its checksum is wrong");
    }
  }
}

fs::path bless(const RunFolder& run, const std::string& name) {
  check_run_name(name);
  const fs::path target = blessed_folder() / name;
  if (fs::exists(target)) {
    throw EnvironmentError(target.string() +
                           ": is there already, and blessed runs stay as they are; use --as NAME");
  }
  if (fs::is_symlink(baselines_folder() / name))
    throw UsageError("'" + name + "' is the name of a baseline already");
  const FolderInTheMaking copy(blessed_folder() / fmt::format(".{}.{}", name, ::getpid()));
  Json files = Json::object();
  for (const fs::path& file : data_files(run.path())) {
    fs::create_directories((copy.path() / file).parent_path());
    fs::path kept = file;
    if (file.extension() == ".ndjson") {  // a journal: its lines are much alike
      compress_journal(run / file, copy.path() / file, without_own_place);
      kept += ".gz";
    } else {
      write_bytes(copy.path() / file, without_own_place(file_bytes(run.path(), file)));
    }
    files[kept.string()] = checksum(file_bytes(copy.path(), kept));
  }
  const Json record{{"schema", kBlessedSchema},
                    {"run", run.record().at("id")},
                    {"blessed", utc_now()},
                    {"files", files}};
  write_bytes(copy.path() / kBlessedRecord, to_pretty(record) + "\n");
  check_blessed(copy.path());
  fs::rename(copy.path(), target);
  return target;
}

std::vector<std::string> reservations_about(const RunFolder& folder) {
  if (!folder.holds("bench")) return {};
  const std::vector<ScenarioResult> results = read_bench(folder.path()).results;
  std::vector<std::string> reservations;
  const BenchSummary summary = summarise(results);
  if (!summary.too_short.empty()) {
    reservations.push_back(
        fmt::format("{} of its {} scenarios with verdicts have too few rounds for one: {}",
                    summary.too_short.size(), summary.judged, fmt::join(summary.too_short, ", ")));
  }
  const CountsSummary counts = summary_of_counts(results);
  if (counts.unexplained > 0) {
    reservations.push_back(fmt::format(
        "{} of its {} counts vary without a reason, in {}: quote none of these, and find the cause",
        counts.unexplained, counts.counts, fmt::join(counts.where, ", ")));
  }
  return reservations;
}

std::vector<std::string> objections_to_blessing(const RunFolder& folder) {
  std::vector<std::string> objections;
  if (is_blessed(folder.path())) objections.emplace_back("it is blessed already");
  if (folder.holds("conform")) object_to_conform(folder, objections);
  if (folder.holds("bench")) object_to_bench(folder, objections);
  if (!folder.holds("conform") && !folder.holds("bench"))
    objections.emplace_back("it holds no results");
  return objections;
}

}  // namespace loopmark::harness
