// SPDX-License-Identifier: MIT
#include "harness/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace loopmark::harness {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::size_t terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const long columns = std::strtol(std::string(variable("COLUMNS")).c_str(), nullptr, 10);
  return columns >= 20 ? static_cast<std::size_t>(columns) : 100;
}

bool can_redraw() {
  const std::string_view terminal = variable("TERM");
  return ::isatty(STDERR_FILENO) == 1 && !terminal.empty() && terminal != "dumb" &&
         variable("CI") != "true";
}

bool wants_color(std::string_view wish, int fd) {
  if (wish != "auto") return wish == "always";
  if (!variable("NO_COLOR").empty()) return false;
  const std::string_view force = variable("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return variable("CLICOLOR") != "0" && variable("TERM") != "dumb" && ::isatty(fd) == 1;
}

std::string painted(std::string_view text, Paint paint, bool color) {
  constexpr std::array<std::string_view, 5> kCodes{"", "32", "31", "33", "2"};
  const std::string_view code = kCodes[static_cast<std::size_t>(paint)];
  if (!color || code.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace loopmark::harness
