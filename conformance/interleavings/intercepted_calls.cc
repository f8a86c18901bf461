// SPDX-License-Identifier: MIT
//
// The kernel's calls that wake a loop and that it sleeps in, as controlled threads see them: each is a place where another
// thread may go on. See intercepted_threads.cc.
//
// Notes.
//
// a) A wait sleeps until poll(2), which any thread may ask, says that one of its descriptors is ready; a set of epoll(7) is
//    such a descriptor itself. Then the real call is made, which does not wait.
// b) Time stands still: a wait with a timeout is one without. libev's are bounded by a minute, and a wake-up that comes by
//    then only is lost.
// c) A read or write that would block sleeps in the same way; those of eventfds that are non-blocking never do.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <set>
#include <vector>

#include "conformance/interleavings/scheduler.h"
#include "conformance/interleavings/wakers.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance::interleavings {
namespace {

constexpr std::uint64_t kFull = UINT64_MAX - 1;

bool wakers_are_full = false;
Plant planted = Plant::kNone;
thread_local bool counts_sleeps = false;
thread_local std::uint64_t sleep_count = 0;
int asleep = 0;  // controlled threads that wait in the kernel

/// The eventfds that were made while a fault was planted.
std::set<int>& wakers() {
  static std::set<int> all;
  return all;
}

int really_poll(pollfd* entries, nfds_t count, int ms) {
  static auto* const real = kernel::next<int(pollfd*, nfds_t, int)>("poll");
  return real(entries, count, ms);
}

bool is_any_ready(std::vector<pollfd>& entries) {
  const int error = errno;
  const bool ready = really_poll(entries.data(), entries.size(), 0) != 0;
  errno = error;
  return ready;
}

/// Before a call that would block until `events`.
void stop_before(const char* name, int fd, short events) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) != 0) return stop_at(name);
  stop_until(name, nullptr, [entries = std::vector<pollfd>{{fd, events, 0}}]() mutable {
    return is_any_ready(entries);
  });
}

/// A wait for `entries`. `call(true)` asks the kernel without waiting, `call(false)` as the caller wants it.
template <class Call>
int wait(const char* name, bool may_sleep, std::vector<pollfd> entries, Call call) {
  if (!is_controlled()) {
    if (may_sleep && counts_sleeps && !is_any_ready(entries)) ++sleep_count;
    return call(false);
  }
  if (!may_sleep || planted == Plant::kEarlyWakesLost) stop_at(name);
  if (!may_sleep) return call(false);
  ++asleep;
  stop_until(name, nullptr, [&entries] { return is_any_ready(entries); });
  --asleep;
  return call(true);
}

/// The members of sets that may be larger than an fd_set, so none of its macros.
std::vector<pollfd> members(int end, const fd_set* readers, const fd_set* writers) {
  constexpr int kBits = CHAR_BIT * sizeof(unsigned long);
  const auto has = [](const fd_set* set, int fd) {
    return set != nullptr &&
           (reinterpret_cast<const unsigned long*>(set)[fd / kBits] >> (fd % kBits) & 1) != 0;
  };
  std::vector<pollfd> entries;
  for (int fd = 0; fd < end; ++fd) {
    const int events = (has(readers, fd) ? POLLIN : 0) | (has(writers, fd) ? POLLOUT : 0);
    if (events != 0) entries.push_back({fd, static_cast<short>(events), 0});
  }
  return entries;
}

bool is_lost(int fd) {
  return planted == Plant::kEarlyWakesLost && wakers().contains(fd) && asleep == 0;
}

constexpr timespec kAtOnce{};

bool is_long(const timespec* limit) {
  return limit == nullptr || limit->tv_sec != 0 || limit->tv_nsec != 0;
}

}  // namespace

void make_wakers_full(bool full) {
  wakers_are_full = full;
}

void plant(Plant fault) {
  planted = fault;
}

void count_sleeps() {
  counts_sleeps = true;
  sleep_count = 0;
}

std::uint64_t sleeps() {
  return sleep_count;
}

}  // namespace loopmark::conformance::interleavings

// The calls that are stood before. Their names and types are the system's.
namespace kernel = loopmark::conformance::kernel;
namespace interleavings = loopmark::conformance::interleavings;

