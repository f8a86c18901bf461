// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace loopmark::harness::fuzz {

/// A small stored run of conform and bench in a folder of its own, which goes with it. Commands read it without
/// complaint, as long as no file of it is replaced.
class SoundRun {
 public:
  SoundRun();
  ~SoundRun();
  SoundRun(const SoundRun&) = delete;
  SoundRun& operator=(const SoundRun&) = delete;

  const std::filesystem::path& folder() const { return folder_; }

  /// Has every file as it was, but the one that inputs of the fuzz target `target` stand for:
  ///   run_record  run.json
  ///   journal     cells.ndjson, as it stands on the disk
  ///   cells       cells.ndjson, a record a line, without envelopes and header
  ///   rounds      rounds.ndjson, the same
  ///   blessed     blessed.json
  /// Returns its path.
  std::filesystem::path replace(std::string_view target, std::string_view input);

 private:
  void write(const std::string& name, std::string_view text) const;

  std::filesystem::path folder_;
};

/// Reads all that any command reads of the run in `folder`, and makes every table, text and graph of it. Throws
/// CommandError as the commands do.
void read_whole_run(const std::filesystem::path& folder);

/// Reads `run` with a file of it replaced, as replace() has it, and looks at the refusal, if it is one: a sentence on one
/// line that names the run's folder.
void read_replaced(SoundRun& run, std::string_view target, std::string_view input);

}  // namespace loopmark::harness::fuzz
