// SPDX-License-Identifier: MIT
#include "bench/ring.h"

#include <utility>

#include "bench/workload.h"

namespace loopmark::bench {

Ring::Ring(std::size_t pairs, std::size_t active, PairKind kind) : active_(active) {
  need_descriptors(2 * pairs);
  owned_.reserve(pairs);
  pairs_.reserve(pairs);
  for (std::size_t i = 0; i < pairs; ++i) {
    owned_.push_back(make_pair(kind));
    pairs_.push_back({owned_.back().reader.get(), owned_.back().writer.get()});
    // The first byte through a pipe makes the kernel allocate a page for it: that is set-up, too.
    write_into(i);
    unread_ = 1;
    readable(i);
  }
}

void Ring::start(std::uint64_t events) {
  undelivered_ += std::exchange(unread_, events);
  const std::size_t space = pairs_.size() / active_;
  for (std::size_t k = 0; k < active_; ++k) write_into((first_ + k * space) % pairs_.size());
  // The next slot goes on from where this one ends, or short slots would visit the same few pairs,
  // warm in the cache.
  first_ = (first_ + events / active_) % pairs_.size();
}

void Ring::not_read(std::size_t i, int error) {
  // Nothing there after all is no fault: readiness is a hint.
  if (error != EAGAIN && error != EINTR) fail(i, "cannot be read");
}

void Ring::fail(std::size_t i, const char* what) {
  if (fault_.empty()) fault_ = "pair " + std::to_string(i) + ": " + what;
  undelivered_ += std::exchange(unread_, 0);  // ends the slot
}

void Ring::verify() const {
  if (!fault_.empty()) throw WorkIsWrong(fault_);
  if (undelivered() > 0) {
    throw WorkIsWrong(std::to_string(undelivered()) + " events were not delivered");
  }
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].bytes_read != pairs_[i].bytes_written) {
      throw WorkIsWrong("pair " + std::to_string(i) + " holds bytes that were not delivered");
    }
  }
}

}  // namespace loopmark::bench
