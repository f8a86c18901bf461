// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/descriptors.h"
#include "bench/fault.h"
#include "bench/workload_row.h"

namespace loopmark::bench {

struct RingSize {
  std::size_t fds;
  std::size_t active;
};

/// The parameters fds and active. Throws std::invalid_argument where more are active than there are.
RingSize ring_size(const Parameters& parameters);

/// In which order pairs are visited. In turn: runs of four neighbours, the runs spread evenly over
/// all. Each run the next one would be simpler, but what poll(2) takes grows with the place of the
/// pair that is ready, four times from the first to the last of 1000, and a slot visits only some:
/// so those of each slot must be as good as all. Random: a shuffle, the same in every process.
enum class RingOrder { kInTurn, kRandom };

/// The numbers below `count`, each once.
std::vector<std::uint32_t> visiting_order(std::size_t count, RingOrder order);

/// Pairs in a ring, round which bytes are passed: who can be read takes one byte and writes one
/// into the next pair. The bytes of each pair count up, so that a lost, doubled or changed one
/// shows at once. Traffic of a carrier.
///
/// A `Link` is what a pair is made of: put(byte) writes and take(byte) reads one, and tell whether
/// they did, else errno why not; descriptor() is what is watched.
template <class Link>
class BasicRing {
 public:
  /// `active` bytes are under way at a time, at most one a pair.
  BasicRing(std::vector<Link> links, std::size_t active, RingOrder order);

  /// Puts the first bytes in. It is done when `events` bytes, at least as many as are active, have
  /// been read.
  void start(std::uint64_t events);

  /// The next slot begins with the pair that the first one began with.
  void rewind() { first_ = 0; }

  std::size_t size() const { return pairs_.size(); }
  int descriptor(std::size_t i) const { return pairs_[i].link.descriptor(); }
  bool done() const { return unread_ == 0; }
  /// How many events of all slots so far have not come.
  std::uint64_t undelivered() const { return undelivered_ + unread_; }

  void readable(std::size_t i) {
    Pair& pair = pairs_[i];
    std::uint8_t byte;
    if (!pair.link.take(byte)) return not_read(i, errno);
    if (byte != pair.bytes_read++) return fail(i, "a byte is lost or changed");
    if (--unread_ < active_) return;  // as many are under way as are still to be read
    write_into(pair.next);
  }

  /// Throws WorkIsWrong.
  void verify() const;

 private:
  struct Pair {
    Link link;
    std::uint32_t next = 0;
    std::uint8_t bytes_written = 0;
    std::uint8_t bytes_read = 0;
  };

  void write_into(std::size_t i) {
    Pair& pair = pairs_[i];
    if (!pair.link.put(pair.bytes_written++)) fail(i, "cannot be written");
  }

  void not_read(std::size_t i, int error);
  void fail(std::size_t i, const char* what);

  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> order_;  // the pairs as they follow each other
  std::size_t active_;
  std::size_t first_ = 0;          // place in that order which the next slot begins with
  std::uint64_t unread_ = 0;       // events of this slot that are still to come
  std::uint64_t undelivered_ = 0;  // of slots that ended early
  Fault fault_;
};

/// A pair whose bytes go through the kernel.
class KernelLink {
 public:
  explicit KernelLink(DescriptorPair pair) : pair_(std::move(pair)) {}

  int descriptor() const { return pair_.reader.get(); }
  bool take(std::uint8_t& byte) { return ::read(pair_.reader.get(), &byte, 1) == 1; }
  bool put(std::uint8_t byte) { return ::write(pair_.writer.get(), &byte, 1) == 1; }

 private:
  DescriptorPair pair_;
};

/// A pair that is one eventfd(2). It counts and carries no data: only that as much is read as was
/// written can be told.
class EventfdLink {
 public:
  explicit EventfdLink(UniqueFd fd) : fd_(std::move(fd)) {}

  int descriptor() const { return fd_.get(); }
  bool take(std::uint8_t& byte) {
    std::uint64_t one;
    if (::read(fd_.get(), &one, sizeof one) != sizeof one) return false;
    byte = taken_++;
    return true;
  }
  bool put(std::uint8_t) {
    const std::uint64_t one = 1;
    return ::write(fd_.get(), &one, sizeof one) == sizeof one;
  }

 private:
  UniqueFd fd_;
  std::uint8_t taken_ = 0;
};

/// Throws Refused when there cannot be so many descriptors.
std::vector<KernelLink> kernel_links(std::size_t count, PairKind kind);
std::vector<EventfdLink> eventfd_links(std::size_t count);

}  // namespace loopmark::bench
