// SPDX-License-Identifier: MIT
//
// What a library does by itself where libraries differ. A probe asks one thing of the library's own interface, with its
// default options and none of our layers on it; it lives in the library's module, since nothing else may link that library.
// The subjects are the same for all libraries: conformance/profile/subjects.cc.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reactors/base/time.h"

namespace loopmark {

struct Backend;

namespace profile {

struct Answer {
  std::string word;  // one of the subject's answers, or kNotProbed
  std::string
      seen;  // what was seen, or why nothing could be: half a sentence, the same in every run
};
inline constexpr std::string_view kNotApplicable = "not-applicable";
inline constexpr std::string_view kNotProbed = "not-probed";

/// What stands between a probe and the system. It belongs to the thread of the probe, which has a process of its own.
class Kernel {
 public:
  struct Wait {
    Duration timeout;  // kNever: none
    int result;        // descriptors that were ready, or -1
  };

  virtual ~Kernel() = default;

  /// From here on time stands still, at a whole second, but for advance() and for waits: one with a timeout, for which
  /// nothing is ready, moves the clock by that and returns at once. Call it before the library is used.
  virtual void use_virtual_clock() = 0;
  virtual void advance(Duration by) = 0;
  /// The time that has passed on the virtual clock.
  virtual Duration elapsed() const = 0;
  /// From here on coarse clocks show the last whole multiple of `tick`.
  virtual void tick_coarse_clocks(Duration tick) = 0;

  /// The waits of the probe's thread since the last forget_waits().
  virtual std::vector<Wait> waits() const = 0;
  virtual void forget_waits() = 0;

  /// Calls `hook` once, in the probe's thread, when the next wait is about to block, with nothing ready; what it does is
  /// seen by that wait. With the virtual clock: the next wait without end.
  virtual void on_next_block(std::function<void()> hook) = 0;
  /// The next wait fails with `error` (an errno).
  virtual void fail_next_wait(int error) = 0;

  /// Ends the process with this answer, for a loop that would not come back.
  [[noreturn]] virtual void conclude(const Answer& answer) = 0;
};

/// One subject, as a library answers it.
struct Probe {
  std::string_view subject;
  std::string_view done;    // what the probe does; without `run`: why there is none
  std::string_view source;  // where the library's manual or source speaks of it; may be empty
  /// Called once, in a process of its own. May throw: then the probe has failed. May abort or hang, where the subject has
  /// that for an answer.
  Answer (*run)(const Backend& row, Kernel& kernel) = nullptr;
  std::string_view word = {};  // without `run`: kNotApplicable or kNotProbed
};

/// The library has no such thing.
constexpr Probe not_applicable(std::string_view subject, std::string_view why) {
  return {subject, why, {}, nullptr, kNotApplicable};
}

/// It has, and no honest probe is known.
constexpr Probe not_probed(std::string_view subject, std::string_view why) {
  return {subject, why, {}, nullptr, kNotProbed};
}

}  // namespace profile
}  // namespace loopmark
