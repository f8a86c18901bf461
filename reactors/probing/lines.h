// SPDX-License-Identifier: MIT
//
// Descriptors for probes.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::profile {

/// A pipe, or two connected sockets; neither end blocks.
struct Line {
  UniqueFd near;  // that is watched
  UniqueFd far;

  /// Sends a byte from the far end to the near one.
  void put() const { check_call(static_cast<int>(::write(far.get(), "x", 1)), "write"); }
  /// Takes a byte, if there is one.
  void take() const {
    char byte;
    [[maybe_unused]] const ssize_t count = ::read(near.get(), &byte, 1);
  }
  /// Writes into the far end until it takes no more.
  void fill() const {
    const std::array<char, 4096> page{};
    while (::write(far.get(), page.data(), page.size()) > 0) {
    }
  }
};

/// A new pipe.
inline Line make_pipe() {
  int ends[2];
  check_call(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A new pair of UNIX stream sockets.
inline Line make_socket_pair() {
  int ends[2];
  check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
             "socketpair");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Three pipes, by number.
inline std::array<Line, 3> make_three_pipes() {
  std::array<Line, 3> lines{make_pipe(), make_pipe(), make_pipe()};
  std::sort(lines.begin(), lines.end(),
            [](const Line& a, const Line& b) { return a.near.get() < b.near.get(); });
  return lines;
}

/// A file that is regular.
inline UniqueFd open_regular_file() {
  return UniqueFd(check_call(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC), "open"));
}

/// A number that is not open, and will be the next to be given away.
inline int closed_number() {
  return make_pipe().near.get();
}

/// Gives the near end of `line` the number 1500. False where no such number may be had.
inline bool renumber_to_1500(Line& line) {
  rlimit limit{};
  check_call(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check_call(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  if (::dup2(line.near.get(), 1500) < 0) return false;
  line.near.reset(1500);
  return true;
}

/// Puts the file of `line`'s near end under the number `fd`, which is closed by that.
inline void replace(const UniqueFd& fd, const Line& line) {
  check_call(::dup2(line.near.get(), fd.get()), "dup2");
}

}  // namespace loopmark::profile
