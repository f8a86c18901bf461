// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "reactors/loop.h"
#include "reactors/parts/error_reports.h"
#include "reactors/reactor.h"

namespace loopmark {

/// The delayed calls of a reactor, one timer of the loop each. It makes sure that none is called early, whatever the
/// loop says. Reactor thread.
class DelayedCalls {
 public:
  DelayedCalls(Loop& loop, ErrorReports& errors) : loop_(loop), errors_(errors) {}
  ~DelayedCalls();
  DelayedCalls(const DelayedCalls&) = delete;
  DelayedCalls& operator=(const DelayedCalls&) = delete;

  DelayedCallRef call_later(Duration delay, Callback function);
  std::vector<DelayedCallRef> pending() const;

  /// The loop reports that `slot` is due: calls it, or arms it anew when it is not due yet.
  void due(TimerSlot slot) noexcept;

 private:
  class Call;

  void schedule(Call& call, TimePoint deadline);
  void release(Call& call) noexcept;

  Loop& loop_;
  ErrorReports& errors_;
  std::vector<std::shared_ptr<Call>> calls_;  // by slot; null where the slot is free
  std::vector<TimerSlot> free_slots_;
  TimePoint seen_ =
      TimePoint::min();  // the latest clock reading: one serves all that are due by it
};

}  // namespace loopmark
