// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/fault.h"
#include "bench/request.h"

namespace loopmark::bench {

/// A server of requests, one in each call: it reads it, does the work that it asks for, and sends it
/// back. Traffic of a carrier.
class RequestServer {
 public:
  /// Non-blocking streams, which stay the caller's.
  explicit RequestServer(const std::vector<int>& streams);

  /// It is done when so many are served.
  void start(std::uint64_t requests) { left_ = requests; }

  std::size_t size() const { return streams_.size(); }
  int descriptor(std::size_t i) const { return streams_[i].fd; }
  bool done() const { return left_ == 0 || fault_; }
  void readable(std::size_t i);

  /// Those of this slot that are not served.
  std::uint64_t left() const { return left_; }

  /// Throws WorkIsWrong.
  void verify() const;

 private:
  struct Stream {
    int fd;
    std::size_t held = 0;  // bytes of a request whose end has not come
    Request request = {};
  };

  std::vector<Stream> streams_;
  std::uint64_t left_ = 0;
  Fault fault_;
};

}  // namespace loopmark::bench
