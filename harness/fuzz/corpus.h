// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace loopmark::harness::fuzz {

/// A stored input of a target. One that is named bad_... must be refused, one that is named good_... must not.
struct StoredInput {
  std::string target;
  std::string name;
  std::string text;

  bool is_bad() const { return name.starts_with("bad_"); }
};

/// All in `folder`, which has a folder for each target.
inline std::vector<StoredInput> stored_inputs(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<StoredInput> inputs;
  for (const std::filesystem::path& path : paths) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    inputs.push_back({path.parent_path().filename(), path.filename(), std::move(text).str()});
  }
  return inputs;
}

}  // namespace loopmark::harness::fuzz