LOOPMARK_STANDS_BEFORE ssize_t read(int fd, void* data, std::size_t size) {
  static auto* const real = kernel::next<ssize_t(int, void*, std::size_t)>("read");
  if (interleavings::is_controlled()) interleavings::stop_before("read", fd, POLLIN);
  return real(fd, data, size);
}

LOOPMARK_STANDS_BEFORE ssize_t write(int fd, const void* data, std::size_t size) {
  static auto* const real = kernel::next<ssize_t(int, const void*, std::size_t)>("write");
  if (interleavings::is_controlled()) {
    interleavings::stop_before("write", fd, POLLOUT);
    if (interleavings::is_lost(fd)) return static_cast<ssize_t>(size);
  }
  return real(fd, data, size);
}

LOOPMARK_STANDS_BEFORE int eventfd(unsigned int count, int flags) noexcept {
  static auto* const real = kernel::next<int(unsigned int, int)>("eventfd");
  const int fd = real(count, flags);
  if (fd < 0) return fd;
  if (interleavings::planted != interleavings::Plant::kNone) interleavings::wakers().insert(fd);
  if (interleavings::wakers_are_full) {
    [[maybe_unused]] const ssize_t written =
        ::write(fd, &interleavings::kFull, sizeof interleavings::kFull);
  }
  return fd;
}

LOOPMARK_STANDS_BEFORE int epoll_wait(int epfd, epoll_event* events, int size, int ms) {
  static auto* const real = kernel::next<int(int, epoll_event*, int, int)>("epoll_wait");
  return interleavings::wait("epoll_wait", ms != 0, {{epfd, POLLIN, 0}}, [&](bool at_once) {
    return real(epfd, events, size, at_once ? 0 : ms);
  });
}

LOOPMARK_STANDS_BEFORE int epoll_pwait(int epfd, epoll_event* events, int size, int ms,
                                       const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, epoll_event*, int, int, const sigset_t*)>("epoll_pwait");
  return interleavings::wait("epoll_pwait", ms != 0, {{epfd, POLLIN, 0}}, [&](bool at_once) {
    return real(epfd, events, size, at_once ? 0 : ms, mask);
  });
}

LOOPMARK_STANDS_BEFORE int epoll_pwait2(int epfd, epoll_event* events, int size,
                                        const timespec* limit, const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, epoll_event*, int, const timespec*, const sigset_t*)>("epoll_pwait2");
  return interleavings::wait(
      "epoll_pwait2", interleavings::is_long(limit), {{epfd, POLLIN, 0}}, [&](bool at_once) {
        return real(epfd, events, size, at_once ? &interleavings::kAtOnce : limit, mask);
      });
}

LOOPMARK_STANDS_BEFORE int poll(pollfd* fds, nfds_t count, int ms) {
  return interleavings::wait("poll", ms != 0, {fds, fds + count}, [&](bool at_once) {
    return interleavings::really_poll(fds, count, at_once ? 0 : ms);
  });
}

LOOPMARK_STANDS_BEFORE int __poll_chk(pollfd* fds, nfds_t count, int ms, std::size_t) {
  return poll(fds, count, ms);
}

LOOPMARK_STANDS_BEFORE int ppoll(pollfd* fds, nfds_t count, const timespec* limit,
                                 const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
  return interleavings::wait(
      "ppoll", interleavings::is_long(limit), {fds, fds + count}, [&](bool at_once) {
        return real(fds, count, at_once ? &interleavings::kAtOnce : limit, mask);
      });
}

LOOPMARK_STANDS_BEFORE int select(int end, fd_set* readers, fd_set* writers, fd_set* others,
                                  timeval* limit) {
  static auto* const real = kernel::next<int(int, fd_set*, fd_set*, fd_set*, timeval*)>("select");
  const bool may_sleep = limit == nullptr || limit->tv_sec != 0 || limit->tv_usec != 0;
  return interleavings::wait("select", may_sleep, interleavings::members(end, readers, writers),
                             [&](bool at_once) {
                               timeval now{};
                               return real(end, readers, writers, others, at_once ? &now : limit);
                             });
}
