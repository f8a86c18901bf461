// SPDX-License-Identifier: MIT
//
// A regular file, which poll(2) and select(2) call ready at any time, cannot be watched with the
// method epoll. libevent 2.1.12 says on stderr that epoll_ctl failed, and prints
//
//   epoll: event_add failed: Operation not permitted
//
// and this program, which watches its own file, ends with 1. It ends with 0 where the file can be
// watched.
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void readable(evutil_socket_t fd, short what, void* unused) {
  (void)fd, (void)what, (void)unused;
  printf("ready\n");
}

int main(void) {
  const int file = open("/proc/self/exe", O_RDONLY);
  struct event_config* config = event_config_new();
  event_config_avoid_method(config, "poll");
  event_config_avoid_method(config, "select");
  struct event_base* base = event_base_new_with_config(config);
  event_config_free(config);
  if (file < 0 || base == NULL) return 2;

  struct event* watched = event_new(base, file, EV_READ, readable, NULL);
  const int added = event_add(watched, NULL);
  printf("%s: ", event_base_get_method(base));
  if (added < 0) printf("event_add failed: %s\n", strerror(errno));
  if (added == 0) event_base_loop(base, EVLOOP_ONCE);
  event_free(watched);
  event_base_free(base);
  close(file);
  return added < 0 ? 1 : 0;
}
