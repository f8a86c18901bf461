// SPDX-License-Identifier: MIT
//
// Descriptors, hang-ups, signals and processes.
#include <event2/buffer.h>
#include <event2/listener.h>

#include <cstdlib>

#include "reactors/probing/closed_descriptors.h"
#include "reactors/probing/descriptors.h"
#include "reactors/probing/hang_ups.h"
#include "reactors/probing/processes.h"
#include "reactors/probing/signals.h"
#include "reactors/wrappers/libevent/probe_loop.h"
#include "reactors/wrappers/libevent/probes.h"

namespace loopmark::libevent {
namespace {

using namespace profile;
using Loop = ProbeLoop;

template <int what>
bool watch_with(Loop& loop, int fd, Call call) {
  return event_add(loop.make(fd, static_cast<short>(what), std::move(call)), nullptr) == 0;
}

Answer accept_backlog(const Backend& row, Kernel&) {
  Loop loop(row);
  const Backlog backlog = make_backlog(3);
  int accepted = 0;
  const auto on_client = [](evconnlistener*, evutil_socket_t client, sockaddr*, int, void* count) {
    ::close(client);
    ++*static_cast<int*>(count);
  };
  const Owned<evconnlistener, evconnlistener_free> listener(check_made(
      evconnlistener_new(loop.base(), on_client, &accepted, 0, 0, backlog.listener.fd.get()),
      "evconnlistener_new"));
  loop.poll();
  if (accepted == 0) return failed_probe("it took none");
  return {accepted == 1 ? "one" : "all", "one pass took " + std::to_string(accepted)};
}

Answer disconnect_event(const Backend& row, Kernel&) {
  Loop loop(row);
  Line line = make_socket_pair();
  Told told;
  if (!watch_with<EV_CLOSED>(loop, line.near.get(), std::ref(told)))
    return {"refused", "event_add() failed"};
  line.far.reset();
  loop.poll();
  if (told.calls > 0) return {"told", "one pass called it"};
  return {"silent", "one pass did not call it"};
}

void make_default(const Backend& row) {
  Loop(row).poll();
}

void write_by_buffer(int fd) {
  const Owned<evbuffer, evbuffer_free> bytes(check_made(evbuffer_new(), "evbuffer_new"));
  evbuffer_add(bytes.get(), "x", 1);
  evbuffer_write(bytes.get(), fd);
}

Answer environment(const Backend& row, Kernel&) {
  std::string variable = "EVENT_NO";
  for (const char c : row.mechanism) variable += static_cast<char>(c - 'a' + 'A');
  ::setenv(variable.c_str(), "1", 1);
  if (!plain_base(row, true)) return {"heeded", "no base could be made with this mechanism alone"};
  return {"ignored", "a base with this mechanism was made"};
}

constexpr const char* kDispatch = "epoll.c, poll.c and select.c, *_dispatch()";
constexpr const char* kReinit = "event2/event.h, event_reinit()";

constexpr Probe kProbes[] = {
    {"readiness", "EV_READ | EV_PERSIST, and a callback that reads nothing",
     "event2/event.h, EV_ET", readiness<Loop>},
    {"watcher-stays", "EV_READ, and a callback that reads nothing", "event2/event.h, EV_PERSIST",
     watcher_stays<Loop, watch_with<EV_READ>>},
    {"edge-on-request", "EV_READ | EV_PERSIST | EV_ET, and a callback that reads nothing",
     "event2/event.h, EV_FEATURE_ET",
     edge_on_request<Loop, watch_with<EV_READ | EV_PERSIST | EV_ET>>},
    {"two-readers", "two events on one pipe", "event2/event.h, event_new()", two_readers<Loop>},
    {"cancel-collected", "event_del() of each other in the callbacks of two ready events",
     "event2/event.h, event_del()", cancel_collected<Loop>},
    {"watch-closed", "event_add() for a number that is not open",
     "epoll.c, epoll_apply_one_change()", watch_closed<Loop>},
    {"closed-while-watched", "close() of a watched pipe", kDispatch, closed_while_watched<Loop>},
    {"closed-open-elsewhere", "close() of a watched pipe that dup() has given another number, too",
     "epoll(7), questions and answers", closed_open_elsewhere<Loop>},
    {"number-reused", "dup2() of another pipe onto a watched number", kDispatch,
     number_reused<Loop>},
    {"number-restarted", "event_del(), dup2() of another pipe onto the number, event_add()",
     "event2/event.h, event_del()", number_restarted<Loop>},
    {"regular-file", "EV_READ | EV_PERSIST on the program's own file",
     "event2/event.h, EV_FEATURE_FDS", regular_file<Loop>},
    {"number-1500", "event_add() for a pipe with that number", "select.c, select_add()",
     number_1500<Loop>},
    {"accept", "evconnlistener_new() on a loopback socket, and one pass",
     "listener.c, listener_read_cb()", accept_backlog},
    {"udp-refused", "a datagram to a port that nobody has, and one pass", "udp(7)",
     udp_refused<Loop, true>},
    {"udp-refused-unconnected", "a datagram to a port that nobody has, and one pass",
     "ip(7), IP_RECVERR", udp_refused<Loop, false>},

    {"hangup-reader", "a socket whose peer is closed, with EV_READ", kDispatch,
     hangup<Loop, kRead>},
    {"hangup-writer", "a socket whose peer is closed, with EV_WRITE", kDispatch,
     hangup<Loop, kWrite>},
    {"hangup-both", "a socket whose peer is closed, with EV_READ | EV_WRITE", kDispatch,
     hangup<Loop, kBoth>},
    {"error-reader", "the end to write of a full pipe whose other end is closed, with EV_READ",
     kDispatch, broken_pipe<Loop, kRead>},
    {"error-writer", "the end to write of a full pipe whose other end is closed, with EV_WRITE",
     kDispatch, broken_pipe<Loop, kWrite>},
    {"error-both",
     "the end to write of a full pipe whose other end is closed, with EV_READ | EV_WRITE",
     kDispatch, broken_pipe<Loop, kBoth>},
    {"disconnect-event", "EV_CLOSED on a socket, whose peer is then closed",
     "event2/event.h, EV_CLOSED", disconnect_event},

    {"signal-two-loops", "EV_SIGNAL events for SIGUSR1 on two bases, then raise()",
     "signal.c, evsig_add()", signal_two_loops<Loop>},
    {"signal-repeats", "raise(SIGUSR1) three times with an EV_SIGNAL event", "signal.c, evsig_cb()",
     signal_repeats<Loop>},
    {"signal-restart", "sigaction() of a signal with an EV_SIGNAL event",
     "signal.c, evsig_set_handler_()", signal_restart<Loop>},
    {"signal-handler-after", "sigaction() after event_del() of the only EV_SIGNAL event",
     "signal.c, evsig_restore_handler_()", signal_handler_after<Loop>},
    {"sigchld", "sigaction() of SIGCHLD after a base was made and a pass", "",
     sigchld<make_default>},
    not_applicable("child-reaping", "libevent does not watch children"),
    {"sigpipe", "evbuffer_write() in a callback, to a socket whose peer is closed",
     "buffer.c, evbuffer_write_atmost()", sigpipe<Loop, write_by_buffer>},

    {"exception", "an exception thrown in a callback, caught around event_base_loop()",
     "event.c, event_base_loop()", exception<Loop>},
    {"fork-untold", "fork(); event_del() and a pass in the child, then a byte for the parent",
     kReinit, after_fork<Loop, false>},
    {"fork-told",
     "fork(); event_reinit(), event_del() and a pass in the child, then a byte for the parent",
     kReinit, after_fork<Loop, true>},
    {"environment", "EVENT_NOEPOLL, EVENT_NOPOLL or EVENT_NOSELECT set",
     "event2/event.h, EVENT_BASE_FLAG_IGNORE_ENV", environment},
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

}  // namespace loopmark::libevent
