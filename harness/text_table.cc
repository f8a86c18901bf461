// SPDX-License-Identifier: MIT
#include "harness/text_table.h"

#include <fmt/format.h>

#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

std::string markdown_row(const std::vector<std::string>& cells, std::size_t width) {
  std::string line = "|";
  for (std::size_t i = 0; i < width; ++i) {
    line += ' ';
    for (const char c : i < cells.size() ? cells[i] : "")
      line += c == '|' ? "\\|" : std::string(1, c);
    line += " |";
  }
  return line + "\n";
}

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows, bool markdown) {
  if (!markdown) return columns(rows);
  const std::size_t width = rows.front().size();
  std::string text = markdown_row(rows.front(), width);
  text += markdown_row(std::vector<std::string>(width, "---"), width);
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) text += markdown_row(*row, width);
  return text;
}

std::string heading(std::string_view text, bool markdown) {
  return markdown ? fmt::format("\n### {}\n\n", text) : fmt::format("\n{}\n", text);
}

std::string csv_field(std::string value) {
  for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos; at += 2)
    value.insert(at, 1, '"');
  return '"' + value + '"';
}

}  // namespace loopmark::harness
