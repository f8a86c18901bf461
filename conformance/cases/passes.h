// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "conformance/case.h"

namespace loopmark::conformance {

/// Calls `then` when the reactor has gone round `passes` more times.
inline void after_passes(CaseContext& t, int passes, const std::function<void()>& then) {
  t.reactor().call_later(Duration::zero(), [&t, passes, then] {
    passes == 0 ? then() : after_passes(t, passes - 1, then);
  });
}

}  // namespace loopmark::conformance
