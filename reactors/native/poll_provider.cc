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

short to_poll(Interest interest) {
  int mask = 0;
  if (any(interest & Interest::kRead)) mask |= POLLIN;
  if (any(interest & Interest::kWrite)) mask |= POLLOUT;
  return static_cast<short>(mask);
}

Ready from_poll(short mask) {
  Ready ready = Ready::kNone;
  if ((mask & POLLIN) != 0) ready |= Ready::kRead;
  if ((mask & POLLOUT) != 0) ready |= Ready::kWrite;
  if ((mask & POLLHUP) != 0) ready |= Ready::kHangup;
  if ((mask & POLLERR) != 0) ready |= Ready::kError;
  return ready;
}

int to_timeout(Duration timeout) {
  if (timeout == kNever) return -1;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  return static_cast<int>(std::min<std::int64_t>(ms, INT32_MAX));
}

}  // namespace

void PollProvider::apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                                  std::vector<ProviderEvent>& events) {
  for (const InterestChange& change : changes) apply(change);
  int left = ::poll(watched_.data(), watched_.size(), to_timeout(timeout));
  if (left < 0 && errno != EINTR) throw_errno("poll");
  for (std::size_t i = 0; left > 0 && i < watched_.size();) {
    const pollfd& watched = watched_[i];
    if (watched.revents == 0) {
      ++i;
      continue;
    }
    --left;
    if ((watched.revents & POLLNVAL) != 0) {
      events.push_back({watched.fd, generations_[i], Ready::kNone, EBADF});
      take_out(i);  // another one stands at this index now
    } else {
      events.push_back({watched.fd, generations_[i], from_poll(watched.revents), 0});
      ++i;
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
  watched_[index_[number] - 1].events = to_poll(change.now);
  generations_[index_[number] - 1] = change.generation;
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
