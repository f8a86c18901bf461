// SPDX-License-Identifier: MIT
//
// The calls about processes that the worker stands before; the notes are in kernel.cc.
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "conformance/kernel.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance::kernel {
namespace {

std::atomic<int> pidfd_error = 0;
std::atomic<int> pipe_error = 0;
std::atomic<int> pipes_until_error = 0;

}  // namespace

void fail_pidfds(int error) {
  pidfd_error = error;
}

void fail_pipe(int number, int error) {
  pipe_error = error;
  pipes_until_error = number;
}

}  // namespace loopmark::conformance::kernel

namespace kernel = loopmark::conformance::kernel;

LOOPMARK_STANDS_BEFORE int pidfd_open(pid_t pid, unsigned flags) noexcept {
  static auto* const real = kernel::next<int(pid_t, unsigned)>("pidfd_open");
  if (kernel::pidfd_error == 0) return real(pid, flags);
  errno = kernel::pidfd_error;
  return -1;
}

LOOPMARK_STANDS_BEFORE int pipe2(int ends[2], int flags) noexcept {
  static auto* const real = kernel::next<int(int*, int)>("pipe2");
  if (kernel::pipes_until_error == 0 || --kernel::pipes_until_error > 0) return real(ends, flags);
  errno = kernel::pipe_error;
  return -1;
}
