// SPDX-License-Identifier: MIT
//
// A descriptor that is closed while it is watched ends the process where the backend is poll.
// libev 4.33, as Debian builds it, prints
//
//   closed while watched
//   ...: poll_poll: Assertion `("libev: poll found invalid fd in poll set", 0)' failed.
//
// and this program is aborted. It ends with 0 where the loop goes on.
#include <ev.h>
#include <stdio.h>
#include <unistd.h>

static void readable(struct ev_loop* loop, ev_io* watched, int what) {
  (void)loop;
  printf("fd %d: %s\n", watched->fd, (what & EV_ERROR) != 0 ? "error" : "ready");
}

int main(void) {
  struct ev_loop* loop = ev_loop_new(EVBACKEND_POLL);
  int ends[2];
  ev_io watched;
  if (loop == NULL || pipe(ends) < 0) return 2;
  ev_io_init(&watched, readable, ends[0], EV_READ);
  ev_io_start(loop, &watched);
  ev_run(loop, EVRUN_NOWAIT);
  close(ends[0]);
  printf("closed while watched\n");
  fflush(stdout);
  ev_run(loop, EVRUN_NOWAIT);
  printf("the loop goes on\n");
  close(ends[1]);
  ev_loop_destroy(loop);
  return 0;
}
