// SPDX-License-Identifier: MIT
//
// The calls that the worker can let fail (faults.h), and the errors with which they do: how they are named and read.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace loopmark::conformance::faults {

enum class Call : std::uint8_t {
  kNew,
  kNewElsewhere,
  kRead,
  kWrite,
  kRecv,
  kRecvfrom,
  kRecvmsg,
  kSend,
  kSendto,
  kSendmsg,
  kAccept4,
  kSocket,
  kBind,
  kListen,
  kConnect,
  kGetsockopt,
  kSetsockopt,
  kGetsockname,
  kGetpeername,
  kFcntl,
  kOpen,
  kClose,
  kChmod,
  kUnlink,
  kPipe2,
  kEventfd,
  kEpollCreate1,
  kEpollCtl,
  kEpollWait,
  kEpollPwait,
  kEpollPwait2,
  kPoll,
  kPpoll,
  kSelect,
  kPselect,
  kPidfdOpen,
  kPidfdSendSignal,
  kKill,
  kPosixSpawn,
  kSpawnAdddup2,
  kSpawnAddclose,
  kSpawnAddclosefrom,
  kSpawnAddchdir,
  kWaitid,
  kSigaction,
  kPthreadCreate,
  kGetaddrinfo,
  kCount
};

// Errors that are no errno.
inline constexpr int kNone = 0;
inline constexpr int kShort = -1;      // fewer bytes than asked for, though at least one
inline constexpr int kBadAlloc = -2;   // operator new throws std::bad_alloc
inline constexpr int kNameAgain = -3;  // those of getaddrinfo(3)
inline constexpr int kNameMemory = -4;

/// All errors there are.
inline constexpr int kErrors[] = {
    EINTR,        EAGAIN,     EMFILE,      ENFILE,     ENOMEM,       ENOBUFS,       ENOSPC,
    ENOSYS,       EPERM,      EACCES,      EADDRINUSE, ECONNABORTED, EADDRNOTAVAIL, EPIPE,
    ECONNREFUSED, ECONNRESET, ENETUNREACH, EPROTO,     EIO,          ETIMEDOUT,     ECHILD,
    EINVAL,       kShort,     kBadAlloc,   kNameAgain, kNameMemory};

/// Some of them.
class Errors {
 public:
  constexpr Errors() = default;
  constexpr Errors(std::initializer_list<int> errors) {  // implicit: a call's errors are a list
    for (const int error : errors) bits_ |= bit(error);
  }
  constexpr bool has(int error) const { return (bits_ & bit(error)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Errors without(int error) const {
    Errors rest = *this;
    rest.bits_ &= ~bit(error);
    return rest;
  }
  constexpr bool operator==(const Errors&) const = default;

 private:
  static constexpr std::uint32_t bit(int error) {
    std::uint32_t bit = 1;
    for (const int each : kErrors) {
      if (each == error) return bit;
      bit <<= 1;
    }
    return 0;
  }

  std::uint32_t bits_ = 0;
};
static_assert(std::size(kErrors) <= 32);

/// "epoll_wait"; of kNew: "new", in other threads than the case's "new_elsewhere".
const char* name_of(Call call);
/// "EINTR", "short", "bad_alloc", "EAI_AGAIN".
std::string name_of_error(int error);
/// What an error message says of it: "Interrupted system call".
std::string text_of_error(int error);

std::optional<Call> call_named(std::string_view name);
std::optional<int> error_named(std::string_view name);

/// The call number `number` of its name fails with `error`.
struct Fault {
  Call call;
  unsigned number;  // from 1
  int error;
};

/// Reads "recv:3:EINTR". Throws std::invalid_argument with what is wrong.
Fault parse(std::string_view text);

}  // namespace loopmark::conformance::faults
