// SPDX-License-Identifier: MIT
#include "conformance/interleavings/scheduler.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace loopmark::conformance::interleavings {

struct Thread {
  int number;
  std::atomic<int> turn{0};  // 1: it is to go
  pthread_t id{};
  const char* what = "begin";
  const void* object = nullptr;
  std::function<bool()> can_go;  // empty: it can
  bool over = false;

  explicit Thread(int its_number) : number(its_number) {}

  void let_go() {
    turn = 1;
    turn.notify_one();
  }
  void wait_for_turn() {
    turn.wait(0);
    turn = 0;
  }
};

namespace {

constexpr std::size_t kMostSteps = 1000;  // of an execution; a right one takes about a hundred
constexpr std::size_t kToldSteps = 60;

struct Step {
  int thread;
  const char* what;
  const void* object;
};

struct Execution {
  Choices* choices = nullptr;
  std::vector<std::unique_ptr<Thread>> threads;
  std::vector<Step> steps;
};

/// One thread at a time uses it: the one that goes.
Execution& execution() {
  static Execution the_execution;
  return the_execution;
}

thread_local Thread* self = nullptr;

bool can_go(const Thread& thread) {
  return !thread.over && (!thread.can_go || thread.can_go());
}

std::string name_of(int thread) {
  return "thread " + std::to_string(thread);
}

/// The steps of this execution, the last ones, a line each.
std::string last_steps() {
  const std::vector<Step>& steps = execution().steps;
  std::map<const void*, std::size_t> numbers;  // of objects, in the order in which they were met
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& [thread, what, object] = steps[i];
    const std::size_t number =
        object == nullptr ? 0 : numbers.emplace(object, numbers.size() + 1).first->second;
    if (i + kToldSteps < steps.size()) continue;
    text += name_of(thread) + ": " + what;
    if (number != 0) text += ' ' + std::to_string(number);
    text += '\n';
  }
  return text;
}

[[noreturn]] void report_stuck() {
  std::string fault = "no thread can go on:";
  for (const auto& thread : execution().threads) {
    if (!thread->over) fault += " " + name_of(thread->number) + " at " + thread->what + ";";
  }
  fault.back() = '.';
  fail(fault);
}

std::size_t choose_way(std::size_t count, bool preempts) {
  try {
    return execution().choices->choose(count, preempts);
  } catch (const NotRepeatable& error) {
    fail(std::string("the search fails: ") + error.what());
  }
}

/// Chooses who goes on. `current` is the thread that asks; it may be over.
Thread& next_to_go(Thread& current) {
  Execution& e = execution();
  std::vector<Thread*> able;
  if (can_go(current)) able.push_back(&current);
  const bool preempts = !able.empty();
  for (const auto& thread : e.threads) {
    if (thread.get() != &current && can_go(*thread)) able.push_back(thread.get());
  }
  if (able.empty()) report_stuck();
  Thread& next = *able[choose_way(able.size(), preempts)];
  e.steps.push_back({next.number, next.what, next.object});
  if (e.steps.size() > kMostSteps)
    fail("it does not end: more than " + std::to_string(kMostSteps) + " steps");
  return next;
}

}  // namespace

void begin_control(Choices& choices) {
  Execution& e = execution();
  e.choices = &choices;
  e.threads.clear();
  e.steps.clear();
  self = &begin_thread();
}

void end_control() {
  for (const auto& thread : execution().threads) {
    if (thread.get() != self && !thread->over) fail(name_of(thread->number) + " is left");
  }
  self = nullptr;
}

bool is_controlled() {
  return self != nullptr;
}

void stop_at(const char* what, const void* object) {
  stop_until(what, object, nullptr);
}

void stop_until(const char* what, const void* object, std::function<bool()> can_go) {
  const int error = errno;
  Thread& me = *self;
  me.what = what;
  me.object = object;
  me.can_go = std::move(can_go);
  Thread& next = next_to_go(me);
  if (&next != &me) {
    next.let_go();
    me.wait_for_turn();
  }
  me.can_go = nullptr;
  errno = error;
}

std::size_t choose(std::size_t count) {
  return choose_way(count, false);
}

Thread& begin_thread() {
  auto& threads = execution().threads;
  return *threads.emplace_back(std::make_unique<Thread>(static_cast<int>(threads.size())));
}

void started(Thread& thread, pthread_t id) {
  thread.id = id;
}

void enter(Thread& thread) {
  thread.wait_for_turn();
  self = &thread;
}

void leave() {
  self->over = true;
  Thread& next = next_to_go(*self);
  self = nullptr;
  next.let_go();
}

void stop_until_over(pthread_t id) {
  // The system uses an id again; the last thread that has it is meant.
  const auto& threads = execution().threads;
  const auto found = std::find_if(threads.rbegin(), threads.rend(), [&](const auto& thread) {
    return ::pthread_equal(thread->id, id) != 0;
  });
  if (found == threads.rend()) return;
  stop_until("join", found->get(), [thread = found->get()] { return thread->over; });
}

void fail(const std::string& fault) {
  // Without a search threads fail at once, such as two whose calls are lost: one of them ends the process.
  static std::atomic_flag told;
  while (told.test_and_set()) ::pause();
  const std::string steps = last_steps();
  self = nullptr;  // to tell it takes calls at which nobody else is to go on
  report_fault(fault, steps);
}

}  // namespace loopmark::conformance::interleavings
