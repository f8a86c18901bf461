// SPDX-License-Identifier: MIT
//
// Notes on the mechanism.
//
// a) epoll_wait(2) counts in milliseconds. epoll_pwait2(2) (Linux 5.11) counts in nanoseconds; where it is missing the
//    timeout is rounded up, so that a wait never ends just before a deadline and spins.
// b) A finite timeout makes the kernel set up a timer even when something is ready. A loop that was busy a moment ago
//    probably is again, so it is asked without waiting first. (Measured: 5 % of a ping-pong with a timer pending.)
// c) Regular files are refused with EPERM. They are always ready, as poll(2) and select(2) say, so we report them so.
// d) The kernel's key is the open file and the number together. close() takes a registration out only when it was the
//    last number of that file: after dup() or fork() events keep coming that nobody can take out any more, for the
//    number is not that file's. Then the whole set is made anew (forget_all()).
// e) So a number may be registered when we think it is not, and the other way round: ADD falls back to MOD (EEXIST),
//    MOD to ADD (ENOENT), and a failing DEL has nothing to tell us.
// f) EPOLLERR and EPOLLHUP are reported whether they are asked for or not.
#include "reactors/native/epoll_provider.h"

#include <algorithm>
#include <cerrno>

#include "reactors/base/check.h"
#include "reactors/native/kernel_name.h"

namespace loopmark {
namespace {

// The kernel's masks are those of poll(2) (uapi/linux/eventpoll.h).
static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
              EPOLLHUP == POLLHUP);

}  // namespace

EpollProvider::EpollProvider()
    : epoll_(check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void EpollProvider::apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                                   ProviderClient& client) {
  if (!changes.empty() || !always_ready_.empty()) timeout = before_wait(changes, timeout, client);
  const int count = timeout == kNever ? poll(-1) : poll_for(timeout);
  if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = events_[i].data.u64;
    client.ready(static_cast<int>(key & 0xffffffff), to_ready(events_[i].events),
                 static_cast<std::uint32_t>(key >> 32));
  }
}

/// Applies the changes, and tells what is to be told without asking the kernel. Returns how long to wait then.
Duration EpollProvider::before_wait(std::span<const InterestChange> changes, Duration timeout,
                                    ProviderClient& client) {
  for (const InterestChange& change : changes) {
    const int error = apply(change);
    if (error == 0) continue;
    client.refused(change.fd, error, change.generation);
    timeout = Duration::zero();
  }
  for (const AlwaysReady& file : always_ready_) {
    client.ready(file.fd, static_cast<Ready>(file.interest), file.generation);
    timeout = Duration::zero();
  }
  return timeout;
}

int EpollProvider::poll(int ms) {
  return ::epoll_wait(epoll_.get(), events_, kMostEvents, ms);
}

int EpollProvider::poll_for(Duration limit) {
  int count = 0;
  if (was_busy_ || limit == Duration::zero()) count = poll(0);  // b)
  if (count == 0 && limit > Duration::zero()) count = wait_for(limit);
  was_busy_ = count > 0;
  return count;
}

int EpollProvider::wait_for(Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timespec time{seconds.count(), (limit - seconds).count()};
  const int count = ::epoll_pwait2(epoll_.get(), events_, kMostEvents, &time, nullptr);
  if (count >= 0 || errno != ENOSYS) return count;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  return poll(static_cast<int>(std::min<std::int64_t>(ms, INT32_MAX)));
}

/// Returns the errno with which the kernel refuses it, or 0.
int EpollProvider::apply(const InterestChange& change) {
  std::erase_if(always_ready_, [&](const AlwaysReady& file) { return file.fd == change.fd; });
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(change.now);
  event.data.u64 = std::uint64_t{change.generation} << 32 | static_cast<std::uint32_t>(change.fd);
  const auto control = [&](int operation) {
    return ::epoll_ctl(epoll_.get(), operation, change.fd, &event);
  };
  if (change.now == Interest::kNone) {
    control(EPOLL_CTL_DEL);
    return 0;
  }
  int result = control(change.was == Interest::kNone ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
  if (result < 0 && errno == EEXIST) result = control(EPOLL_CTL_MOD);
  if (result < 0 && errno == ENOENT) result = control(EPOLL_CTL_ADD);
  if (result == 0) return 0;
  if (errno != EPERM) return errno;
  always_ready_.push_back({change.fd, change.generation, change.now});
  return 0;
}

bool EpollProvider::forget_all() {
  epoll_.reset();  // first: there may be no other descriptor
  epoll_.reset(check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
  always_ready_.clear();
  return true;
}

std::string EpollProvider::evidence() const {
  return "epoll_wait on " + kernel_name(epoll_.get());
}

}  // namespace loopmark
