// SPDX-License-Identifier: MIT
//
// What both loops over libevent are made of: ours, and the one that is libevent's own.
#pragma once

#include <event2/event.h>

#include <cerrno>
#include <memory>
#include <string>

#include "reactors/base/check.h"
#include "reactors/base/time.h"

namespace loopmark::libevent {

template <auto free>
struct FreeBy {
  template <class T>
  void operator()(T* made) const {
    free(made);
  }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, FreeBy<free>>;
using Base = Owned<event_base, event_base_free>;
using Event = Owned<event, event_free>;

/// Which clock libevent reads. Its default moves once a tick.
enum class Timers { kCoarse, kPrecise };

/// What libevent has made; when that is nothing, throws its errno, which the caller had set to 0: it sets none when it
/// has no such method.
template <class Pointer>
Pointer check_made(Pointer made, const char* what) {
  if (made == nullptr) throw_errno(what, errno != 0 ? errno : ENOSYS);
  return made;
}

/// A base that other threads may wake. `method` is libevent's name of a mechanism. Throws std::system_error when there
/// is none of that name or it cannot be set up, and std::runtime_error when libevent runs another one.
Base make_base(const char* method, Timers timers);

/// An event that is not added yet. Throws std::system_error.
Event make_event(const Base& base, int fd, short what, event_callback_fn callback, void* argument);

/// Throws std::system_error for a number that ends the process when it is added: select's sets end.
void check_number(const Base& base, int fd);

/// Rounded up. Of a negative duration only the seconds are negative.
timeval to_timeval(Duration duration);

/// The method, as libevent says it.
std::string evidence_of(const Base& base);

}  // namespace loopmark::libevent
