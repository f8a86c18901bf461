// SPDX-License-Identifier: MIT
//
// How hang-ups and errors of descriptors are told.
#pragma once

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/sockets.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// What one pass tells of `fd` to a watcher of `directions`.
template <class Loop>
Answer told_of(const Backend& row, const UniqueFd& fd, const Directions& directions) {
  Loop loop(row);
  Told told;
  loop.watch(fd.get(), directions, std::ref(told));
  loop.poll();
  return {word_of_directions(told.all.read, told.all.write), calls_by("one pass", told.calls)};
}

template <class Loop, bool connected>
Answer udp_refused(const Backend& row, Kernel&) {
  return told_of<Loop>(row, refused_datagram(connected), kRead);
}

/// A socket whose peer is closed.
template <class Loop, const Directions& directions>
Answer hangup(const Backend& row, Kernel&) {
  Line line = make_socket_pair();
  line.far.reset();
  return told_of<Loop>(row, line.near, directions);
}

/// The end to write of a full pipe whose other end is closed.
template <class Loop, const Directions& directions>
Answer broken_pipe(const Backend& row, Kernel&) {
  Line line = make_pipe();
  line.fill();
  line.near.reset();
  return told_of<Loop>(row, line.far, directions);
}

}  // namespace loopmark::profile
