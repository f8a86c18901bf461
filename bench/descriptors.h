// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

enum class PairKind { kPipe, kSocketpair };

/// What is written into `writer` is read from `reader`; a socketpair goes both ways. Both
/// non-blocking.
struct DescriptorPair {
  UniqueFd reader;
  UniqueFd writer;
};

/// Throws std::system_error.
DescriptorPair make_pair(PairKind kind);

/// Makes sure that so many things of `each` descriptors can be opened, if need be by raising the soft
/// limit. Throws Refused with the numbers.
void need_descriptors(std::size_t things, std::size_t each = 1);

/// The same with a number that no loop over select(2) could watch, if the limit allows for it: for
/// the other end of what a loop watches, which would be another process's.
UniqueFd out_of_the_way(UniqueFd fd);

}  // namespace loopmark::bench
