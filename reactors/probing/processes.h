// SPDX-License-Identifier: MIT
//
// Exceptions, and fork().
#pragma once

#include <sys/wait.h>

#include <stdexcept>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

template <class Loop>
Answer exception(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe();
  int calls = 0;
  loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    if (++calls == 1) throw std::runtime_error("of the callback");
  });
  line.put();
  try {
    loop.poll();
    return {"caught", "the run returned"};
  } catch (const std::runtime_error&) {
    line.put();
    loop.poll();
  }
  if (calls == 2) return {"leaves-run", "it left the run, and another one served"};
  return {"breaks-loop", "it left the run, and no other one served"};
}

template <class Loop, bool told>
Answer after_fork(const Backend& row, Kernel&) {
  Loop loop(row);
  const Line line = make_pipe();
  int calls = 0;
  auto* const reader = loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    ++calls;
  });
  line.put();
  loop.poll();
  if (calls != 1) throw std::runtime_error("the watcher was not called before the fork");
  const pid_t child = check_call(::fork(), "fork");
  if (child == 0) {
    if (told) loop.tell_of_fork();
    loop.remove(reader);
    line.put();
    loop.poll();  // an epoll may hear of the end only here
    line.take();
    ::_exit(0);
  }
  int status = 0;
  check_call(::waitpid(child, &status, 0), "waitpid");
  if (status != 0) throw std::runtime_error("the child has failed");
  line.put();
  loop.poll();
  if (calls == 2) return {"separate", "the parent's watcher was called as before"};
  return {"shared", "the parent's watcher was not called any more"};
}

}  // namespace loopmark::profile
