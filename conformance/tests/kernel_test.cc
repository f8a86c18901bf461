// SPDX-License-Identifier: MIT
//
// The waits that take a signal mask, and the virtual clock, as the worker gives them.
#include "conformance/kernel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "conformance/spin.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::conformance {

void report_spin(const char*, std::size_t) {
  std::abort();
}

namespace {

using namespace std::chrono_literals;

volatile sig_atomic_t handled = 0;

/// A wait until `fd` can be read.
struct MaskedWait {
  const char* name;
  int (*call)(int fd, const timespec* limit, const sigset_t* mask);
};

void PrintTo(const MaskedWait& each, std::ostream* out) {
  *out << each.name;
}

template <class Call>
int with_epoll(int fd, Call call) {
  const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {}};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
  return call(epoll.get(), &event);
}

const MaskedWait kWaits[] = {
    {"ppoll",
     [](int fd, const timespec* limit, const sigset_t* mask) {
       pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
       return ::ppoll(&entry, 1, limit, mask);
     }},
    {"pselect",
     [](int fd, const timespec* limit, const sigset_t* mask) {
       fd_set readers;
       FD_ZERO(&readers);
       FD_SET(fd, &readers);
       const int ready = ::pselect(fd + 1, &readers, nullptr, nullptr, limit, mask);
       EXPECT_EQ(ready == 1, ready >= 0 && FD_ISSET(fd, &readers));
       return ready;
     }},
    {"epoll_pwait",
     [](int fd, const timespec* limit, const sigset_t* mask) {
       const int ms = limit ? static_cast<int>(limit->tv_sec * 1000) : -1;
       return with_epoll(fd, [&](int epoll, epoll_event* event) {
         return ::epoll_pwait(epoll, event, 1, ms, mask);
       });
     }},
    {"epoll_pwait2",
     [](int fd, const timespec* limit, const sigset_t* mask) {
       return with_epoll(fd, [&](int epoll, epoll_event* event) {
         return ::epoll_pwait2(epoll, event, 1, limit, mask);
       });
     }},
};

/// SIGUSR1 is blocked in this thread, and counted when it is let through.
class MaskedWaits : public testing::TestWithParam<MaskedWait> {
 protected:
  MaskedWaits() {
    handled = 0;
    struct sigaction count {};
    count.sa_handler = [](int) { handled = handled + 1; };
    ::sigaction(SIGUSR1, &count, nullptr);
    sigemptyset(&open_);
    sigemptyset(&closed_);
    sigaddset(&closed_, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &closed_, nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      reader_.reset(ends[0]);
      writer_.reset(ends[1]);
    }
    kernel::observe_this_thread();
    kernel::forget_waits();
    ::alarm(30);  // ends a test whose wait is not ended
  }
  ~MaskedWaits() override {
    ::sigprocmask(SIG_UNBLOCK, &closed_, nullptr);  // what is pending is handled now
    ::alarm(0);
  }

  int wait(const timespec* limit, const sigset_t& mask) {
    return GetParam().call(reader_.get(), limit, &mask);
  }

  static constexpr timespec kDay{24 * 60 * 60, 0};
  sigset_t open_;
  sigset_t closed_;
  UniqueFd reader_;
  UniqueFd writer_;
};

TEST_P(MaskedWaits, EndAtOnceByAPendingSignalThatTheMaskLetsThrough) {
  kernel::use_virtual_clock();
  const TimePoint before = Clock::now();
  ::raise(SIGUSR1);
  ASSERT_EQ(handled, 0);
  EXPECT_EQ(wait(&kDay, open_), -1);
  EXPECT_EQ(errno, EINTR);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(Clock::now(), before);
}

TEST_P(MaskedWaits, LastWhileTheMaskKeepsTheSignalAway) {
  kernel::use_virtual_clock();
  const TimePoint before = Clock::now();
  ::raise(SIGUSR1);
  EXPECT_EQ(wait(&kDay, closed_), 0);
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(Clock::now() - before, 24h);
  ASSERT_EQ(kernel::wait_count(), 1u);
  EXPECT_EQ(kernel::waits()[0].call, GetParam().name);
  EXPECT_EQ(kernel::waits()[0].timeout, 24h);
}

TEST_P(MaskedWaits, EndByASignalThatComesWhenTheyBlock) {
  bool blocked = false;
  kernel::on_next_block([&] {
    blocked = true;
    ::raise(SIGUSR1);
  });
  EXPECT_EQ(wait(nullptr, open_), -1);
  EXPECT_EQ(errno, EINTR);
  EXPECT_TRUE(blocked);
  EXPECT_EQ(handled, 1);
}

TEST_P(MaskedWaits, TellWhatIsReady) {
  ASSERT_EQ(::write(writer_.get(), "x", 1), 1);
  EXPECT_EQ(wait(nullptr, open_), 1);
}

std::chrono::nanoseconds read_clock(clockid_t clock, int (*read)(clockid_t, timespec*)) {
  timespec time{};
  read(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// A tick may fall between the readings of two clocks, and so may all that other processes do.
TEST(VirtualClock, HasCoarseClocksThatAreBehindByATickAtMost) {
  const auto tick = read_clock(CLOCK_MONOTONIC_COARSE, ::clock_getres);
  for (int i = 0; i < 300'000; ++i) {
    kernel::use_virtual_clock();
    const auto coarse = read_clock(CLOCK_MONOTONIC_COARSE, ::clock_gettime);
    const auto fine = read_clock(CLOCK_MONOTONIC, ::clock_gettime);
    ASSERT_LE(coarse, fine);
    ASSERT_LE(fine, coarse + tick);
  }
}

TEST(VirtualClock, HasCoarseClocksThatShowWholeTicksWhereAskedTo) {
  const auto coarse = [] { return read_clock(CLOCK_MONOTONIC_COARSE, ::clock_gettime); };
  const auto fine = [] { return read_clock(CLOCK_MONOTONIC, ::clock_gettime); };
  kernel::use_virtual_clock();
  kernel::tick_coarse_clocks(4ms);
  kernel::advance(4ms - fine() % 4ms);  // to a tick
  EXPECT_EQ(coarse(), fine());
  kernel::advance(3999us);
  EXPECT_EQ(coarse(), fine() - 3999us);
  kernel::advance(1us);
  EXPECT_EQ(coarse(), fine());
}

INSTANTIATE_TEST_SUITE_P(, MaskedWaits, testing::ValuesIn(kWaits),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace loopmark::conformance
