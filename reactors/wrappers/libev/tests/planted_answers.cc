// SPDX-License-Identifier: MIT
//
// Another libev, as the probes of the module that this is linked into see it: a test asks whether they notice.
#include <ev.h>

// The names are the linker's (--wrap).
extern "C" {

int __real_ev_run(struct ev_loop* loop, int flags);
void __real_ev_timer_start(struct ev_loop* loop, ev_timer* timer) noexcept;

/// Wakes nobody.
void __wrap_ev_async_send(struct ev_loop*, ev_async*) noexcept {}

/// Calls at once.
void __wrap_ev_feed_event(struct ev_loop* loop, void* watcher, int what) noexcept {
  ev_invoke(loop, watcher, what);
}

/// Forgets to.
void __wrap_ev_io_stop(struct ev_loop*, ev_io*) noexcept {}

/// Does nothing in a callback.
int __wrap_ev_run(struct ev_loop* loop, int flags) {
  return ev_depth(loop) > 0 ? 0 : __real_ev_run(loop, flags);
}

/// Counts from now.
void __wrap_ev_timer_start(struct ev_loop* loop, ev_timer* timer) noexcept {
  ev_now_update(loop);
  __real_ev_timer_start(loop, timer);
}

}  // extern "C"
