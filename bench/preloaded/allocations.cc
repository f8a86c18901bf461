// SPDX-License-Identifier: MIT
//
// Preloaded where allocations are counted: it stands before the C library's allocator, which operator
// new calls, too, and counts what all threads do in the timed regions. It sets the clocks, as marks.cc
// does.
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/preloaded/clock.h"
#include "harness/timed_region.h"

// The allocator itself, by the names that the C library has for those who stand before it.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace {

using Count = std::atomic<long long>;

std::atomic<bool> counting = false;
Count allocations = 0;  // of this region, as the next two
Count bytes = 0;        // that were asked for
Count frees = 0;
Count live = 0;  // bytes that are allocated, with what the allocator adds to each block
Count peak = 0;  // the most there were in regions of this slot

void raise_peak() {
  const long long now = live;
  long long before = peak;
  while (before < now && !peak.compare_exchange_weak(before, now)) {
  }
}

void* count_block(void* block, std::size_t asked) {
  if (block == nullptr) return block;
  live += static_cast<long long>(::malloc_usable_size(block));
  if (!counting) return block;
  ++allocations;
  bytes += static_cast<long long>(asked);
  raise_peak();
  return block;
}

void count_free(std::size_t usable) {
  live -= static_cast<long long>(usable);
  if (counting) ++frees;
}

/// Bytes of memory that the process had at the most. Not what getrusage(2) says: to that a process is as large as the one
/// that it was forked from, also after execve(2).
long long most_resident() {
  char status[4096] = {};
  const int fd = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const ssize_t count = ::read(fd, status, sizeof status - 1);
  ::close(fd);
  const char* const line = count > 0 ? std::strstr(status, "VmHWM:") : nullptr;
  return line != nullptr ? 1024 * std::atoll(line + std::strlen("VmHWM:")) : 0;
}

}  // namespace

void loopmark_region_begins() {
  ::dprintf(STDERR_FILENO, "%sbegins\n", loopmark::harness::kAnnouncement);
  allocations = bytes = frees = 0;
  raise_peak();
  counting = true;
}

void loopmark_region_ends() {
  counting = false;
  ::dprintf(STDERR_FILENO, "%sends calls=%lld bytes=%lld frees=%lld\n",
            loopmark::harness::kAnnouncement, allocations.load(), bytes.load(), frees.load());
}

void loopmark_slot_ends() {
  ::dprintf(STDERR_FILENO, "%sslot heap=%lld resident=%lld\n", loopmark::harness::kAnnouncement,
            peak.exchange(0), most_resident());
  loopmark::bench::move_clocks_on();
}

extern "C" {

[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  return count_block(__libc_malloc(size), size);
}

[[gnu::visibility("default")]] void* calloc(std::size_t count, std::size_t size) {
  return count_block(__libc_calloc(count, size), count * size);
}

// A new block for an old one.
[[gnu::visibility("default")]] void* realloc(void* block, std::size_t size) {
  const std::size_t before = ::malloc_usable_size(block);
  void* const now = __libc_realloc(block, size);
  if (block != nullptr && (now != nullptr || size == 0)) count_free(before);
  return count_block(now, size);
}

[[gnu::visibility("default")]] void* memalign(std::size_t alignment, std::size_t size) {
  return count_block(__libc_memalign(alignment, size), size);
}

[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

[[gnu::visibility("default")]] int posix_memalign(void** block, std::size_t alignment,
                                                  std::size_t size) {
  void* const found = memalign(alignment, size);
  if (found == nullptr) return ENOMEM;
  *block = found;
  return 0;
}

[[gnu::visibility("default")]] void free(void* block) {
  if (block == nullptr) return;
  count_free(::malloc_usable_size(block));
  __libc_free(block);
}

}  // extern "C"
