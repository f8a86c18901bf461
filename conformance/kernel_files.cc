// SPDX-License-Identifier: MIT
//
// The calls about files, pipes and events that the worker stands before; the notes are in kernel.cc.
//
// Errors that could not be met are not made: an eventfd that is full, or a pipe that has no room for one byte, is readable,
// and who writes there to wake may rely on that.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <functional>
#include <utility>

#include "conformance/failing_send.h"
#include "conformance/faults.h"
#include "conformance/kernel.h"
#include "conformance/left_over.h"
#include "conformance/promises.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance {
namespace kernel {
namespace {

struct InterruptedClose {
  std::atomic<int> fd{-1};
  std::function<void()> then;
};
InterruptedClose& interrupted_close() {
  static InterruptedClose the_close;
  return the_close;
}

}  // namespace

void interrupt_close(int fd, std::function<void()> then) {
  interrupted_close().then = std::move(then);
  interrupted_close().fd = fd;
}

}  // namespace kernel

namespace faults {
namespace {

// Who asks for less does not read a stream for a protocol: bytes that wake are read so.
constexpr std::size_t kLeastOfStream = 4096;

enum class Kind { kOther, kEvent, kPipe, kSocket };

Kind kind_of(int fd) {
  const int error = errno;
  struct stat file {};
  const int result = ::fstat(fd, &file);
  errno = error;
  if (result != 0) return Kind::kOther;
  if (S_ISSOCK(file.st_mode)) return Kind::kSocket;
  if (S_ISFIFO(file.st_mode)) return Kind::kPipe;
  return (file.st_mode & S_IFMT) == 0 ? Kind::kEvent : Kind::kOther;  // an anonymous inode's
}

Errors errors_of_read(int fd, std::size_t size) {
  const Errors all{EINTR, EAGAIN, ECONNRESET, kShort};
  const Errors whole = size > 1 ? all : all.without(kShort);
  switch (kind_of(fd)) {
    case Kind::kSocket:
      return whole;
    case Kind::kPipe:
      return whole.without(ECONNRESET);
    case Kind::kEvent:
      return {EINTR, EAGAIN};
    default:
      return {};
  }
}

Errors errors_of_write(int fd, std::size_t size) {
  const Kind kind = kind_of(fd);
  if (kind == Kind::kOther) return {};
  if (kind == Kind::kEvent || (kind == Kind::kPipe && size == 1)) return {EINTR};
  const Errors all{EINTR, EAGAIN, EPIPE, kShort};
  return size > 1 ? all : all.without(kShort);
}

}  // namespace
}  // namespace faults
}  // namespace loopmark::conformance

namespace kernel = loopmark::conformance::kernel;
namespace faults = loopmark::conformance::faults;
namespace promises = loopmark::conformance::promises;
using loopmark::conformance::faults::Call;

LOOPMARK_STANDS_BEFORE ssize_t read(int fd, void* to, std::size_t size) {
  static auto* const real = kernel::next<ssize_t(int, void*, std::size_t)>("read");
  const void* const caller = __builtin_return_address(0);
  if (!faults::considers(caller)) return real(fd, to, size);
  const int error = faults::strike(Call::kRead, caller, faults::errors_of_read(fd, size));
  if (error <= 0) {
    const ssize_t count = real(fd, to, error == faults::kShort ? 1 : size);
    if (count > 0 && size >= faults::kLeastOfStream) promises::got(static_cast<std::size_t>(count));
    return count;
  }
  errno = error;
  return -1;
}

LOOPMARK_STANDS_BEFORE ssize_t write(int fd, const void* from, std::size_t size) {
  static auto* const real = kernel::next<ssize_t(int, const void*, std::size_t)>("write");
  const void* const caller = __builtin_return_address(0);
  if (!faults::considers(caller)) return real(fd, from, size);
  promises::sends(fd, from, size);
  const int error = faults::strike(Call::kWrite, caller, faults::errors_of_write(fd, size));
  if (error == faults::kNone) return real(fd, from, size);
  return faults::fail_to_send(fd, from, size, error,
                              [&](std::size_t some) { return real(fd, from, some); });
}

LOOPMARK_STANDS_BEFORE int open(const char* path, int flags, ...) {
  static auto* const real = kernel::next<int(const char*, int, ...)>("open");
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (faults::fails(Call::kOpen, __builtin_return_address(0), {EINTR, EMFILE, ENFILE, ENOMEM}))
    return -1;
  return real(path, flags, mode);
}

/// What fails has closed all the same (close(2)).
LOOPMARK_STANDS_BEFORE int close(int fd) {
  static auto* const real = kernel::next<int(int)>("close");
  promises::closes(fd);
  const int result = real(fd);
  int wanted = fd;
  if (fd >= 0 && kernel::interrupted_close().fd.compare_exchange_strong(wanted, -1)) {
    kernel::interrupted_close().then();
    errno = EINTR;
    return -1;
  }
  const int error = errno;
  if (faults::fails(Call::kClose, __builtin_return_address(0), {EINTR, EIO})) return -1;
  errno = error;
  return result;
}

LOOPMARK_STANDS_BEFORE int fcntl(int fd, int command, ...) {
  static auto* const real = kernel::next<int(int, int, ...)>("fcntl");
  std::va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  const bool makes = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
  const faults::Errors errors = makes ? faults::Errors{EMFILE} : faults::Errors{};
  if (faults::fails(Call::kFcntl, __builtin_return_address(0), errors)) return -1;
  return real(fd, command, argument);
}

LOOPMARK_STANDS_BEFORE int chmod(const char* path, mode_t mode) noexcept {
  static auto* const real = kernel::next<int(const char*, mode_t)>("chmod");
  if (faults::fails(Call::kChmod, __builtin_return_address(0), {EIO, EPERM})) return -1;
  return real(path, mode);
}

/// What was tried to remove is nothing that was forgotten.
LOOPMARK_STANDS_BEFORE int unlink(const char* path) noexcept {
  static auto* const real = kernel::next<int(const char*)>("unlink");
  const void* const caller = __builtin_return_address(0);
  if (faults::considers(caller)) faults::forget_path(path);
  if (faults::fails(Call::kUnlink, caller, {EIO, EACCES})) return -1;
  return real(path);
}

LOOPMARK_STANDS_BEFORE int eventfd(unsigned value, int flags) noexcept {
  static auto* const real = kernel::next<int(unsigned, int)>("eventfd");
  if (faults::fails(Call::kEventfd, __builtin_return_address(0), {EMFILE, ENFILE, ENOMEM}))
    return -1;
  return real(value, flags);
}

LOOPMARK_STANDS_BEFORE int epoll_create1(int flags) noexcept {
  static auto* const real = kernel::next<int(int)>("epoll_create1");
  if (faults::fails(Call::kEpollCreate1, __builtin_return_address(0), {EMFILE, ENFILE, ENOMEM}))
    return -1;
  return real(flags);
}

LOOPMARK_STANDS_BEFORE int epoll_ctl(int epoll, int operation, int fd,
                                     epoll_event* event) noexcept {
  static auto* const real = kernel::next<int(int, int, int, epoll_event*)>("epoll_ctl");
  faults::Errors errors;
  if (operation == EPOLL_CTL_ADD) errors = {ENOMEM, ENOSPC};
  if (operation == EPOLL_CTL_MOD) errors = {ENOMEM};
  if (faults::fails(Call::kEpollCtl, __builtin_return_address(0), errors)) return -1;
  return real(epoll, operation, fd, event);
}
