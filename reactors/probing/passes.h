// SPDX-License-Identifier: MIT
//
// Passes: what is served in one, and in which order.
#pragma once

#include <set>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

template <class Loop>
Answer pass_order(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  const Line line = make_pipe();
  std::string order;
  loop.watch(line.near.get(), kRead, [&](Directions) { order += "I"; });
  loop.arm(kUnit, [&] { order += "T"; });
  line.put();
  kernel.advance(2 * kUnit);
  loop.poll();
  if (order == "IT") return {"io-first", "one pass called both"};
  if (order == "TI") return {"timers-first", "one pass called both"};
  return failed_probe("one pass called '" + order + "'");
}

template <class Loop>
Answer io_order(const Backend& row, Kernel&) {
  Loop loop(row);
  const auto lines = make_three_pipes();
  std::string order;
  for (const std::size_t i : {1U, 2U, 0U}) {
    loop.watch(lines[i].near.get(), kRead, [&, i](Directions) {
      lines[i].take();
      order += static_cast<char>('a' + i);
    });
  }
  loop.poll();  // an epoll would find those of a first pass in the order in which it gets to know them
  std::set<std::string> seen;
  for (int pass = 0; pass < 64; ++pass) {
    order.clear();
    for (const std::size_t i : {2U, 0U, 1U}) lines[i].put();
    loop.poll();
    seen.insert(order);
    loop.poll();  // lets epoll forget the order of this pass
  }
  return order_answer(seen);
}

template <class Loop>
Answer once_all(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line lines[] = {make_pipe(), make_pipe()};
  Told told;
  for (const Line& line : lines) {
    line.put();
    loop.watch(line.near.get(), kRead, std::ref(told));
  }
  loop.run_once();
  if (told.calls == 0) return failed_probe("nothing was called");
  if (told.calls == 1) return {"one", "it called one of two that were ready"};
  return {"all", "it called both of two that were ready"};
}

/// `run` shall not wait, and not end after one pass either, where the library has that.
template <class Loop, void (*run)(Loop&)>
Answer polling_run(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe();
  line.put();
  std::size_t calls = 0;
  loop.watch(line.near.get(), kRead, [&](Directions) {
    if (++calls == 10) line.take();
  });
  run(loop);
  if (calls == 0) return failed_probe("it was never called");
  return {calls == 1 ? "one" : "until-idle",
          "the callback, which read nothing before its tenth call, was called " + times(calls)};
}

/// Watches with a priority, high or low.
template <class Loop, void (*watch)(Loop&, int fd, bool high, Call call)>
Answer priorities(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line lines[] = {make_pipe(), make_pipe()};
  std::string order;
  for (const bool high : {false, true}) {
    const Line& line = lines[high ? 1 : 0];
    line.put();
    watch(loop, line.near.get(), high, [&loop, &order, high](Directions) {
      order += high ? 'h' : 'l';
      if (order.size() == 20) loop.stop();
    });
  }
  loop.run();
  if (order.find('l') == std::string::npos) return {"starves", "the low one was never called"};
  if (order.starts_with("hlhl")) return {"orders", "each pass called both, the high one first"};
  return {"none", "the priorities changed nothing"};
}

}  // namespace loopmark::profile
