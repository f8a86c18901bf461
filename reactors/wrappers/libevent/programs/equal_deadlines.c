// SPDX-License-Identifier: MIT
//
// Timers with equal deadlines do not run in the order in which they were made. While a callback
// runs, libevent's time stands still, so the twelve that are made in it have one deadline.
// libevent 2.1.12 prints
//
//   made: 0 1 2 3 4 5 6 7 8 9 10 11
//   run: 0 11 10 9 8 7 6 5 4 3 2 1
//
// and this program ends with 1. It ends with 0 where the order is kept.
#include <event2/event.h>
#include <stdio.h>

enum { kTimers = 12 };

static struct event_base* base;
static int ids[kTimers];
static int run_so_far;
static int out_of_order;

static void due(evutil_socket_t fd, short what, void* id) {
  (void)fd, (void)what;
  printf(" %d", *(int*)id);
  if (*(int*)id != run_so_far++) out_of_order = 1;
}

static void make_all(evutil_socket_t fd, short what, void* unused) {
  const struct timeval delay = {0, 1000};
  (void)fd, (void)what, (void)unused;
  printf("made:");
  for (int i = 0; i < kTimers; ++i) {
    ids[i] = i;
    event_base_once(base, -1, EV_TIMEOUT, due, &ids[i], &delay);
    printf(" %d", i);
  }
  printf("\nrun:");
}

int main(void) {
  base = event_base_new();
  if (base == NULL) return 2;
  event_base_once(base, -1, EV_TIMEOUT, make_all, NULL, NULL);
  event_base_dispatch(base);
  printf("\n");
  event_base_free(base);
  return run_so_far == kTimers ? out_of_order : 2;
}
