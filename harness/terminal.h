// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loopmark::harness {

/// The width to keep to on `fd`: of the terminal, else $COLUMNS, else 100.
std::size_t terminal_width(int fd);

/// Whether a line on standard error can be drawn anew: on a terminal that understands kClearLine,
/// and not in a CI job, whose log keeps each drawing.
bool can_redraw();

/// Takes the present line off the terminal.
inline constexpr std::string_view kClearLine = "\r\x1b[K";

/// Whether to colour what goes to `fd`. `wish` is "always", "never" or "auto"; auto goes by
/// NO_COLOR, then CLICOLOR_FORCE, then CLICOLOR and TERM, and then by whether `fd` is a terminal.
bool wants_color(std::string_view wish, int fd);

enum class Paint { kPlain, kGood, kBad, kNote, kFaint };

/// `text` in that colour, or as it is when `color` is false.
std::string painted(std::string_view text, Paint paint, bool color);

/// Rows of text in aligned columns, two blanks between them; the last column is not padded.
std::string columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace loopmark::harness
