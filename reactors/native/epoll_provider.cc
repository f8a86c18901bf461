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

constexpr std::size_t kFirstBuffer = 256;
constexpr std::size_t kLargestBuffer = 4096;

std::uint32_t to_epoll(Interest interest) {
  std::uint32_t mask = 0;
  if (any(interest & Interest::kRead)) mask |= EPOLLIN;
  if (any(interest & Interest::kWrite)) mask |= EPOLLOUT;
  return mask;
}

Ready from_epoll(std::uint32_t mask) {
  Ready ready = Ready::kNone;
  if ((mask & EPOLLIN) != 0) ready |= Ready::kRead;
  if ((mask & EPOLLOUT) != 0) ready |= Ready::kWrite;
  if ((mask & EPOLLHUP) != 0) ready |= Ready::kHangup;
  if ((mask & EPOLLERR) != 0) ready |= Ready::kError;
  return ready;
}

}  // namespace

EpollProvider::EpollProvider()
    : epoll_(check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), buffer_(kFirstBuffer) {}

void EpollProvider::apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                                   std::vector<ProviderEvent>& events) {
  for (const InterestChange& change : changes) apply(change, events);
  if (!always_ready_.empty() || !events.empty()) timeout = Duration::zero();
  const int count = wait(timeout);
  if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
  for (const AlwaysReady& file : always_ready_) {
    events.push_back({file.fd, file.generation, static_cast<Ready>(file.interest), 0});
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = buffer_[static_cast<std::size_t>(i)];
    events.push_back({static_cast<int>(event.data.u64 & 0xffffffff),
                      static_cast<std::uint32_t>(event.data.u64 >> 32), from_epoll(event.events),
                      0});
  }
  was_busy_ = count > 0;
  if (count == static_cast<int>(buffer_.size()) && buffer_.size() < kLargestBuffer) {
    buffer_.resize(buffer_.size() * 2);
  }
}

int EpollProvider::wait(Duration timeout) {
  const int size = static_cast<int>(buffer_.size());
  const auto poll = [&](int ms) { return ::epoll_wait(epoll_.get(), buffer_.data(), size, ms); };
  if (timeout == kNever) return poll(-1);
  if (timeout == Duration::zero()) return poll(0);
  if (was_busy_) {
    const int count = poll(0);  // b)
    if (count != 0) return count;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timespec limit{seconds.count(), (timeout - seconds).count()};
  const int count = ::epoll_pwait2(epoll_.get(), buffer_.data(), size, &limit, nullptr);
  if (count >= 0 || errno != ENOSYS) return count;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  return poll(static_cast<int>(std::min<std::int64_t>(ms, INT32_MAX)));
}

void EpollProvider::apply(const InterestChange& change, std::vector<ProviderEvent>& events) {
  std::erase_if(always_ready_, [&](const AlwaysReady& file) { return file.fd == change.fd; });
  epoll_event event{};
  event.events = to_epoll(change.now);
  event.data.u64 = std::uint64_t{change.generation} << 32 | static_cast<std::uint32_t>(change.fd);
  const auto control = [&](int operation) {
    return ::epoll_ctl(epoll_.get(), operation, change.fd, &event);
  };
  if (change.now == Interest::kNone) {
    control(EPOLL_CTL_DEL);
    return;
  }
  int result = control(change.was == Interest::kNone ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
  if (result < 0 && errno == EEXIST) result = control(EPOLL_CTL_MOD);
  if (result < 0 && errno == ENOENT) result = control(EPOLL_CTL_ADD);
  if (result == 0) return;
  if (errno == EPERM) {
    always_ready_.push_back({change.fd, change.generation, change.now});
  } else {
    events.push_back({change.fd, change.generation, Ready::kNone, errno});
  }
}

bool EpollProvider::forget_all() {
  epoll_.reset(check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
  always_ready_.clear();
  return true;
}

std::string EpollProvider::evidence() const {
  return "epoll_wait on " + kernel_name(epoll_.get());
}

}  // namespace loopmark
