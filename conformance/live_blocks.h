// SPDX-License-Identifier: MIT
//
// The blocks of memory that a backend holds. Below operator new and delete: no memory is needed for it.
#pragma once

#include <cstddef>

namespace loopmark::conformance::faults {

/// The backend has got `block`.
void note_block(const void* block) noexcept;
/// Somebody gives it back; of others, nothing.
void forget_block(const void* block) noexcept;

/// How many there are; 0 once there were more than can be noted.
std::size_t live_blocks() noexcept;

}  // namespace loopmark::conformance::faults
