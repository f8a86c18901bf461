// SPDX-License-Identifier: MIT
//
// A service is traffic that also waits to write, and whose descriptors come and go. What carries it
// is passed to its functions as `loop`, with which it says what it waits for:
//
//   loop.want(i, fd, Want::kRead)    from now on the i-th descriptor, which is `fd`, waits to read
//   loop.want(i, fd, Want::kNothing) it waits for nothing, and stays open
//   loop.forget(i)                   it waits no more; in a call for it, before it is closed
//
// Each descriptor waits for one of them at a time. All is resolved at compile time but for one
// call a slot.
#pragma once

#include <concepts>
#include <cstddef>

#include "bench/traffic.h"

namespace loopmark::bench {

enum class Want { kNothing, kRead, kWrite };

/// Its functions are templates: `open(loop)` says what is waited for at first, `readable(i, loop)`
/// and `writable(i, loop)` do what can be done at the i-th descriptor without waiting for more.
template <class S, class Loop>
concept Service = requires(S service, const S& state, Loop& loop, std::size_t i) {
  service.open(loop);
  service.readable(i, loop);
  service.writable(i, loop);
  { state.done() } -> std::same_as<bool>;
};

}  // namespace loopmark::bench
