// SPDX-License-Identifier: MIT
//
// A case that was told of the error may have no way to go on: a thread of it waits for what does not come any more. That is
// no fault of the backend's, so it is ended here; but where no thread is in the case, or waits for events, the backend hangs.
#pragma once

#include <string>

namespace loopmark::conformance::faults {

/// From here on a thread of its own looks at what other threads are told (told_errors.h). A second after the first that
/// names the error it asks every thread where it is, and if one of them is in the case, or waits for events, calls
/// `give_up`, which must not return; what is left over then is not looked at.
void watch_for_hang(void (*give_up)(const std::string& message));

void stop_watching_for_hang();

}  // namespace loopmark::conformance::faults
