// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <utility>

namespace loopmark {

/// Owns a file descriptor and closes it once. Not retried on EINTR: on Linux the descriptor is gone even then
/// (close(2)), and a second close could hit a number that another thread has just been given.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace loopmark
