// SPDX-License-Identifier: MIT
//
// The calls about sockets that the worker stands before; the notes are in kernel.cc. Not among them is shutdown(2), which
// fails for a peer that is gone, and only for that.
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>

#include "conformance/failing_send.h"
#include "conformance/faults.h"
#include "conformance/kernel.h"
#include "conformance/left_over.h"
#include "conformance/promises.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance {
namespace kernel {
namespace {

std::atomic<int> accept_error = 0;
std::atomic<int> accept_failures = 0;  // that are still to come

}  // namespace

void fail_accepts(int error, int times) {
  accept_error = error;
  accept_failures = times;
}

}  // namespace kernel

namespace faults {
namespace {

using loopmark::conformance::kernel::next;

/// With kShort where there is more than one byte.
Errors with_short(Errors errors, std::size_t size) {
  return size > 1 ? errors : errors.without(kShort);
}

constexpr Errors kErrorsOfSend{EINTR, EAGAIN, ECONNRESET, EPIPE, ENOBUFS, ENOMEM, kShort};

/// Bytes of a stream that have come.
ssize_t noted(ssize_t count, const void* caller) {
  if (count > 0 && considers(caller)) promises::got(static_cast<std::size_t>(count));
  return count;
}

/// A socket was bound: perhaps to a file.
void note_file(const sockaddr* address, socklen_t length) {
  const auto* const path = reinterpret_cast<const sockaddr_un*>(address)->sun_path;
  const std::size_t begin = offsetof(sockaddr_un, sun_path);
  if (address->sa_family == AF_UNIX && length > begin && path[0] != '\0')
    note_path(std::string(path, ::strnlen(path, length - begin)));
}

/// A datagram's, and a UNIX socket's, is made or not at once; the other goes on when a signal comes.
Errors errors_of_connect(int fd, const sockaddr* to) {
  if (to->sa_family == AF_UNIX) return {EAGAIN, ECONNREFUSED, EACCES};
  int type = 0;
  socklen_t length = sizeof type;
  ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
  const Errors all{EINTR, EAGAIN, ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL};
  return type == SOCK_STREAM ? all : all.without(EINTR);
}

}  // namespace
}  // namespace faults
}  // namespace loopmark::conformance

namespace kernel = loopmark::conformance::kernel;
namespace faults = loopmark::conformance::faults;
namespace promises = loopmark::conformance::promises;
using loopmark::conformance::faults::Call;

LOOPMARK_STANDS_BEFORE ssize_t recv(int fd, void* to, std::size_t size, int flags) {
  static auto* const real = kernel::next<ssize_t(int, void*, std::size_t, int)>("recv");
  const void* const caller = __builtin_return_address(0);
  const faults::Errors errors{EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, faults::kShort};
  const int error = faults::strike(Call::kRecv, caller, faults::with_short(errors, size));
  if (error <= 0)
    return faults::noted(real(fd, to, error == faults::kShort ? 1 : size, flags), caller);
  errno = error;
  return -1;
}

LOOPMARK_STANDS_BEFORE ssize_t recvfrom(int fd, void* to, std::size_t size, int flags,
                                        sockaddr* from, socklen_t* length) {
  static auto* const real =
      kernel::next<ssize_t(int, void*, std::size_t, int, sockaddr*, socklen_t*)>("recvfrom");
  if (faults::fails(Call::kRecvfrom, __builtin_return_address(0),
                    {EINTR, EAGAIN, ECONNREFUSED, ENOMEM}))
    return -1;
  return real(fd, to, size, flags, from, length);
}

LOOPMARK_STANDS_BEFORE ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* const real = kernel::next<ssize_t(int, msghdr*, int)>("recvmsg");
  const std::size_t size = message->msg_iovlen == 1 ? message->msg_iov->iov_len : 0;
  const faults::Errors errors{EINTR, EAGAIN, ECONNRESET, ENOMEM, faults::kShort};
  const void* const caller = __builtin_return_address(0);
  const int error = faults::strike(Call::kRecvmsg, caller, faults::with_short(errors, size));
  if (error > 0) {
    errno = error;
    return -1;
  }
  if (error == faults::kShort) message->msg_iov->iov_len = 1;
  const ssize_t count = faults::noted(real(fd, message, flags), caller);
  if (error == faults::kShort) message->msg_iov->iov_len = size;
  return count;
}

LOOPMARK_STANDS_BEFORE ssize_t send(int fd, const void* from, std::size_t size, int flags) {
  static auto* const real = kernel::next<ssize_t(int, const void*, std::size_t, int)>("send");
  const void* const caller = __builtin_return_address(0);
  if (!faults::considers(caller)) return real(fd, from, size, flags);
  promises::sends(fd, from, size);
  const int error =
      faults::strike(Call::kSend, caller, faults::with_short(faults::kErrorsOfSend, size));
  if (error == faults::kNone) return real(fd, from, size, flags);
  return faults::fail_to_send(fd, from, size, error,
                              [&](std::size_t some) { return real(fd, from, some, flags); });
}

