// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/descriptors.h"

namespace loopmark::bench {

/// Pairs in a ring, round which bytes are passed: who can be read takes one byte and writes one
/// into the next pair. The bytes of each pair count up, so that a lost, doubled or changed one
/// shows at once. Traffic of a carrier.
class Ring {
 public:
  /// `active` bytes are under way at a time. Throws Refused when there cannot be so many
  /// descriptors.
  Ring(std::size_t pairs, std::size_t active, PairKind kind);

  /// Puts the first bytes in. It is done when `events` bytes, at least as many as are active, have
  /// been read.
  void start(std::uint64_t events);

  std::size_t size() const { return pairs_.size(); }
  int descriptor(std::size_t i) const { return pairs_[i].reader; }
  bool done() const { return unread_ == 0; }
  /// How many events of all slots so far have not come.
  std::uint64_t undelivered() const { return undelivered_ + unread_; }

  void readable(std::size_t i) {
    Pair& pair = pairs_[i];
    std::uint8_t byte;
    if (::read(pair.reader, &byte, 1) != 1) return not_read(i, errno);
    if (byte != pair.bytes_read++) return fail(i, "a byte is lost or changed");
    if (--unread_ < active_) return;  // as many are under way as are still to be read
    write_into(i + 1 == pairs_.size() ? 0 : i + 1);
  }

  /// Throws WorkIsWrong.
  void verify() const;

 private:
  struct Pair {
    int reader;
    int writer;
    std::uint8_t bytes_written = 0;
    std::uint8_t bytes_read = 0;
  };

  void write_into(std::size_t i) {
    Pair& pair = pairs_[i];
    const std::uint8_t byte = pair.bytes_written++;
    if (::write(pair.writer, &byte, 1) != 1) fail(i, "cannot be written");
  }

  void not_read(std::size_t i, int error);
  void fail(std::size_t i, const char* what);

  std::vector<DescriptorPair> owned_;
  std::vector<Pair> pairs_;
  std::size_t active_;
  std::size_t first_ = 0;          // pair that the next slot begins with
  std::uint64_t unread_ = 0;       // events of this slot that are still to come
  std::uint64_t undelivered_ = 0;  // of slots that ended early
  std::string fault_;
};

}  // namespace loopmark::bench
