// SPDX-License-Identifier: MIT
#include "harness/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

constexpr Duration kRedraw = std::chrono::milliseconds(100);

}  // namespace

Progress::Progress(std::size_t total, std::size_t done, std::string_view wish)
    : total_(total),
      done_(done),
      before_(done),
      terminal_(wish == "auto" && can_redraw()),
      quiet_(wish == "none") {}

void Progress::advance(bool failed, std::string_view what) {
  const std::size_t tenth = total_ ? done_ * 10 / total_ : 0;
  ++done_;
  failing_ += failed;
  if (quiet_) return;
  if (terminal_) return draw(what);
  if (done_ * 10 / total_ > tenth) fmt::print(stderr, "{}\n", text());
}

void Progress::clear() const {
  if (terminal_ && !quiet_) fmt::print(stderr, "{}", kClearLine);
}

std::string Progress::text() const {
  const double spent = std::chrono::duration<double>(Clock::now() - started_).count();
  const double left =
      spent / static_cast<double>(done_ - before_) * static_cast<double>(total_ - done_);
  return fmt::format("{:3}%  {}/{}  {} failing  {:.0f} s left", done_ * 100 / total_, done_, total_,
                     failing_, left);
}

void Progress::draw(std::string_view what) {
  if (Clock::now() - drawn_ < kRedraw && done_ < total_) return;
  drawn_ = Clock::now();
  const std::size_t width = terminal_width(STDERR_FILENO);
  fmt::print(stderr, "{}{}", kClearLine, fmt::format("{}  {}", text(), what).substr(0, width - 1));
  std::fflush(stderr);
}

}  // namespace loopmark::harness
