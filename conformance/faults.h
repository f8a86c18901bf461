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

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/fault_table.h"

namespace loopmark::conformance::faults {

/// The call number `number` of its name fails with `error`.
struct Fault {
  Call call;
  unsigned number;  // from 1
  int error;
};

/// Reads "recv:3:EINTR". Throws std::invalid_argument with what is wrong.
Fault parse(std::string_view text);

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

/// Whether the signal that is being handled, which came at `address`, came of what the worker itself did: of the frames from
/// there on, one of it comes before any of the backend's.
bool is_of_worker(const void* address) noexcept;

/// For calls that the C++ library makes on behalf of others: of the frames above, the first one outside of it is the caller.
const void* behind_cxx_library(const void* caller) noexcept;

}  // namespace loopmark::conformance::faults
