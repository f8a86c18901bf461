// SPDX-License-Identifier: MIT
//
// What both loops over libev are made of: ours, and the one that is libev's own.
#pragma once

#include <ev.h>

#include <memory>
#include <string>

namespace loopmark::libev {

struct DestroyLoop {
  void operator()(struct ev_loop* loop) const { ev_loop_destroy(loop); }
};
using EvLoop = std::unique_ptr<struct ev_loop, DestroyLoop>;

/// A dynamic loop. `backend` is one bit of EVBACKEND_*. Throws std::system_error when this libev does not have it or it
/// cannot be set up, and std::runtime_error when libev runs another one.
EvLoop make_ev_loop(unsigned backend);

/// The backend, as libev says it.
std::string evidence_of(const EvLoop& loop);

}  // namespace loopmark::libev
