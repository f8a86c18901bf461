// SPDX-License-Identifier: MIT
//
// A blessed run is a copy that stays as it is: the figures that a README or a paper quotes. Beside
// its data is blessed.json (schema loopmark.blessed/1), with the checksum of each file of them;
// whoever opens the run sees it refused when one was changed. Only graphs are made anew in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run_folder.h"

namespace loopmark::harness {

inline constexpr std::string_view kBlessedSchema = "loopmark.blessed/1";

bool is_blessed(const std::filesystem::path& folder);

/// Throws EnvironmentError unless each file named in the folder's blessed.json is there, and as it
/// was.
void check_blessed(const std::filesystem::path& folder);

/// Copies `run`, without its graphs and with its journals compressed, to blessed_folder() / `name`. Paths below this
/// program's folder begin with that folder's name then: where a tree lay is nobody's business. The copy appears whole or
/// not at all. Throws UsageError for a bad name, EnvironmentError when there is a run of that name or the
/// copy cannot be written.
std::filesystem::path bless(const RunFolder& run, const std::string& name);

/// Why the run in `folder` may not be blessed, a sentence each: it is not complete, more than 5 %
/// of its judged scenarios are invalid, or an arm was lost to a fault. Throws EnvironmentError when
/// the run cannot be read.
std::vector<std::string> objections_to_blessing(const RunFolder& folder);

/// What is to be known of it, a sentence each, and yet no objection: scenarios with too few rounds
/// for a verdict, which the tables name, and counts that vary without a reason, which they mark and
/// comparisons leave out. Throws EnvironmentError as above.
std::vector<std::string> reservations_about(const RunFolder& folder);

}  // namespace loopmark::harness
