// SPDX-License-Identifier: MIT
//
// The notes are in libevent_loop.cc.
#include "reactors/wrappers/libevent/event_base.h"

#include <event2/thread.h>
#include <sys/eventfd.h>
#include <sys/select.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "reactors/base/unique_fd.h"

namespace loopmark::libevent {
namespace {

/// Throws what libevent would end the process for (i): a base takes the lowest free numbers, for an
/// epoll, a pipe, an eventfd and a timerfd, and watches the eventfd.
void require_free_numbers(bool for_select) {
  std::array<UniqueFd, 5> next;
  for (UniqueFd& fd : next) fd = UniqueFd(check_call(::eventfd(0, EFD_CLOEXEC), "eventfd"));
  if (for_select && next[2].get() >= FD_SETSIZE) {
    throw_errno("no number is free that select can watch", EMFILE);
  }
}

}  // namespace

Base make_base(const char* method, Timers timers) {
  static const int threads = evthread_use_pthreads();
  check_call(threads, "evthread_use_pthreads");
  const std::string_view wanted = method;
  require_free_numbers(wanted == "select");

  errno = 0;
  const Owned<event_config, event_config_free> config(
      check_made(event_config_new(), "event_config_new"));
  for (const char** other = event_get_supported_methods(); *other != nullptr; ++other) {
    if (*other != wanted) event_config_avoid_method(config.get(), *other);
  }
  int flags = EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NO_CACHE_TIME;
  if (timers == Timers::kPrecise) flags |= EVENT_BASE_FLAG_PRECISE_TIMER;
  event_config_set_flag(config.get(), flags);

  Base base(check_made(event_base_new_with_config(config.get()), "event_base_new_with_config"));
  const char* const runs = event_base_get_method(base.get());
  if (runs != wanted) {
    throw std::runtime_error(std::string("libevent runs ") + runs + " instead of " + method);
  }
  return base;
}

Event make_event(const Base& base, int fd, short what, event_callback_fn callback, void* argument) {
  errno = 0;
  return Event(check_made(event_new(base.get(), fd, what, callback, argument), "event_new"));
}

void check_number(const Base& base, int fd) {
  if (fd >= FD_SETSIZE && std::string_view(event_base_get_method(base.get())) == "select") {
    throw_errno("the descriptor's number is beyond what select can watch", EINVAL);
  }
}

timeval to_timeval(Duration duration) {
  const auto rounded = std::chrono::ceil<std::chrono::microseconds>(duration);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(rounded);
  return {seconds.count(), (rounded - seconds).count()};
}

std::string evidence_of(const Base& base) {
  return std::string("libevent's method ") + event_base_get_method(base.get());
}

}  // namespace loopmark::libevent
