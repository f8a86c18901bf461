// SPDX-License-Identifier: MIT
//
// Notes.
//
// a) The calls below are exported by the executable, so the dynamic linker gives them to every library in the process
//    instead of libc's, which RTLD_NEXT still finds. Libraries built with _FORTIFY_SOURCE call __poll_chk.
// b) With the virtual clock, a wait first asks the kernel without waiting: what is ready is ready at this instant.
#include "conformance/kernel.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>
#include <utility>

#include "conformance/faults.h"
#include "conformance/spin.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance::kernel {
namespace {

using faults::Call;

constexpr std::size_t kKeptWaits = 10'000;
constexpr int kLooks = 50;  // before a wait is given up,
constexpr timespec kBetweenLooks{0, 2'000'000};

/// What the calls below share; it belongs to the observed thread.
struct State {
  std::vector<Wait> waits;
  std::size_t wait_count = 0;
  std::size_t wait_limit = 100'000;
  std::function<void()> on_block;
  std::function<bool()> may_give_up;
  std::function<void()> give_up;
  int error = 0;
  int errors_left = 0;
};

State& state() {
  static State the_state;
  return the_state;
}

thread_local bool observed = false;

Duration of(const timespec* time) {
  return time ? std::chrono::seconds(time->tv_sec) + Duration(time->tv_nsec) : kNever;
}

/// Whether a signal that the thread blocks is pending, and its handler would end a wait under `mask` at once.
bool interrupts(const sigset_t* mask) {
  sigset_t pending;
  if (!mask || ::sigpending(&pending) != 0) return false;
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&pending, number) != 1 || sigismember(mask, number) == 1) continue;
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) return true;
  }
  return false;
}

/// What a wait can fail with. A signal ends it only while it blocks.
faults::Errors errors_of(Call call, bool blocks) {
  faults::Errors errors{EINTR};
  if (call == Call::kPoll || call == Call::kPpoll || call == Call::kSelect ||
      call == Call::kPselect)
    errors = {EINTR, ENOMEM};
  if (call == Call::kEpollPwait2) errors = {EINTR, ENOSYS};
  return blocks ? errors : errors.without(EINTR);
}

/// Looks again and again. Whether that was for nothing.
template <class Asked>
bool nothing_comes(Asked call) {
  for (int i = 0; i < kLooks; ++i) {
    if (call(true) != 0) return false;
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &kBetweenLooks, nullptr);
  }
  return true;
}

/// A wait: `call(true)` asks the kernel without waiting, `call(false)` as the caller wants it. Signals are blocked by
/// `mask` meanwhile, where it is not null.
template <class Asked>
int wait(Call kind, const void* caller, Duration timeout, const sigset_t* mask, Asked call) {
  if (!observed) return call(false);
  State& s = state();
  const char* const name = faults::name_of(kind);
  const bool gives_up = s.may_give_up && s.may_give_up();
  if (++s.wait_count > s.wait_limit) report_spin(name, s.wait_limit);
  const auto note = [&](int result) {
    const int error = errno;
    if (s.waits.size() < kKeptWaits) s.waits.push_back({name, timeout, result});
    errno = error;
    return result;
  };
  if (faults::considers(caller)) {
    const bool blocks = timeout != Duration::zero() && call(true) == 0;
    if (const int error = faults::strike(kind, caller, errors_of(kind, blocks))) {
      errno = error;
      return note(-1);
    }
  }
  if (s.errors_left > 0) {
    --s.errors_left;
    errno = s.error;
    return note(-1);
  }
  if (timeout == Duration::zero()) return note(call(false));
  if (clock_is_virtual()) {
    const int ready = call(true);
    if (ready != 0) return note(ready);
    if (interrupts(mask)) return note(call(false));
    const std::optional<std::int64_t> timer = next_timer();
    if (timeout != kNever || timer) {
      const std::int64_t end = timeout == kNever ? *timer : advanced() + timeout.count();
      const bool timer_first = timer && *timer <= end;
      advance_to(timer_first ? *timer : end);
      return note(
          call(!timer_first));  // a timerfd that was made to fire takes a moment: wait for it
    }
  }
  if (s.on_block) {
    const int ready = call(true);
    if (ready != 0) return note(ready);
    if (interrupts(mask)) return note(call(false));
    std::exchange(s.on_block, nullptr)();
  }
  if (gives_up && timeout == kNever && nothing_comes(call)) {
    s.give_up();
    errno = EINTR;
    return note(-1);
  }
  return note(call(false));
}

/// A wait for sets, which the call overwrites: each time it is made anew they are as they were. A library's may be
/// larger than an fd_set, so what is asked for is kept by size.
template <class Asked>
int wait_for_sets(Call kind, const void* caller, int end, const std::array<fd_set*, 3>& sets,
                  Duration timeout, const sigset_t* mask, Asked call) {
  const std::size_t bytes = (static_cast<std::size_t>(end) + 63) / 64 * 8;
  std::array<std::vector<char>, 3> asked;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto* const begin = reinterpret_cast<const char*>(sets[i]);
    if (begin) asked[i].assign(begin, begin + bytes);
  }
  return wait(kind, caller, timeout, mask, [&](bool at_once) {
    for (std::size_t i = 0; i < sets.size(); ++i) {
      std::copy(asked[i].begin(), asked[i].end(), reinterpret_cast<char*>(sets[i]));
    }
    return call(at_once);
  });
}

