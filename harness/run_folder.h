// SPDX-License-Identifier: MIT
//
// Where a run stores what it finds, while it finds it:
//
//   results/runs/2026-11-22T10-20-07Z/     or in $LOOPMARK_RESULTS, or what --out names
//     run.json                    schema loopmark.run/1: tool, machine, and a part for each command
//                                 that ran into it
//     *.ndjson                    the journals: of conform cells, of bench rounds, of mutants,
//                                 faults and trial what these are called
//     cells/<backend>/<case>.log  all that is known of a cell that failed
//     *.md  bench.json  junit.xml  plots/
//   results/runs/latest           a link to the newest
//
// A part of run.json is written when the command starts, with "complete": false, and again at its
// end.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "harness/json.h"

namespace loopmark::harness {

inline constexpr std::string_view kRunSchema = "loopmark.run/1";

class RunFolder {
 public:
  /// Makes a folder for a new run: `out` (which may be there, if it is empty or holds a run that
  /// lacks `part`), or, when that is empty, one named by the time in the folder for runs, to which
  /// "latest" then points. Throws EnvironmentError; nothing that is there already is overwritten.
  static RunFolder create(const std::filesystem::path& out, const std::string& part);

  /// Makes the empty folder that create() would make without `out`, for commands that shall store
  /// into the same one.
  static std::string reserve();

  /// The folder of a stored run, by any name of run_names.h (none: "latest"). Throws
  /// EnvironmentError when there is none, its run.json is missing, damaged or of another schema, or
  /// it is blessed and was changed since.
  static RunFolder open(const std::string& name);

  /// No folder: of a run that is not to be stored, or not yet.
  static RunFolder nowhere() { return {{}, {}}; }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// run.json, and the part of it that `name` wrote. Throws EnvironmentError when there is no such
  /// part.
  const Json& record() const { return record_; }
  bool holds(const std::string& name) const;
  const Json& part(const std::string& name) const;

  /// Stores the part `name`. run.json is replaced as a whole, so it is never found half-written.
  /// Throws EnvironmentError when it cannot be, and for a blessed run.
  void write_part(const std::string& name, const Json& part);

  /// Stores a file in the folder, and the folders it is in.
  void write_file(const std::string& name, const std::string& text) const;

 private:
  RunFolder(std::filesystem::path path, Json record)
      : path_(std::move(path)), record_(std::move(record)) {}

  std::filesystem::path path_;
  Json record_;
};

/// The folder that runs are stored in: $LOOPMARK_RESULTS, else results/runs.
std::filesystem::path runs_folder();

/// The time as it stands in results: "2026-11-22T10-20-07Z".
std::string utc_now();

}  // namespace loopmark::harness
