// SPDX-License-Identifier: MIT
//
// The table of a profile: a row a subject, a column a library in one version. Where its mechanisms answer alike, a cell
// is that answer; else "refused: epoll; ready: poll, select". The last column is what our contract decides.
#pragma once

#include <string>
#include <vector>

#include "harness/profile.h"

namespace loopmark::harness {

/// The table for a terminal; with `notes`, and what was done and seen below it.
std::string text_profile(const std::vector<ProfileCell>& cells, bool notes);

/// The same in Markdown, with the notes.
std::string markdown_profile(const std::vector<ProfileCell>& cells);

/// The schema loopmark.profile/1: an object with the subjects, the backends, and an answer for each pair.
Json profile_json(const std::vector<ProfileCell>& cells);

}  // namespace loopmark::harness