constexpr timespec kAtOnce{};

Duration of_ms(int ms) {
  return ms < 0 ? kNever : Duration(std::chrono::milliseconds(ms));
}

}  // namespace

std::vector<Wait> waits() {
  return state().waits;
}
std::size_t wait_count() {
  return state().wait_count;
}

void forget_waits() {
  state().waits.clear();
  state().wait_count = 0;
}

void observe_this_thread() {
  observed = true;
}
void limit_waits(std::size_t limit) {
  state().wait_limit = limit;
}

void on_next_block(std::function<void()> hook) {
  state().on_block = std::move(hook);
}

void fail_waits(int error, int times) {
  state().error = error;
  state().errors_left = times;
}

void give_up_waiting(std::function<bool()> may_give_up, std::function<void()> give_up) {
  state().may_give_up = std::move(may_give_up);
  state().give_up = std::move(give_up);
}

bool observes_this_thread() {
  return observed;
}

}  // namespace loopmark::conformance::kernel

// The calls that are stood before. Their names and types are the system's.
namespace kernel = loopmark::conformance::kernel;
using loopmark::conformance::faults::Call;

LOOPMARK_STANDS_BEFORE_A_WAIT int epoll_wait(int epfd, epoll_event* events, int size, int ms) {
  static auto* const real = kernel::next<int(int, epoll_event*, int, int)>("epoll_wait");
  return kernel::wait(Call::kEpollWait, __builtin_return_address(0), kernel::of_ms(ms), nullptr,
                      [&](bool at_once) { return real(epfd, events, size, at_once ? 0 : ms); });
}

LOOPMARK_STANDS_BEFORE_A_WAIT int epoll_pwait(int epfd, epoll_event* events, int size, int ms,
                                              const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, epoll_event*, int, int, const sigset_t*)>("epoll_pwait");
  return kernel::wait(
      Call::kEpollPwait, __builtin_return_address(0), kernel::of_ms(ms), mask,
      [&](bool at_once) { return real(epfd, events, size, at_once ? 0 : ms, mask); });
}

LOOPMARK_STANDS_BEFORE_A_WAIT int epoll_pwait2(int epfd, epoll_event* events, int size,
                                               const timespec* limit, const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, epoll_event*, int, const timespec*, const sigset_t*)>("epoll_pwait2");
  return kernel::wait(Call::kEpollPwait2, __builtin_return_address(0), kernel::of(limit), mask,
                      [&](bool at_once) {
                        return real(epfd, events, size, at_once ? &kernel::kAtOnce : limit, mask);
                      });
}

LOOPMARK_STANDS_BEFORE_A_WAIT int poll(pollfd* fds, nfds_t count, int ms) {
  static auto* const real = kernel::next<int(pollfd*, nfds_t, int)>("poll");
  return kernel::wait(Call::kPoll, __builtin_return_address(0), kernel::of_ms(ms), nullptr,
                      [&](bool at_once) { return real(fds, count, at_once ? 0 : ms); });
}

LOOPMARK_STANDS_BEFORE_A_WAIT int __poll_chk(pollfd* fds, nfds_t count, int ms, std::size_t) {
  return poll(fds, count, ms);
}

LOOPMARK_STANDS_BEFORE_A_WAIT int ppoll(pollfd* fds, nfds_t count, const timespec* limit,
                                        const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
  return kernel::wait(
      Call::kPpoll, __builtin_return_address(0), kernel::of(limit), mask,
      [&](bool at_once) { return real(fds, count, at_once ? &kernel::kAtOnce : limit, mask); });
}

LOOPMARK_STANDS_BEFORE_A_WAIT int __ppoll_chk(pollfd* fds, nfds_t count, const timespec* limit,
                                              const sigset_t* mask, std::size_t) {
  return ppoll(fds, count, limit, mask);
}

LOOPMARK_STANDS_BEFORE_A_WAIT int select(int end, fd_set* readers, fd_set* writers, fd_set* others,
                                         timeval* limit) {
  static auto* const real = kernel::next<int(int, fd_set*, fd_set*, fd_set*, timeval*)>("select");
  const timeval asked = limit ? *limit : timeval{};
  const loopmark::Duration timeout =
      limit ? std::chrono::seconds(limit->tv_sec) + std::chrono::microseconds(limit->tv_usec)
            : loopmark::kNever;
  return kernel::wait_for_sets(Call::kSelect, __builtin_return_address(0), end,
                               {readers, writers, others}, timeout, nullptr, [&](bool at_once) {
                                 timeval now{};
                                 if (limit) *limit = asked;  // the call counts it down
                                 return real(end, readers, writers, others, at_once ? &now : limit);
                               });
}

LOOPMARK_STANDS_BEFORE_A_WAIT int pselect(int end, fd_set* readers, fd_set* writers, fd_set* others,
                                          const timespec* limit, const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, fd_set*, fd_set*, fd_set*, const timespec*, const sigset_t*)>(
          "pselect");
  return kernel::wait_for_sets(
      Call::kPselect, __builtin_return_address(0), end, {readers, writers, others},
      kernel::of(limit), mask, [&](bool at_once) {
        return real(end, readers, writers, others, at_once ? &kernel::kAtOnce : limit, mask);
      });
}
