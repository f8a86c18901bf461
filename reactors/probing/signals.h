// SPDX-License-Identifier: MIT
//
// Signals.
#pragma once

#include <csignal>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

inline volatile std::sig_atomic_t handled = 0;
inline void count_signal(int) {
  handled = handled + 1;
}

/// The disposition of a signal.
inline struct sigaction action_for(int number) {
  struct sigaction action {};
  check_call(::sigaction(number, nullptr, &action), "sigaction");
  return action;
}

template <class Loop>
Answer signal_two_loops(const Backend& row, Kernel&) {
  Loop first(row), second(row);
  int calls[2] = {};
  first.watch_signal(SIGUSR1, [&] { ++calls[0]; });
  second.watch_signal(SIGUSR1, [&] { ++calls[1]; });
  ::raise(SIGUSR1);
  for (int pass = 0; pass < kPasses; ++pass) {
    first.poll();
    second.poll();
  }
  if (calls[0] > 0 && calls[1] > 0) return {"both", "both were called"};
  if (calls[1] > 0) return {"last-added", "only the watcher added last was called"};
  if (calls[0] > 0) return {"first-added", "only the watcher added first was called"};
  return {"neither", "neither was called"};
}

template <class Loop>
Answer signal_repeats(const Backend& row, Kernel&) {
  Loop loop(row);
  std::size_t calls = 0;
  loop.watch_signal(SIGUSR1, [&] { ++calls; });
  for (int i = 0; i < 3; ++i) ::raise(SIGUSR1);
  poll_thrice(loop);
  return repeats_answer(calls);
}

template <class Loop>
Answer signal_restart(const Backend& row, Kernel&) {
  Loop loop(row);
  loop.watch_signal(SIGUSR1, [] {});
  if ((action_for(SIGUSR1).sa_flags & SA_RESTART) != 0) return {"restarts", "SA_RESTART was set"};
  return {"interrupts", "SA_RESTART was not set"};
}

template <class Loop>
Answer signal_handler_after(const Backend& row, Kernel&) {
  ::signal(SIGUSR1, count_signal);
  Loop loop(row);
  loop.remove(loop.watch_signal(SIGUSR1, [] {}));
  const auto handler = action_for(SIGUSR1).sa_handler;
  if (handler == count_signal) return {"restored", "the earlier handler was back"};
  if (handler == SIG_DFL) return {"default", "it was SIG_DFL"};
  return {"kept", "it was still the library's"};
}

/// `make` makes the library's default loop.
template <void (*make)(const Backend& row)>
Answer sigchld(const Backend& row, Kernel&) {
  make(row);
  if (action_for(SIGCHLD).sa_handler == SIG_DFL) return {"left", "it was SIG_DFL"};
  return {"taken", "it had a handler"};
}

/// `write` writes as the library's users do.
template <class Loop, void (*write)(int fd)>
Answer sigpipe(const Backend& row, Kernel&) {
  ::signal(SIGPIPE, count_signal);
  Loop loop(row);
  Line line = make_socket_pair();
  line.far.reset();
  loop.watch(line.near.get(), kWrite, [&](Directions) { write(line.near.get()); });
  loop.poll();
  if (handled > 0) return {"raised", "SIGPIPE was raised"};
  return {"prevented", "no SIGPIPE was raised"};
}

}  // namespace loopmark::profile
