// SPDX-License-Identifier: MIT
//
// A hash table with open addresses: a block is at its own place or behind it, with no gap between.
#include "conformance/live_blocks.h"

#include <array>
#include <cstdint>
#include <mutex>

namespace loopmark::conformance::faults {
namespace {

constexpr std::size_t kPlaces = std::size_t{1} << 17;
constexpr std::size_t kMost = kPlaces / 4 * 3;

std::mutex mutex;  // guards the three below
std::array<const void*, kPlaces> blocks;
std::size_t count = 0;
bool were_too_many = false;

std::size_t next(std::size_t place) {
  return (place + 1) % kPlaces;
}

std::size_t place_of(const void* block) {
  return reinterpret_cast<std::uintptr_t>(block) / alignof(std::max_align_t) * 0x9E3779B1U %
         kPlaces;
}

/// Where it is, or the gap where it would be.
std::size_t find(const void* block) {
  std::size_t place = place_of(block);
  while (blocks[place] != nullptr && blocks[place] != block) place = next(place);
  return place;
}

/// Makes a gap, and moves what is behind it to where it is found then.
void clear(std::size_t gap) {
  blocks[gap] = nullptr;
  for (std::size_t place = next(gap); blocks[place] != nullptr; place = next(place)) {
    const void* const moved = blocks[place];
    blocks[place] = nullptr;
    blocks[find(moved)] = moved;
  }
}

}  // namespace

void note_block(const void* block) noexcept {
  const std::lock_guard lock(mutex);
  were_too_many |= count == kMost;
  if (were_too_many) return;
  blocks[find(block)] = block;
  ++count;
}

void forget_block(const void* block) noexcept {
  if (block == nullptr) return;
  const std::lock_guard lock(mutex);
  const std::size_t place = find(block);
  if (blocks[place] == nullptr) return;
  clear(place);
  --count;
}

std::size_t live_blocks() noexcept {
  const std::lock_guard lock(mutex);
  return were_too_many ? 0 : count;
}

}  // namespace loopmark::conformance::faults
