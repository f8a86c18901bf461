// SPDX-License-Identifier: MIT
//
// What the cases of section FD have in common.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"
#include "reactors/errors.h"

namespace loopmark::conformance {

/// A socket with a probe at one end.
template <class Kind = Probe>
struct Line {
  std::shared_ptr<Kind> near;
  UniqueFd far;
};

template <class Kind = Probe>
Line<Kind> make_line() {
  auto [near, far] = socket_pair();
  return {probe<Kind>(std::move(near)), std::move(far)};
}

/// Stands for the same number as another one.
struct Twin : Probe {
  explicit Twin(const Probe& of) : Probe(UniqueFd()), of_(of) {}
  int fileno() const override { return of_.fileno(); }

 private:
  const Probe& of_;
};

/// Stands for number 0, where `fd` is put in the place of standard input as long as this lives.
class AtZero : public Probe {
 public:
  explicit AtZero(UniqueFd fd)
      : Probe(UniqueFd()), input_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) {
    ::dup2(fd.get(), STDIN_FILENO);
  }
  ~AtZero() override { ::dup2(input_.get(), STDIN_FILENO); }
  int fileno() const override { return STDIN_FILENO; }
  Progress do_read() override {
    char byte = 0;
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno != EAGAIN) return Progress::lost(Failure::of(ConnectionLost()));
    if (count == 1) received += byte;
    return Progress::more();
  }

 private:
  const UniqueFd input_;
};

/// The same open file under a number that no other descriptor of a case comes up to.
inline UniqueFd high_numbered(UniqueFd fd, int at_least = 300) {
  return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, at_least));
}

/// A window at whose end everything is removed, so that no descriptor hears of the stop as a loss.
inline void run_window_without_losses(CaseContext& t, int rounds = 3) {
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown",
                                       [&t] { t.reactor().remove_all(); });
  t.run_window(rounds);
}

/// Expects that the loop blocks, and that `line`, which is registered, is served then.
inline void expect_block(CaseContext& t, const Line<>& line) {
  line.near->on_read = [&](Probe& p) {
    t.reactor().stop();
    return p.read_some();
  };
  kernel::limit_waits(100);
  kernel::on_next_block([&] { put(line.far, "x"); });
  t.reactor().run();
  EXPECT_EQ(line.near->received, "x");
}

/// How often `descriptor` stands in `list`, which may contain others.
inline auto times_in(const std::vector<std::shared_ptr<Descriptor>>& list,
                     const std::shared_ptr<Probe>& descriptor) {
  return std::count(list.begin(), list.end(), descriptor);
}

}  // namespace loopmark::conformance
