// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "bench/descriptors.h"
#include "bench/fault.h"
#include "harness/histogram.h"

namespace loopmark::bench {

/// One greedy connection and a number of light ones, all in one loop. The greedy one is always
/// readable: whoever reads a chunk of it puts in another. Traffic of a carrier, of two kinds:
/// exchange: each light connection passes one byte to and fro, and the greedy one is there, or
/// silent; pump: the greedy one is silent, and all light ones are as it was.
class Crowd {
 public:
  enum class Greedy { kSilent, kReadable };

  /// The most that one call reads, of any connection.
  static constexpr std::size_t kBudget = 4096;

  /// Throws Refused when there cannot be so many descriptors.
  explicit Crowd(std::size_t lights);

  /// It is done when so many bytes have been passed. `waited` gets how long each was there before it
  /// was read, in nanoseconds.
  void begin_exchange(std::uint64_t bytes, harness::Histogram& waited, Greedy greedy);
  /// It is done when so many chunks have been read.
  void begin_pump(std::uint64_t chunks);
  /// After each of the two: takes up what is left in the connections, and checks that it is what
  /// must be there.
  void settle();

  /// How many chunks each light connection has got, in the last pump.
  const std::vector<std::uint64_t>& chunks() const { return chunks_; }

  std::size_t size() const { return 1 + 2 * lights_.size(); }
  int descriptor(std::size_t i) const;
  bool done() const { return left_ == 0 || fault_; }
  void readable(std::size_t i);

  /// Throws WorkIsWrong.
  void verify() const;

 private:
  enum class Kind { kExchange, kPump };
  using Clock = std::chrono::steady_clock;

  struct Light {
    std::array<UniqueFd, 2> ends;
    std::uint8_t byte = 0;  // that is under way; they count up
    std::size_t to = 1;     // the end that is to read it
    Clock::time_point sent = {};
  };

  void send_byte(Light& light);
  void read_byte(Light& light, std::size_t end);
  void fill(int fd);
  bool take_chunk(int fd);

  DescriptorPair greedy_;
  std::vector<Light> lights_;
  std::vector<std::uint64_t> chunks_;
  std::array<char, kBudget> chunk_{};
  std::array<char, kBudget> buffer_{};
  Kind kind_ = Kind::kExchange;
  Greedy greedy_is_ = Greedy::kSilent;
  std::uint64_t left_ = 0;
  harness::Histogram* waited_ = nullptr;
  Fault fault_;
};

}  // namespace loopmark::bench
