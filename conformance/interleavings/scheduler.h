// SPDX-License-Identifier: MIT
//
// Lets one thread go at a time. The threads of an execution stop at each call through which threads can notice each other
// (intercepted_threads.cc, intercepted_calls.cc), and here it is decided who goes on: so an execution is a sequence of
// choices, and all of them can be tried.
#pragma once

#include <pthread.h>

#include <functional>
#include <string>

#include "conformance/interleavings/choices.h"

namespace loopmark::conformance::interleavings {

/// From here on this thread, and those that it starts, go one at a time, by `choices`. Ends with end_control(), which is for
/// the same thread when the others have ended.
void begin_control(Choices& choices);
void end_control();

/// Whether the calling thread is one of those.
bool is_controlled();

// For controlled threads. `what` says what the thread is about to do with `object`; it is told with a fault.

/// Others may go on before the caller does.
void stop_at(const char* what, const void* object = nullptr);

/// As stop_at(); and the caller does not go on before `can_go` returns true, which other threads ask, too. When no thread
/// can go on, that is a fault.
void stop_until(const char* what, const void* object, std::function<bool()> can_go);

/// A choice that is not between threads: which of `count`, from 0.
std::size_t choose(std::size_t count);

// The life of a controlled thread. begin: in the thread that starts it, what it returns is the others' argument; enter and
// leave: in the thread itself, first and last; started: once its id is known; stop_until_over: before it is joined.
struct Thread;
Thread& begin_thread();
void started(Thread& thread, pthread_t id);
void enter(Thread& thread);
void leave();
void stop_until_over(pthread_t id);

/// The execution has shown a fault: tells it and ends the process, for its threads do not come back. Any thread.
[[noreturn]] void fail(const std::string& fault);

/// What fail() tells it with, which each program has one of. `steps` are the last ones of the execution, a line each.
[[noreturn]] void report_fault(const std::string& fault, const std::string& steps);

}  // namespace loopmark::conformance::interleavings
