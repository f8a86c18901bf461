// SPDX-License-Identifier: MIT
//
// Descriptors that are closed while the library knows them.
#pragma once

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// What three passes make of a descriptor that is closed.
template <class Loop>
Answer after_close(Loop& loop, const Told& told) {
  if (!poll_thrice(loop)) return {"run-fails", "a pass returned a failure"};
  if (told.calls == 0) return {"silent", "three passes called nothing"};
  if (told.all.error) return {"error-told", in_three_passes(told) + ", with an error"};
  return {"called-ready", in_three_passes(told) + ", as one that can be read"};
}

template <class Loop>
Answer watch_closed(const Backend& row, Kernel&) {
  Loop loop(row);
  Told told;
  if (!loop.watch(closed_number(), kRead, std::ref(told))) return {"refused", "it was refused"};
  return after_close(loop, told);
}

template <class Loop>
Answer closed_while_watched(const Backend& row, Kernel&) {
  Loop loop(row);
  Line line = make_pipe();
  Told told;
  loop.watch(line.near.get(), kRead, std::ref(told));
  loop.poll();
  line.near.reset();
  return after_close(loop, told);
}

template <class Loop>
Answer closed_open_elsewhere(const Backend& row, Kernel&) {
  Loop loop(row);
  Line line = make_pipe();
  Told told;
  loop.watch(line.near.get(), kRead, std::ref(told));
  loop.poll();
  const UniqueFd elsewhere(check_call(::dup(line.near.get()), "dup"));
  line.near.reset();
  line.put();
  return after_close(loop, told);
}

template <class Loop>
Answer number_reused(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe(), other = make_pipe();
  Told told;
  loop.watch(line.near.get(), kRead, std::ref(told));
  loop.poll();
  replace(line.near, other);
  other.put();
  poll_thrice(loop);
  return {told.calls > 0 ? "follows" : "deaf", "the new file was ready; " + in_three_passes(told)};
}

template <class Loop>
Answer number_restarted(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe(), other = make_pipe();
  Told told;
  auto* const reader = loop.watch(line.near.get(), kRead, std::ref(told));
  loop.poll();
  loop.remove(reader);
  replace(line.near, other);
  loop.start(reader);
  other.put();
  poll_thrice(loop);
  return {told.calls > 0 ? "heard" : "deaf", "the new file was ready; " + in_three_passes(told)};
}

}  // namespace loopmark::profile
