// SPDX-License-Identifier: MIT
#pragma once

#include <sys/select.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "bench/arm.h"
#include "bench/workload.h"
#include "reactors/base/check.h"

namespace loopmark::bench::bare {

/// The least that a loop over select(2) can be. It looks at the bits of a set a word at a time.
class Select {
 public:
  static constexpr std::string_view kName = kBareSelect;

  Select() { FD_ZERO(&watched_); }

  void watch(int fd, std::size_t i) {
    if (fd >= FD_SETSIZE) {
      throw Refused("cannot watch descriptor " + std::to_string(fd) + ": an fd_set ends at " +
                    std::to_string(FD_SETSIZE - 1));
    }
    FD_SET(fd, &watched_);
    index_[fd] = i;
    end_ = std::max(end_, fd + 1);
  }

  template <class OnReadable>
  void pass(OnReadable on_readable) {
    fd_set ready = watched_;
    int left = ::select(end_, &ready, nullptr, nullptr, nullptr);
    if (left < 0 && errno != EINTR) throw_errno("select");
    for (int first = 0; left > 0; first += NFDBITS) {
      auto bits = static_cast<unsigned long>(ready.fds_bits[first / NFDBITS]);
      for (; bits != 0; bits &= bits - 1, --left) {
        on_readable(index_[first + std::countr_zero(bits)]);
      }
    }
  }

 private:
  fd_set watched_;
  int end_ = 0;
  std::size_t index_[FD_SETSIZE];  // by file descriptor
};

}  // namespace loopmark::bench::bare
