// SPDX-License-Identifier: MIT
#include "harness/file_text.h"

#include <fstream>
#include <sstream>

namespace loopmark::harness {

std::optional<std::string> file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream all;
  all << file.rdbuf();
  return std::move(all).str();
}

}  // namespace loopmark::harness
