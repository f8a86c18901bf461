// SPDX-License-Identifier: MIT
//
// A kernel older than Linux 5.11 has no epoll_pwait2(2), one older than 5.3 no pidfd_open(2). This program stands before the
// C library: it has these calls fail as there, and notes the calls of epoll_wait(2).
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <sys/epoll.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <vector>

#include "reactors/registry.h"
#include "reactors/services/processes.h"
#include "reactors/services/signals.h"

namespace {

std::vector<int> timeouts;  // of epoll_wait, in ms

}  // namespace

extern "C" __attribute__((visibility("default"))) int epoll_pwait2(int, epoll_event*, int,
                                                                   const timespec*,
                                                                   const sigset_t*) {
  errno = ENOSYS;
  return -1;
}

extern "C" __attribute__((visibility("default"))) int epoll_wait(int epoll, epoll_event* events,
                                                                 int size, int ms) {
  static auto* const real =
      reinterpret_cast<int (*)(int, epoll_event*, int, int)>(::dlsym(RTLD_NEXT, "epoll_wait"));
  timeouts.push_back(ms);
  return real(epoll, events, size, ms);
}

extern "C" __attribute__((visibility("default"))) int pidfd_open(pid_t, unsigned) noexcept {
  errno = ENOSYS;
  return -1;
}

namespace loopmark {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::Le;

// Rounded down, the wait would end just before the deadline, and those that follow would not wait at all.
TEST(EpollOnAnOldKernel, WaitsForMillisecondsRoundedUp) {
  const auto reactor = Registry::built_in().at("epoll").row->make();
  const TimePoint deadline = reactor->now() + std::chrono::microseconds(20'500);
  bool early = true;
  reactor->call_later(std::chrono::microseconds(20'500), [&] {
    early = reactor->now() < deadline;
    reactor->stop();
  });
  timeouts.clear();
  reactor->run();
  EXPECT_FALSE(early);
  EXPECT_THAT(timeouts, Each(AllOf(Ge(0), Le(21))));
  EXPECT_LE(timeouts.size(), 4u);
}

class Killed final : public ProcessProtocol {
 public:
  explicit Killed(Reactor& reactor) : reactor_(reactor) {}
  void process_exited(const Failure& reason) override { end = reason; }
  void process_ended(const Failure&) override { reactor_.stop(); }
  void kill() { transport()->signal_process(SIGKILL); }

  Failure end;

 private:
  Reactor& reactor_;
};

TEST(ChildrenOnAnOldKernel, AreSignalledAndReapedByTheirNumbers) {
  for (const bool has_handlers : {true, false}) {
    const auto reactor = Registry::built_in().at("epoll").row->make();
    const auto protocol = std::make_shared<Killed>(*reactor);
    query<ReactorProcess>(*reactor).spawn_process(protocol, "/bin/cat");
    reactor->call_when_running([&] {
      if (has_handlers) ::raise(SIGCHLD);  // of another child: this one lives
      reactor->call_later(Duration::zero(), [&] { protocol->kill(); });
    });
    if (has_handlers) {
      query<ReactorSignals>(*reactor).run();
    } else {
      reactor->run();
    }
    EXPECT_TRUE(protocol->end.is<ProcessTerminated>());
  }
}

}  // namespace
}  // namespace loopmark
