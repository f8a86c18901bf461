// SPDX-License-Identifier: MIT
//
// Probes that are the same for every library but for the calls they make. They are templates over a class of the library's
// folder, a Loop, which does no more than to make these calls, with the library's default options:
//
//   Loop(const Backend& row)                   a new loop of its own
//   Watcher* watch(fd, Directions, Call)       watches, until it is removed, and calls with the directions that are told;
//                                              null where the library refuses. Watcher is what the library calls so
//   void remove(Watcher*), start(Watcher*)     stops it, and starts it again as it is
//   Timer* arm(Duration, Function)             a timer that is called once
//   void remove(Timer*)
//   void repeat(Duration period, Function)     a timer that repeats
//   bool run(), run_once(), poll()             until stopped; one pass; one pass that does not wait. False where the
//                                              library reports a failure
//   void run_until(Kernel&, Done)              passes until done()
//   void stop()                                the stop that takes effect first
//   Signal* watch_signal(number, Function), void remove(Signal*)
//   void tell_of_fork()                        in the child
#pragma once

#include <functional>
#include <string>

#include "reactors/library_profile.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// What a watcher is to be told of, or was told.
struct Directions {
  bool read = false;
  bool write = false;
  bool error = false;  // is told as such, where a library does that

  Directions& operator|=(const Directions& more) {
    read |= more.read;
    write |= more.write;
    error |= more.error;
    return *this;
  }
};
inline constexpr Directions kRead{.read = true};
inline constexpr Directions kWrite{.write = true};
inline constexpr Directions kBoth{.read = true, .write = true};

using Function = std::function<void()>;
using Call = std::function<void(Directions)>;

/// What a watcher has been told so far. Give it as std::ref().
struct Told {
  std::size_t calls = 0;
  Directions all;

  void operator()(const Directions& directions) {
    ++calls;
    all |= directions;
  }
};

inline constexpr int kPasses = 3;

/// Makes three passes that do not wait. False as soon as one fails.
template <class Loop>
bool poll_thrice(Loop& loop) {
  for (int pass = 0; pass < kPasses; ++pass) {
    if (!loop.poll()) return false;
  }
  return true;
}

/// "three passes called it twice".
inline std::string in_three_passes(const Told& told) {
  return calls_by("three passes", told.calls);
}

}  // namespace loopmark::profile
