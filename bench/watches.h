// SPDX-License-Identifier: MIT
//
// Watches are a loop whose descriptors are watched for this or that as the work goes on. A workload
// of that kind is written once, as a template of the loop it runs on; there are four: over a bare
// epoll, a bare poll, a reactor, a library's own loop. All is resolved at compile time.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/arm.h"
#include "bench/bare/epoll_watches.h"
#include "bench/bare/poll_watches.h"
#include "bench/library_watches.h"
#include "bench/reactor_watches.h"
#include "bench/workload.h"

namespace loopmark::bench {

/// Descriptors are numbered from 0. Made over what arm.make_loop() has made, it calls the client's
/// readable(i) and writable(i) as long as the i-th is watched for that and can be read or written.
/// Functions throw std::system_error for what cannot be watched.
template <class Loop>
concept Watches = requires(Loop loop, const Loop& state, std::size_t i, int fd) {
  loop.add(fd);  // the next descriptor, not watched yet
  loop.watch_read(i);
  loop.unwatch_read(i);
  loop.watch_write(i);
  loop.unwatch_write(i);
  loop.pass();  // one trip that does not wait
  loop.run();   // until stop()
  loop.stop();
  { state.evidence() } -> std::same_as<std::string>;
};

/// The workload W on the loop that `arm` stands for; what follows the arm goes to its constructor.
template <template <template <class> class> class W, class... Arguments>
std::unique_ptr<Workload> make_watching(const Arm& arm, Arguments&&... arguments) {
  const auto make = [&]<template <class> class Loop>() -> std::unique_ptr<Workload> {
    static_assert(Watches<Loop<W<Loop>>>);
    return std::make_unique<W<Loop>>(arm, std::forward<Arguments>(arguments)...);
  };
  if (arm.make_reactor) return make.template operator()<ReactorWatches>();
  if (arm.make_library_loop) return make.template operator()<LibraryWatches>();
  if (arm.name == kBareEpoll) return make.template operator()<bare::EpollWatches>();
  if (arm.name == kBarePoll) return make.template operator()<bare::PollWatches>();
  throw std::invalid_argument("there is no bare loop '" + arm.name + "' with changing interest");
}

}  // namespace loopmark::bench
