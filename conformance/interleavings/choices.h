// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace loopmark::conformance::interleavings {

/// An execution went another way than the same choices led it before: a search by choices proves nothing then.
struct NotRepeatable : std::logic_error {
  using logic_error::logic_error;
};

/// Takes an execution through every sequence of choices, depth first: each execution asks choose() wherever it may go on in
/// more than one way, and begins anew after next(). As long as next() returns true there is another sequence.
class Choices {
 public:
  /// Sequences with more than `most_preemptions` are left out.
  explicit Choices(std::size_t most_preemptions) : most_(most_preemptions) {}

  /// Which of `count` ways is taken here, from 0. With `preempts` all ways but the first are preemptions: they take the
  /// processor from a thread that could go on.
  std::size_t choose(std::size_t count, bool preempts);

  /// Turns to the next sequence, when the execution of the present one is over; false when there is none.
  bool next();

  /// Whether no sequence was left out so far.
  bool complete() const { return complete_; }

 private:
  struct Choice {
    std::size_t way;
    std::size_t count;
    bool preempts;
  };

  std::size_t most_;
  std::vector<Choice> path_;     // the choices of this execution
  std::size_t at_ = 0;           // how many of them it has made
  std::size_t preemptions_ = 0;  // among those
  bool complete_ = true;
};

}  // namespace loopmark::conformance::interleavings
