// SPDX-License-Identifier: MIT
//
// What the cases of section FD have in common.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/probe.h"

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

/// How often `descriptor` stands in `list`, which may contain others.
inline auto times_in(const std::vector<std::shared_ptr<Descriptor>>& list,
                     const std::shared_ptr<Probe>& descriptor) {
  return std::count(list.begin(), list.end(), descriptor);
}

}  // namespace loopmark::conformance
