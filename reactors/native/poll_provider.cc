// SPDX-License-Identifier: MIT
//
// Notes on the mechanism.
//
// a) poll(2) counts in milliseconds: the timeout is rounded up, so that a wait never ends just before a deadline and
//    spins. What is longer than an int of milliseconds (24 days) is waited for in pieces.
// b) A number that is closed is reported as POLLNVAL, at once and for ever: it is refused, and taken out.
// c) POLLERR and POLLHUP are reported whether they are asked for or not.
#include "reactors/native/poll_provider.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "reactors/base/check.h"

namespace loopmark {
namespace {

int to_timeout(Duration timeout) {
  if (timeout == kNever) return -1;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  return static_cast<int>(std::min<std::int64_t>(ms, INT32_MAX));
}

}  // namespace

void PollProvider::apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                                  ProviderClient& client) {
  for (const InterestChange& change : changes) apply(change);
  int left = ::poll(watched_.data(), watched_.size(), to_timeout(timeout));
  if (left < 0 && errno != EINTR) throw_errno("poll");
  for (std::size_t i = 0; left > 0; ++i) {
    if (watched_[i].revents == 0) continue;
    --left;
    const auto [fd, events, seen] = watched_[i];
    const std::uint32_t generation = generations_[i];
    if ((seen & POLLNVAL) != 0) {
      take_out(i--);  // another one stands at this index now
      client.refused(fd, EBADF, generation);
    } else {
      client.ready(fd, to_ready(static_cast<unsigned>(seen)), generation);
    }
  }
}

void PollProvider::apply(const InterestChange& change) {
  const auto number = static_cast<std::size_t>(change.fd);
  if (number >= index_.size()) index_.resize(number + 1, 0);
  if (change.now == Interest::kNone) {
    if (index_[number] != 0) take_out(index_[number] - 1);
    return;
  }
  if (index_[number] == 0) {
    watched_.push_back({change.fd, 0, 0});
    generations_.push_back(0);
    index_[number] = watched_.size();
  }
  watched_[index_[number] - 1].events = static_cast<short>(change.now);
  generations_[index_[number] - 1] = change.generation;
}

bool PollProvider::forget_all() {
  watched_.clear();
  generations_.clear();
  index_.clear();
  return true;
}

void PollProvider::take_out(std::size_t index) {
  index_[static_cast<std::size_t>(watched_[index].fd)] = 0;
  if (index + 1 < watched_.size()) {
    watched_[index] = watched_.back();
    generations_[index] = generations_.back();
    index_[static_cast<std::size_t>(watched_[index].fd)] = index + 1;
  }
  watched_.pop_back();
  generations_.pop_back();
}

}  // namespace loopmark
