// SPDX-License-Identifier: MIT
//
// The clocks of the process, as the worker gives them: the kernel's until use_virtual_clock() (kernel.h), then one that
// stands still unless it is moved. May be read in any thread.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <optional>

/// On code that works for whoever has called it (faults.cc, note c): which calls nobody, or which calls others, too.
#define LOOPMARK_FOR_CALLER __attribute__((section("loopmark_for_caller")))
#define LOOPMARK_BETWEEN __attribute__((section("loopmark_between")))

/// A call of the C library's that this executable stands before.
#define LOOPMARK_STANDS_BEFORE extern "C" __attribute__((visibility("default"))) LOOPMARK_FOR_CALLER
/// One that waits. It counts as code of the executable itself: a case that waits waits in it.
#define LOOPMARK_STANDS_BEFORE_A_WAIT extern "C" __attribute__((visibility("default")))

namespace loopmark::conformance::kernel {

/// The C library's own function behind one that this executable exports.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool clock_is_virtual();

/// How far the virtual clock was moved, ns.
std::int64_t advanced();

/// Moves it to `at`, if that is later, and lets the timerfds that are due by then fire.
void advance_to(std::int64_t at);

/// When the first of the armed timerfds fires: a value of advanced().
std::optional<std::int64_t> next_timer();

}  // namespace loopmark::conformance::kernel
