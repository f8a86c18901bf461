// SPDX-License-Identifier: MIT
#include "conformance/interleavings/choices.h"

namespace loopmark::conformance::interleavings {

std::size_t Choices::choose(std::size_t count, bool preempts) {
  if (count == 1) return 0;
  if (preempts && preemptions_ == most_) {
    complete_ = false;
    return 0;
  }
  if (at_ == path_.size()) path_.push_back({0, count, preempts});
  const Choice& choice = path_[at_++];
  if (choice.count != count || choice.preempts != preempts)
    throw NotRepeatable("the same choices have led to another choice than before");
  if (preempts && choice.way > 0) ++preemptions_;
  return choice.way;
}

bool Choices::next() {
  if (at_ != path_.size())
    throw NotRepeatable("the same choices have led to an earlier end than before");
  at_ = 0;
  preemptions_ = 0;
  while (!path_.empty() && path_.back().way + 1 == path_.back().count) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().way;
  return true;
}

}  // namespace loopmark::conformance::interleavings
