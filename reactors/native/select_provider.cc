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
#include <bit>
#include <cerrno>

#include "reactors/base/check.h"

namespace loopmark {
namespace {

timeval to_timeval(Duration timeout) {
  const auto micros = std::chrono::ceil<std::chrono::microseconds>(timeout).count();
  return {micros / 1'000'000, micros % 1'000'000};
}

}  // namespace

SelectProvider::SelectProvider() {
  FD_ZERO(&readers_);
  FD_ZERO(&writers_);
}

void SelectProvider::apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                                    ProviderClient& client) {
  for (const InterestChange& change : changes) {
    set_interest(change.fd, change.now);
    generations_[change.fd] = change.generation;
  }
  timeval limit{};
  if (timeout != kNever) limit = to_timeval(timeout);
  fd_set readable = readers_;
  fd_set writable = writers_;
  const int count =
      ::select(end_, &readable, &writable, nullptr, timeout == kNever ? nullptr : &limit);
  if (count < 0 && errno == EBADF) return refuse_closed(client);
  if (count < 0 && errno != EINTR) throw_errno("select");
  if (count <= 0) return;
  for (int first = 0; first < end_; first += NFDBITS) {
    const int word = first / NFDBITS;
    auto bits = static_cast<unsigned long>(readable.fds_bits[word] | writable.fds_bits[word]);
    for (; bits != 0; bits &= bits - 1) {
      const int fd = first + std::countr_zero(bits);
      client.ready(fd,
                   (FD_ISSET(fd, &readable) ? Ready::kRead : Ready::kNone) |
                       (FD_ISSET(fd, &writable) ? Ready::kWrite : Ready::kNone),
                   generations_[fd]);
    }
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

void SelectProvider::refuse_closed(ProviderClient& client) {
  for (int fd = end_ - 1; fd >= 0; --fd) {
    const bool watched = FD_ISSET(fd, &readers_) || FD_ISSET(fd, &writers_);
    if (!watched || ::fcntl(fd, F_GETFD) >= 0) continue;
    set_interest(fd, Interest::kNone);
    client.refused(fd, EBADF, generations_[fd]);
  }
}

}  // namespace loopmark
