// SPDX-License-Identifier: MIT
//
// Timers that are due together, on the virtual clock.
#pragma once

#include <algorithm>
#include <vector>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

template <class Loop>
Answer equal_deadlines(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  std::vector<int> order;
  for (int i = 0; i < 12; ++i) loop.arm(kUnit, [&order, i] { order.push_back(i); });
  loop.run_until(kernel, [&] { return order.size() == 12; });
  std::string text;
  for (const int each : order) text += (text.empty() ? "" : " ") + std::to_string(each);
  return {std::is_sorted(order.begin(), order.end()) ? "made-order" : "other-order",
          "0 to 11 were called as " + text};
}

template <class Loop>
Answer cancel_due_timer(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  using Timer = decltype(loop.arm(kUnit, Function()));
  Timer timers[2] = {};
  std::size_t calls = 0;
  for (const int i : {0, 1}) {
    timers[i] = loop.arm(kUnit, [&, i] {
      ++calls;
      loop.remove(timers[1 - i]);
    });
  }
  kernel.advance(2 * kUnit);
  loop.poll();
  return cancelled_answer(calls);
}

}  // namespace loopmark::profile
