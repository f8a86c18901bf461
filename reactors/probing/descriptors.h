// SPDX-License-Identifier: MIT
//
// Descriptors that are watched.
#pragma once

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// `watch` watches a descriptor for reading with the library's own default, or with what the subject asks for, and
/// returns false where it is refused. The answers are for a watcher that three passes call more than once, and for others.
template <class Loop, bool (*watch)(Loop&, int fd, Call call)>
Answer calls_again(const Backend& row, const char* more, const char* once) {
  Loop loop(row);
  const Line line = make_pipe();
  line.put();
  Told told;
  if (!watch(loop, line.near.get(), std::ref(told))) return {"refused", "it was refused"};
  poll_thrice(loop);
  if (told.calls == 0) return failed_probe("it was never called");
  return {told.calls > 1 ? more : once, in_three_passes(told)};
}

template <class Loop>
bool watch_to_read(Loop& loop, int fd, Call call) {
  return loop.watch(fd, kRead, std::move(call)) != nullptr;
}
template <class Loop>
Answer readiness(const Backend& row, Kernel&) {
  return calls_again<Loop, watch_to_read<Loop>>(row, "level", "edge");
}
template <class Loop, bool (*watch)(Loop&, int fd, Call call)>
Answer watcher_stays(const Backend& row, Kernel&) {
  return calls_again<Loop, watch>(row, "stays", "ends");
}
template <class Loop, bool (*watch)(Loop&, int fd, Call call)>
Answer edge_on_request(const Backend& row, Kernel&) {
  return calls_again<Loop, watch>(row, "ignored", "edge");
}

template <class Loop>
Answer two_readers(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe();
  line.put();
  Told told[2];
  for (Told& each : told) {
    if (!loop.watch(line.near.get(), kRead, std::ref(each)))
      return {"refused", "the second was refused"};
  }
  loop.poll();
  const std::size_t calls = told[0].calls + told[1].calls;
  if (calls == 0) return failed_probe("neither was called");
  return {calls == 1 ? "one" : "both", "one pass, and neither read"};
}

template <class Loop>
Answer cancel_collected(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line lines[] = {make_pipe(), make_pipe()};
  using Watcher = decltype(loop.watch(0, kRead, Call()));
  Watcher readers[2] = {};
  std::size_t calls = 0;
  for (const int i : {0, 1}) {
    lines[i].put();
    readers[i] = loop.watch(lines[i].near.get(), kRead, [&, i](Directions) {
      ++calls;
      loop.remove(readers[1 - i]);
    });
  }
  loop.poll();
  return cancelled_answer(calls);
}

template <class Loop>
Answer regular_file(const Backend& row, Kernel&) {
  Loop loop(row);
  const UniqueFd file = open_regular_file();
  Told told;
  if (!loop.watch(file.get(), kRead, std::ref(told))) return {"refused", "it was refused"};
  poll_thrice(loop);
  return {told.calls > 0 ? "ready" : "silent", in_three_passes(told)};
}

template <class Loop>
Answer number_1500(const Backend& row, Kernel&) {
  Loop loop(row);
  Line line = make_pipe();
  if (!renumber_to_1500(line))
    return {std::string(kNotProbed), "this machine allows no number 1500"};
  Told told;
  if (!loop.watch(1500, kRead, std::ref(told))) return {"refused", "it was refused"};
  line.put();
  loop.poll();
  if (told.calls > 0) return {"works", "it was called"};
  return {"silent", "it was not called"};
}

}  // namespace loopmark::profile
