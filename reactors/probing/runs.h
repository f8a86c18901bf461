// SPDX-License-Identifier: MIT
//
// Runs: how they begin and end.
#pragma once

#include <algorithm>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

template <class Loop>
Answer nothing_registered(const Backend& row, Kernel& kernel) {
  Loop loop(row);
  kernel.on_next_block([&] { kernel.conclude({"waits", "it waited"}); });
  loop.run();
  return {"returns", "it returned"};
}

/// `stop` is one of the library's stops.
template <class Loop, void (*stop)(Loop&)>
Answer stop_before_run(const Backend& row, Kernel& kernel) {
  Loop loop(row);
  const Line line = make_pipe();
  loop.watch(line.near.get(), kRead, [](Directions) {});
  stop(loop);
  kernel.on_next_block([&] { kernel.conclude({"forgotten", "the run waited all the same"}); });
  loop.run();
  return {"remembered", "the run returned without waiting"};
}

template <class Loop, void (*stop)(Loop&)>
Answer batch_after_stop(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line lines[] = {make_pipe(), make_pipe()};
  int calls = 0;
  for (const Line& line : lines) {
    line.put();
    loop.watch(line.near.get(), kRead, [&](Directions) {
      for (const Line& each : lines) each.take();
      if (++calls == 1) stop(loop);
    });
  }
  loop.run();
  if (calls == 0) return failed_probe("nothing was called");
  if (calls == 2) return {"run", "both were called in that run"};
  loop.poll();  // nothing is ready any more
  if (calls == 2) return {"kept", "the other was called in the next run, though no longer ready"};
  return {"dropped", "the other was called neither in that run nor in the next"};
}

template <class Loop>
Answer run_again(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe();
  int calls = 0;
  loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    ++calls;
    loop.stop();
  });
  for (int run = 0; run < 2; ++run) {
    line.put();
    loop.run();
  }
  if (calls == 0) return failed_probe("the first served nothing");
  if (calls == 2) return {"serves", "it served as the first did"};
  return {"refused", "it served nothing"};
}

template <class Loop>
Answer run_in_callback(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line lines[] = {make_pipe(), make_pipe()};
  int depth = 0, deepest = 0;
  bool ran = false;
  for (const Line& line : lines) {
    line.put();
    loop.watch(line.near.get(), kRead, [&](Directions) {
      line.take();
      deepest = std::max(deepest, ++depth);
      if (deepest == 1) ran = loop.poll();
      --depth;
    });
  }
  loop.poll();
  if (deepest > 1) return {"nests", "it called the other callback inside the first"};
  if (!ran) return {"refused", "it reported a failure"};
  return {"returns", "it called nothing"};
}

}  // namespace loopmark::profile