LOOPMARK_STANDS_BEFORE ssize_t sendto(int fd, const void* from, std::size_t size, int flags,
                                      const sockaddr* to, socklen_t length) {
  static auto* const real =
      kernel::next<ssize_t(int, const void*, std::size_t, int, const sockaddr*, socklen_t)>(
          "sendto");
  if (faults::fails(Call::kSendto, __builtin_return_address(0),
                    {EINTR, EAGAIN, ENOBUFS, ENOMEM, EPERM, ECONNREFUSED}))
    return -1;
  return real(fd, from, size, flags, to, length);
}

LOOPMARK_STANDS_BEFORE ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const real = kernel::next<ssize_t(int, const msghdr*, int)>("sendmsg");
  const void* const caller = __builtin_return_address(0);
  if (!faults::considers(caller) || message->msg_iovlen != 1) return real(fd, message, flags);
  const auto [from, size] = *message->msg_iov;
  promises::sends(fd, from, size);
  const int error =
      faults::strike(Call::kSendmsg, caller, faults::with_short(faults::kErrorsOfSend, size));
  if (error == faults::kNone) return real(fd, message, flags);
  return faults::fail_to_send(fd, from, size, error, [&, from = from](std::size_t some) {
    iovec part{from, some};
    msghdr shorter = *message;
    shorter.msg_iov = &part;
    return real(fd, &shorter, flags);
  });
}

LOOPMARK_STANDS_BEFORE int accept4(int fd, sockaddr* peer, socklen_t* length, int flags) {
  static auto* const real = kernel::next<int(int, sockaddr*, socklen_t*, int)>("accept4");
  if (kernel::accept_failures > 0 && kernel::accept_failures-- > 0) {
    errno = kernel::accept_error;
    return -1;
  }
  if (faults::fails(Call::kAccept4, __builtin_return_address(0),
                    {EINTR, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EPERM, EPROTO}))
    return -1;
  return real(fd, peer, length, flags);
}

LOOPMARK_STANDS_BEFORE int socket(int family, int type, int protocol) noexcept {
  static auto* const real = kernel::next<int(int, int, int)>("socket");
  if (faults::fails(Call::kSocket, __builtin_return_address(0),
                    {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES}))
    return -1;
  return real(family, type, protocol);
}

LOOPMARK_STANDS_BEFORE int bind(int fd, const sockaddr* address, socklen_t length) noexcept {
  static auto* const real = kernel::next<int(int, const sockaddr*, socklen_t)>("bind");
  const void* const caller = __builtin_return_address(0);
  if (faults::fails(Call::kBind, caller, {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM})) return -1;
  const int result = real(fd, address, length);
  if (result == 0 && faults::considers(caller)) faults::note_file(address, length);
  return result;
}

LOOPMARK_STANDS_BEFORE int listen(int fd, int backlog) noexcept {
  static auto* const real = kernel::next<int(int, int)>("listen");
  if (faults::fails(Call::kListen, __builtin_return_address(0), {EADDRINUSE})) return -1;
  return real(fd, backlog);
}

/// Interrupted, it goes on all the same (connect(2)).
LOOPMARK_STANDS_BEFORE int connect(int fd, const sockaddr* to, socklen_t length) {
  static auto* const real = kernel::next<int(int, const sockaddr*, socklen_t)>("connect");
  const void* const caller = __builtin_return_address(0);
  if (!faults::considers(caller)) return real(fd, to, length);
  const int error = faults::strike(Call::kConnect, caller, faults::errors_of_connect(fd, to));
  if (error == faults::kNone) return real(fd, to, length);
  if (error == EINTR) real(fd, to, length);
  errno = error;
  return -1;
}

LOOPMARK_STANDS_BEFORE int getsockopt(int fd, int level, int name, void* value,
                                      socklen_t* length) noexcept {
  static auto* const real = kernel::next<int(int, int, int, void*, socklen_t*)>("getsockopt");
  if (faults::fails(Call::kGetsockopt, __builtin_return_address(0), {ENOBUFS})) return -1;
  return real(fd, level, name, value, length);
}

LOOPMARK_STANDS_BEFORE int setsockopt(int fd, int level, int name, const void* value,
                                      socklen_t length) noexcept {
  static auto* const real = kernel::next<int(int, int, int, const void*, socklen_t)>("setsockopt");
  if (faults::fails(Call::kSetsockopt, __builtin_return_address(0), {ENOBUFS, ENOMEM})) return -1;
  return real(fd, level, name, value, length);
}

LOOPMARK_STANDS_BEFORE int getsockname(int fd, sockaddr* address, socklen_t* length) noexcept {
  static auto* const real = kernel::next<int(int, sockaddr*, socklen_t*)>("getsockname");
  if (faults::fails(Call::kGetsockname, __builtin_return_address(0), {ENOBUFS})) return -1;
  return real(fd, address, length);
}

LOOPMARK_STANDS_BEFORE int getpeername(int fd, sockaddr* address, socklen_t* length) noexcept {
  static auto* const real = kernel::next<int(int, sockaddr*, socklen_t*)>("getpeername");
  if (faults::fails(Call::kGetpeername, __builtin_return_address(0), {ENOBUFS})) return -1;
  return real(fd, address, length);
}
