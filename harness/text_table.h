// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loopmark::harness {

/// Rows of cells, the first of them the head, as aligned columns or as a table of Markdown. Rows may
/// be of different lengths.
std::string text_table(const std::vector<std::vector<std::string>>& rows, bool markdown);

/// A field of CSV (RFC 4180): in quotes, whatever is in it.
std::string csv_field(std::string value);

/// `text` on a line of its own, above a table.
std::string heading(std::string_view text, bool markdown);

}  // namespace loopmark::harness
