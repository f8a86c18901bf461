// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "bench/page_buffer.h"

namespace loopmark::bench {

/// The bytes of an endless stream, the same for who sends it and who checks it. Their period is a
/// prime, so that a lost or doubled byte or message shows, unless its length is a multiple of 251;
/// that shows in the count.
class StreamPattern {
 public:
  /// `longest` is the longest piece that is asked for.
  explicit StreamPattern(std::size_t longest) : bytes_(kPeriod + longest) {
    for (std::size_t k = 0; k < bytes_.size(); ++k) {
      bytes_.data()[k] = static_cast<std::uint8_t>(k % kPeriod);
    }
  }

  std::size_t longest() const { return bytes_.size() - kPeriod; }

  /// The stream from `offset` on.
  const std::uint8_t* at(std::uint64_t offset) const { return bytes_.data() + offset % kPeriod; }

  bool matches(std::uint64_t offset, const std::uint8_t* bytes, std::size_t count) const {
    return std::memcmp(at(offset), bytes, count) == 0;
  }

 private:
  static constexpr std::size_t kPeriod = 251;
  PageBuffer bytes_;
};

}  // namespace loopmark::bench
