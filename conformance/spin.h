// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace loopmark::conformance {

/// Ends the case, which waited more than `limit` times in `call`: it fails, and the process ends here and now, for a
/// loop that spins does not come back.
[[noreturn]] void report_spin(const char* call, std::size_t limit);

}  // namespace loopmark::conformance
