// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace loopmark::harness {

/// All that is in the file `path`, byte by byte; nothing where it cannot be opened.
std::optional<std::string> file_text(const std::filesystem::path& path);

}  // namespace loopmark::harness
