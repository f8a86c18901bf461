// SPDX-License-Identifier: MIT
//
// Notes on the mechanism.
//
// a) An fd_set has FD_SETSIZE bits; FD_SET beyond them writes into foreign memory. can_watch() keeps such numbers out.
// b) The sets are overwritten by the call, so it is given copies. The third set is not used: it tells of out-of-band
//    data, not of errors.
// c) An end or an error makes a descriptor readable, writable or both; which it is, read() and write() tell.
// d) One closed number fails the whole call with EBADF and does not say which. All are asked one by one then.
// e) The timeout counts in microseconds: it is rounded up, so that a wait never ends just before a deadline and spins.
#include "reactors/native/select_provider.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "reactors/base/check.h"

namespace loopmark {

SelectProvider::SelectProvider() {
  FD_ZERO(&readers_);
  FD_ZERO(&writers_);
}

void SelectProvider::apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                                    std::vector<ProviderEvent>& events) {
  for (const InterestChange& change : changes) {
    set_interest(change.fd, change.now);
    generations_[change.fd] = change.generation;
  }
  const auto micros = std::chrono::ceil<std::chrono::microseconds>(timeout).count();
  timeval limit{micros / 1'000'000, micros % 1'000'000};
  fd_set readable = readers_;
  fd_set writable = writers_;
  int left = ::select(end_, &readable, &writable, nullptr, timeout == kNever ? nullptr : &limit);
  if (left < 0 && errno == EBADF) return refuse_closed(events);
  if (left < 0 && errno != EINTR) throw_errno("select");
  for (int fd = 0; left > 0 && fd < end_; ++fd) {
    Ready ready = Ready::kNone;
    if (FD_ISSET(fd, &readable)) ready |= Ready::kRead;
    if (FD_ISSET(fd, &writable)) ready |= Ready::kWrite;
    if (!any(ready)) continue;
    left -=
        static_cast<int>(any(ready & Ready::kRead)) + static_cast<int>(any(ready & Ready::kWrite));
    events.push_back({fd, generations_[fd], ready, 0});
  }
}

void SelectProvider::set_interest(int fd, Interest interest) {
  FD_CLR(fd, &readers_);
  FD_CLR(fd, &writers_);
  if (any(interest & Interest::kRead)) FD_SET(fd, &readers_);
  if (any(interest & Interest::kWrite)) FD_SET(fd, &writers_);
  end_ = std::max(end_, fd + 1);
  while (end_ > 0 && !FD_ISSET(end_ - 1, &readers_) && !FD_ISSET(end_ - 1, &writers_)) --end_;
}

void SelectProvider::refuse_closed(std::vector<ProviderEvent>& events) {
  for (int fd = end_ - 1; fd >= 0; --fd) {
    const bool watched = FD_ISSET(fd, &readers_) || FD_ISSET(fd, &writers_);
    if (!watched || ::fcntl(fd, F_GETFD) >= 0) continue;
    set_interest(fd, Interest::kNone);
    events.push_back({fd, generations_[fd], Ready::kNone, EBADF});
  }
}

}  // namespace loopmark
