// SPDX-License-Identifier: MIT
//
// Timers with equal deadlines do not run in the order in which they were made. Outside ev_run()
// libev's time stands still, so the twelve have one deadline. libev 4.33 prints
//
//   made: 0 1 2 3 4 5 6 7 8 9 10 11
//   run: 0 11 10 9 8 7 6 5 4 3 2 1
//
// and this program ends with 1. It ends with 0 where the order is kept.
#include <ev.h>
#include <stdio.h>

enum { kTimers = 12 };

static int ids[kTimers];
static int run_so_far;
static int out_of_order;

static void due(struct ev_loop* loop, ev_timer* timer, int what) {
  const int id = *(int*)timer->data;
  (void)loop, (void)what;
  printf(" %d", id);
  if (id != run_so_far++) out_of_order = 1;
}

int main(void) {
  struct ev_loop* loop = ev_loop_new(EVFLAG_AUTO);
  ev_timer timers[kTimers];
  if (loop == NULL) return 2;
  printf("made:");
  for (int i = 0; i < kTimers; ++i) {
    ids[i] = i;
    ev_timer_init(&timers[i], due, 0.001, 0.);
    timers[i].data = &ids[i];
    ev_timer_start(loop, &timers[i]);
    printf(" %d", i);
  }
  printf("\nrun:");
  ev_run(loop, 0);
  printf("\n");
  ev_loop_destroy(loop);
  return run_so_far == kTimers ? out_of_order : 2;
}
