// SPDX-License-Identifier: MIT
//
// Whether the error of a fault has come out of the reactor: as an exception that reached the case, as one that was handed
// on (a Failure: what the error observer and connection_lost() get), or as a line in the services' log. What the library
// catches and drops has not come out.
#pragma once

#include <exception>
#include <string>

namespace loopmark::conformance::faults {

/// From here on errors that name `error` are noticed, once the fault was met. `tell` is called with the first of them, by
/// told(), and must not throw.
void notice_errors(int error, void (*tell)(const std::string& message));

/// An exception is about to end the process.
void notice_exception(const std::exception_ptr& exception);

/// The log of the services has a new line.
void notice_line(const std::string& line);

/// The first message that named the error, or an empty one. Of those that other threads have made, the ones that were looked
/// at by now: by those threads themselves, or by look_at_others().
std::string told();

/// Looks at the exceptions of other threads that have been there for a second. To be called every other millisecond.
void look_at_others();

/// Looks at all, and lets go of them: when the case is over. Answers as told().
std::string finally_told();

}  // namespace loopmark::conformance::faults
