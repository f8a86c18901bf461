// SPDX-License-Identifier: MIT
//
// Descriptors, hang-ups, signals and processes.
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "reactors/probing/closed_descriptors.h"
#include "reactors/probing/descriptors.h"
#include "reactors/probing/hang_ups.h"
#include "reactors/probing/processes.h"
#include "reactors/probing/signals.h"
#include "reactors/wrappers/libev/probe_loop.h"
#include "reactors/wrappers/libev/probes.h"

namespace loopmark::libev {
namespace {

using namespace profile;
using Loop = ProbeLoop;

/// The default loop, the only one that watches children.
struct ev_loop* default_loop(const Backend& row) {
  struct ev_loop* const loop = ev_default_loop(backend_of(row) | EVFLAG_NOENV);
  if (loop == nullptr) throw std::runtime_error("ev_default_loop() makes none");
  return loop;
}
void make_default(const Backend& row) {
  default_loop(row);
}

/// A child that has ended and is not waited for yet.
pid_t ended_child() {
  const pid_t child = check_call(::fork(), "fork");
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  return child;
}

Answer child_reaping(const Backend& row, Kernel&) {
  struct ev_loop* const loop = default_loop(row);
  const pid_t own = ended_child(), other = ended_child();
  bool told = false;
  Calling<ev_child> calling{};
  ev_child* const watcher = &calling;
  ev_child_init(watcher, Calling<ev_child>::on_event, own, 0);
  calling.call = [&](int) { told = true; };
  ev_child_start(loop, watcher);
  for (int pass = 0; pass < kPasses; ++pass) ev_run(loop, EVRUN_NOWAIT);
  if (!told) throw std::runtime_error("the end of the watched child was not told");
  if (::waitpid(other, nullptr, WNOHANG) == other)
    return {"own", "the unwatched child was left to be waited for"};
  return {"all", "the unwatched child was reaped, too"};
}

void write_plainly(int fd) {
  [[maybe_unused]] const ssize_t written = ::write(fd, "x", 1);
}

Answer environment(const Backend& row, Kernel&) {
  const unsigned asked = backend_of(row);
  const unsigned other = asked == EVBACKEND_SELECT ? EVBACKEND_POLL : EVBACKEND_SELECT;
  ::setenv("LIBEV_FLAGS", std::to_string(other).c_str(), 1);
  const EvLoop loop(ev_loop_new(asked));
  if (!loop || ev_backend(loop.get()) != asked) return {"heeded", "the loop ran another one"};
  return {"ignored", "the loop ran the one asked for"};
}

constexpr const char* kIo = "ev(3), ev_io";
constexpr const char* kClosed = "ev(3), the special problem of disappearing file descriptors";
constexpr const char* kPoll = "ev_epoll.c, ev_poll.c and ev_select.c, *_poll()";
constexpr const char* kSignal = "ev(3), ev_signal";

constexpr Probe kProbes[] = {
    {"readiness", "an ev_io whose callback reads nothing", kIo, readiness<Loop>},
    {"watcher-stays", "an ev_io whose callback reads nothing", kIo,
     watcher_stays<Loop, watch_to_read<Loop>>},
    not_applicable("edge-on-request", "an ev_io is always level-triggered"),
    {"two-readers", "two ev_io on one pipe", kIo, two_readers<Loop>},
    {"cancel-collected", "ev_io_stop() of each other in the callbacks of two ready watchers",
     "ev(3), generic watcher functions", cancel_collected<Loop>},
    {"watch-closed", "ev_io_start() for a number that is not open", kClosed, watch_closed<Loop>},
    {"closed-while-watched", "close() of a watched pipe", kClosed, closed_while_watched<Loop>},
    {"closed-open-elsewhere", "close() of a watched pipe that dup() has given another number, too",
     "ev(3), the special problem of dup'ed file descriptors", closed_open_elsewhere<Loop>},
    {"number-reused", "dup2() of another pipe onto a watched number", kClosed, number_reused<Loop>},
    {"number-restarted", "ev_io_stop(), dup2() of another pipe onto the number, ev_io_start()",
     kClosed, number_restarted<Loop>},
    {"regular-file", "an ev_io for the program's own file", "ev(3), the special problem of files",
     regular_file<Loop>},
    {"number-1500", "an ev_io for a pipe with that number", "ev(3), EVBACKEND_SELECT",
     number_1500<Loop>},
    not_applicable("accept", "libev has no listener of its own"),
    {"udp-refused", "a datagram to a port that nobody has, and one pass", "udp(7)",
     udp_refused<Loop, true>},
    {"udp-refused-unconnected", "a datagram to a port that nobody has, and one pass",
     "ip(7), IP_RECVERR", udp_refused<Loop, false>},

    {"hangup-reader", "a socket whose peer is closed, with EV_READ", kPoll, hangup<Loop, kRead>},
    {"hangup-writer", "a socket whose peer is closed, with EV_WRITE", kPoll, hangup<Loop, kWrite>},
    {"hangup-both", "a socket whose peer is closed, with EV_READ | EV_WRITE", kPoll,
     hangup<Loop, kBoth>},
    {"error-reader", "the end to write of a full pipe whose other end is closed, with EV_READ",
     kPoll, broken_pipe<Loop, kRead>},
    {"error-writer", "the end to write of a full pipe whose other end is closed, with EV_WRITE",
     kPoll, broken_pipe<Loop, kWrite>},
    {"error-both",
     "the end to write of a full pipe whose other end is closed, with EV_READ | EV_WRITE", kPoll,
     broken_pipe<Loop, kBoth>},
    not_applicable("disconnect-event", "an ev_io knows EV_READ and EV_WRITE only"),

    {"signal-two-loops", "ev_signal watchers for SIGUSR1 on two loops, then raise()", kSignal,
     signal_two_loops<Loop>},
    {"signal-repeats", "raise(SIGUSR1) three times with an ev_signal", kSignal,
     signal_repeats<Loop>},
    {"signal-restart", "sigaction() of a signal with an ev_signal", kSignal, signal_restart<Loop>},
    {"signal-handler-after", "sigaction() after ev_signal_stop() of the only watcher", kSignal,
     signal_handler_after<Loop>},
    {"sigchld", "sigaction() of SIGCHLD after ev_default_loop()", "ev(3), ev_child",
     sigchld<make_default>},
    {"child-reaping", "an ev_child for one of two children that have ended", "ev(3), ev_child",
     child_reaping},
    {"sigpipe", "write() in a callback, to a socket whose peer is closed",
     "ev(3), the special problem of SIGPIPE", sigpipe<Loop, write_plainly>},

    {"exception", "an exception thrown in a callback, caught around ev_run()", "ev(3), ev_run",
     exception<Loop>},
    {"fork-untold", "fork(); ev_io_stop() and a pass in the child, then a byte for the parent",
     "ev(3), the special problem of fork", after_fork<Loop, false>},
    {"fork-told",
     "fork(); ev_loop_fork(), ev_io_stop() and a pass in the child, then a byte for the parent",
     "ev(3), ev_loop_fork", after_fork<Loop, true>},
    {"environment", "LIBEV_FLAGS set to another mechanism than that of ev_loop_new()",
     "ev(3), EVFLAG_NOENV", environment},
};

}  // namespace

std::span<const Probe> probes_of_descriptors() {
  return kProbes;
}

std::vector<Probe> probes() {
  std::vector<Probe> all(probes_of_time().begin(), probes_of_time().end());
  all.insert(all.end(), std::begin(kProbes), std::end(kProbes));
  return all;
}

}  // namespace loopmark::libev
