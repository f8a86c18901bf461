// SPDX-License-Identifier: MIT
//
// One call that fails. The worker stands between backend and C library (kernel.h); here it counts the calls that could
// have failed, and lets one of them fail when it is told to. Considered are calls made by the library or by what came
// with the backend's module, never those of the case, of GoogleTest or of the C library itself.
//
// For the functions that stand before a call:
//
//   if (faults::fails(Call::kPipe2, __builtin_return_address(0), {EMFILE, ENFILE})) return -1;
#pragma once

#include <vector>

#include "conformance/fault_table.h"

namespace loopmark::conformance::faults {

/// Calls of one name and what they can fail with, number `from` to number `to`.
struct Counted {
  Call call;
  Errors errors;
  unsigned from;
  unsigned to;
};

/// What is loaded from here on belongs to a backend. At the program's start.
void remember_loaded();

/// From here on calls are counted, or, with a fault, one of them fails. In this process alone: a child that is forked
/// has no faults. disarm() ends that.
void arm(const Fault* fault);
void disarm();

/// What was counted, at most the first 60 000 calls; those of one name in order.
std::vector<Counted> counted();

/// Whether the fault was met.
bool struck();

/// Whether calls are counted, or one of them is to fail.
bool is_armed() noexcept;

/// Whether calls from the code address `caller` are considered now.
bool considers(const void* caller) noexcept;

/// Whether that is code of the worker itself, which the cases are.
bool is_worker(const void* caller) noexcept;

/// The call is about to be made by `caller`: the error that it fails with, or kNone. `plausible` are those that can be
/// met here; empty, the call is not counted. Any thread, signal handlers included.
int strike(Call call, const void* caller, Errors plausible) noexcept;

/// The same for a call that fails with an errno, which is set then.
inline bool fails(Call call, const void* caller, Errors plausible) noexcept {
  const int error = strike(call, caller, plausible);
  if (error != kNone) errno = error;
  return error != kNone;
}

/// Whether the thread that a signal has interrupted, with this third argument of the handler, was where the worker itself
/// had gone: of its frames, one of the worker's comes before any of the backend's.
bool was_in_worker(const void* signal_context) noexcept;

/// In std::terminate(): whether the worker itself ends the process. When nothing was thrown, it has called that, as for a
/// thread that was not joined; else it has begun the thread that an exception leaves: of the frames, one of the worker's
/// comes after all of the backend's.
bool is_ended_by_worker(bool has_thrown) noexcept;

/// For calls that the C++ library makes on behalf of others: of the frames above, the first one outside of it is the caller.
const void* behind_cxx_library(const void* caller) noexcept;

}  // namespace loopmark::conformance::faults
