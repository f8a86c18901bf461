// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "reactors/base/time.h"

namespace loopmark::bench {

/// What a client sends, and gets back unchanged once it is served: 64 bytes, each of which depends on
/// its number.
struct Request {
  std::uint64_t number = 0;
  std::uint64_t work = 0;  // nanoseconds that the server is to spend on it
  std::array<std::uint64_t, 6> filling = {};

  friend bool operator==(const Request&, const Request&) = default;
};
static_assert(sizeof(Request) == 64);

inline Request make_request(std::uint64_t number, Duration work) {
  Request request{number, static_cast<std::uint64_t>(work.count())};
  for (std::uint64_t word = number; std::uint64_t & each : request.filling) {
    each = word = word * 6364136223846793005U + 1;
  }
  return request;
}

}  // namespace loopmark::bench
