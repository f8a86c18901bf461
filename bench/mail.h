// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>

namespace loopmark::bench {

/// What becomes of the numbers that are posted to a loop: inbox.h. Both are called in the loop's
/// thread, and may not throw.
template <class M>
concept Mail = requires(M mail, const M& state, std::uint64_t number) {
  mail.delivered(number);
  { state.done() } -> std::same_as<bool>;
};

}  // namespace loopmark::bench
