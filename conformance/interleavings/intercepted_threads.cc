// SPDX-License-Identifier: MIT
//
// The calls of pthreads(7) that the product and the libraries make, as controlled threads see them: each is a place where
// another thread may go on. As in conformance/kernel.cc the dynamic linker gives them to every library in the process.
//
// Notes.
//
// a) A controlled thread goes on only when the real call would not block; so the real mutex is taken and given, too, and
//    nobody ever waits for it. Of conditions nothing is left to the system: pthread_cond_wait() is all here.
// b) Which of several waiters pthread_cond_signal() wakes is a choice like any other. Spurious wake-ups are not tried.
// c) A mutex that is held twice by one thread (libevent's) can be noticed by others only at its first lock and last unlock.
// d) Behind an unlock others may go on as well: what comes then, such as a load of an atomic, is no call that we see.
#include <pthread.h>

#include <algorithm>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "conformance/interleavings/scheduler.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance::interleavings {
namespace {

struct Held {
  pthread_t by;
  int times;
};

struct Waiter {
  pthread_cond_t* condition;
  bool signalled = false;
};

// Of the controlled threads, of which one goes at a time.
std::unordered_map<pthread_mutex_t*, Held>& held() {
  static std::unordered_map<pthread_mutex_t*, Held> mutexes;
  return mutexes;
}
std::list<Waiter>& waiters() {
  static std::list<Waiter> all;
  return all;
}

int really_lock(pthread_mutex_t* mutex) {
  static auto* const real = kernel::next<int(pthread_mutex_t*)>("pthread_mutex_lock");
  return real(mutex);
}

int really_unlock(pthread_mutex_t* mutex) {
  static auto* const real = kernel::next<int(pthread_mutex_t*)>("pthread_mutex_unlock");
  return real(mutex);
}

bool is_mine(pthread_mutex_t* mutex) {
  const auto found = held().find(mutex);
  return found != held().end() && ::pthread_equal(found->second.by, ::pthread_self()) != 0;
}

int take(pthread_mutex_t* mutex) {
  ++held().try_emplace(mutex, Held{::pthread_self(), 0}).first->second.times;
  return really_lock(mutex);
}

/// Returns whether others can take it now.
bool give(pthread_mutex_t* mutex) {
  const auto found = held().find(mutex);
  const bool last = found == held().end() || --found->second.times == 0;
  if (last && found != held().end()) held().erase(found);
  really_unlock(mutex);
  return last;
}

int wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  stop_at("wait for condition", condition);
  const auto waiter = waiters().insert(waiters().end(), {condition});
  give(mutex);
  stop_until("wake up at condition", condition,
             [waiter, mutex] { return waiter->signalled && !held().contains(mutex); });
  waiters().erase(waiter);
  return take(mutex);
}

void signal_one(pthread_cond_t* condition) {
  stop_at("signal condition", condition);
  std::vector<Waiter*> asleep;
  for (Waiter& waiter : waiters()) {
    if (waiter.condition == condition && !waiter.signalled) asleep.push_back(&waiter);
  }
  if (!asleep.empty()) asleep[choose(asleep.size())]->signalled = true;
}

void signal_all(pthread_cond_t* condition) {
  stop_at("broadcast condition", condition);
  for (Waiter& waiter : waiters()) {
    if (waiter.condition == condition) waiter.signalled = true;
  }
}

struct Start {
  Thread* thread;
  void* (*routine)(void*);
  void* argument;
};

void* run_controlled(void* argument) {
  const Start start = *std::unique_ptr<Start>(static_cast<Start*>(argument));
  enter(*start.thread);
  void* const result = start.routine(start.argument);
  leave();
  return result;
}

}  // namespace
}  // namespace loopmark::conformance::interleavings

// The calls that are stood before. Their names and types are the system's.
namespace kernel = loopmark::conformance::kernel;
namespace interleavings = loopmark::conformance::interleavings;

LOOPMARK_STANDS_BEFORE int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (!interleavings::is_controlled()) return interleavings::really_lock(mutex);
  if (!interleavings::is_mine(mutex)) {
    interleavings::stop_until("lock mutex", mutex,
                              [mutex] { return !interleavings::held().contains(mutex); });
  }
  return interleavings::take(mutex);
}

LOOPMARK_STANDS_BEFORE int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  if (!interleavings::is_controlled()) return interleavings::really_unlock(mutex);
  if (interleavings::give(mutex)) interleavings::stop_at("go on behind mutex", mutex);
  return 0;
}

LOOPMARK_STANDS_BEFORE int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real =
      kernel::next<int(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait");
  if (!interleavings::is_controlled()) return real(condition, mutex);
  return interleavings::wait(condition, mutex);
}

LOOPMARK_STANDS_BEFORE int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static auto* const real = kernel::next<int(pthread_cond_t*)>("pthread_cond_signal");
  if (!interleavings::is_controlled()) return real(condition);
  interleavings::signal_one(condition);
  return 0;
}

LOOPMARK_STANDS_BEFORE int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  static auto* const real = kernel::next<int(pthread_cond_t*)>("pthread_cond_broadcast");
  if (!interleavings::is_controlled()) return real(condition);
  interleavings::signal_all(condition);
  return 0;
}

LOOPMARK_STANDS_BEFORE int pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                                          void* (*routine)(void*), void* argument) noexcept {
  static auto* const real =
      kernel::next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
          "pthread_create");
  if (!interleavings::is_controlled()) return real(id, attributes, routine, argument);
  interleavings::Thread& thread = interleavings::begin_thread();
  auto* const start = new interleavings::Start{&thread, routine, argument};
  if (real(id, attributes, interleavings::run_controlled, start) != 0)
    interleavings::fail("no thread can be started");
  interleavings::started(thread, *id);
  interleavings::stop_at("go on behind the start of", &thread);
  return 0;
}

LOOPMARK_STANDS_BEFORE int pthread_join(pthread_t id, void** result) {
  static auto* const real = kernel::next<int(pthread_t, void**)>("pthread_join");
  if (interleavings::is_controlled()) interleavings::stop_until_over(id);
  return real(id, result);
}
