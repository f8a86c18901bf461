// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace loopmark::bench {

/// What is readable, without a kernel: the bytes under way, in the order in which they were put.
class MemoryQueue {
 public:
  /// Takes at least `most` bytes at a time.
  explicit MemoryQueue(std::size_t most) : bytes_(std::bit_ceil(most)), mask_(bytes_.size() - 1) {}

  /// A pass of a loop: whether there is a byte.
  bool look() {
    ++looks_;
    return begin_ != end_;
  }
  /// The pair that the next byte is in. Only when there is one.
  std::size_t front() const { return bytes_[begin_ & mask_].pair; }
  /// So many passes there were.
  std::uint64_t looks() const { return looks_; }

 private:
  friend class MemoryLink;
  struct Byte {
    std::uint32_t pair;
    std::uint8_t value;
  };

  std::vector<Byte> bytes_;
  std::size_t mask_;
  std::size_t begin_ = 0;  // these two count up
  std::size_t end_ = 0;
  std::uint64_t looks_ = 0;
};

/// A pair in memory: the link of a ring that no system call is needed for.
class MemoryLink {
 public:
  MemoryLink(MemoryQueue& queue, std::size_t pair)
      : queue_(&queue), pair_(static_cast<std::uint32_t>(pair)) {}

  int descriptor() const { return static_cast<int>(pair_); }

  bool take(std::uint8_t& byte) {
    MemoryQueue& queue = *queue_;
    if (queue.begin_ == queue.end_ || queue.front() != pair_) return would_block();
    byte = queue.bytes_[queue.begin_++ & queue.mask_].value;
    return true;
  }

  bool put(std::uint8_t byte) {
    MemoryQueue& queue = *queue_;
    if (queue.end_ - queue.begin_ == queue.bytes_.size()) return would_block();
    queue.bytes_[queue.end_++ & queue.mask_] = {pair_, byte};
    return true;
  }

 private:
  static bool would_block() {
    errno = EAGAIN;
    return false;
  }

  MemoryQueue* queue_;
  std::uint32_t pair_;
};

}  // namespace loopmark::bench
