// SPDX-License-Identifier: MIT
//
// Preloaded where the kernel itself counts system calls in the timed regions, by name: the threads
// are not stopped at each call, as a tracer stops them, and keep their pace. It sets the clocks, as
// marks.cc does.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "bench/preloaded/clock.h"
#include "harness/sys_enter.h"
#include "harness/timed_region.h"

namespace {

struct Call {
  const char* name;
  long number;
};

#define CALL(name) \
  { #name, SYS_##name }
constexpr Call kCalls[] = {
    CALL(read),           CALL(write),           CALL(readv),           CALL(writev),
    CALL(recvfrom),       CALL(sendto),          CALL(recvmsg),         CALL(sendmsg),
    CALL(accept4),        CALL(socket),          CALL(connect),         CALL(shutdown),
    CALL(getsockopt),     CALL(setsockopt),      CALL(close),           CALL(fcntl),
    CALL(ioctl),          CALL(ppoll),           CALL(pselect6),        CALL(epoll_create1),
    CALL(epoll_ctl),      CALL(epoll_pwait),     CALL(epoll_pwait2),    CALL(io_uring_enter),
    CALL(timerfd_create), CALL(timerfd_settime), CALL(eventfd2),        CALL(futex),
    CALL(sched_yield),    CALL(rt_sigprocmask),  CALL(prctl),           CALL(clock_gettime),
    CALL(mmap),           CALL(munmap),          CALL(mremap),          CALL(brk),
    CALL(madvise),        CALL(rt_sigpending),   CALL(rt_sigtimedwait),
#ifdef SYS_epoll_wait  // that newer architectures have not
    CALL(poll),           CALL(select),          CALL(epoll_wait),
#endif
};
#undef CALL

// Far from those that the work has: select(2) takes none above 1023.
constexpr rlim_t kHighest = 65536;

bool counts_all_threads() {
  const char* const whose = std::getenv("LOOPMARK_COUNTS");
  return whose == nullptr || std::string_view(whose) != "thread";
}

class Counters {
 public:
  Counters() {
    all_ = open(-1);
    for (std::size_t i = 0; i < std::size(kCalls); ++i) fds_[i] = open(kCalls[i].number);
  }

  /// "read=200 write=200": what was counted since the last time.
  std::string take() {
    std::string text;
    long long others = grown(all_, all_before_);
    for (std::size_t i = 0; i < std::size(kCalls); ++i) {
      long long calls = grown(fds_[i], before_[i]);
      others -= calls;
      if (kCalls[i].number == SYS_prctl) --calls;  // the one that stopped the counters
      if (calls != 0) text += std::string(" ") + kCalls[i].name + "=" + std::to_string(calls);
    }
    return others == 0 ? text : text + " others=" + std::to_string(others);
  }

 private:
  static int open(long number) {
    const int low = loopmark::harness::open_sys_enter(counts_all_threads());
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t from = std::min(limit.rlim_max, kHighest) - 2 * std::size(kCalls);
    const int fd = ::fcntl(low, F_DUPFD_CLOEXEC, static_cast<int>(from));
    ::close(low);
    const std::string filter = "id == " + std::to_string(number);
    if (fd < 0 || (number >= 0 && ::ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter.c_str()) != 0)) {
      std::perror("loopmark-calls: the kernel's counters cannot be had");
      std::exit(3);
    }
    return fd;
  }

  static long long grown(int fd, long long& before) {
    long long now = before;
    if (::read(fd, &now, sizeof now) != sizeof now) std::perror("loopmark-calls: read");
    return now - std::exchange(before, now);
  }

  int all_ = -1;
  int fds_[std::size(kCalls)] = {};
  long long all_before_ = 0;
  long long before_[std::size(kCalls)] = {};
};

Counters& counters() {
  static Counters the_counters;
  return the_counters;
}

// Before there are threads, which inherit them.
[[gnu::constructor]] void open_counters() {
  counters();
}

}  // namespace

void loopmark_region_begins() {
  ::dprintf(STDERR_FILENO, "%sbegins\n", loopmark::harness::kAnnouncement);
  ::prctl(PR_TASK_PERF_EVENTS_ENABLE);
}

void loopmark_region_ends() {
  ::prctl(PR_TASK_PERF_EVENTS_DISABLE);
  ::dprintf(STDERR_FILENO, "%sends%s\n", loopmark::harness::kAnnouncement,
            counters().take().c_str());
}

void loopmark_slot_ends() {
  ::dprintf(STDERR_FILENO, "%sslot\n", loopmark::harness::kAnnouncement);
  loopmark::bench::move_clocks_on();
}
