// SPDX-License-Identifier: MIT
#include "conformance/fault_table.h"

#include <cstring>

namespace loopmark::conformance::faults {
namespace {

// In the order of Call.
constexpr const char* kNames[] = {"new",
                                  "read",
                                  "write",
                                  "recv",
                                  "recvfrom",
                                  "recvmsg",
                                  "send",
                                  "sendto",
                                  "sendmsg",
                                  "accept4",
                                  "socket",
                                  "bind",
                                  "listen",
                                  "connect",
                                  "getsockopt",
                                  "setsockopt",
                                  "getsockname",
                                  "getpeername",
                                  "fcntl",
                                  "open",
                                  "close",
                                  "chmod",
                                  "pipe2",
                                  "eventfd",
                                  "epoll_create1",
                                  "epoll_ctl",
                                  "epoll_wait",
                                  "epoll_pwait",
                                  "epoll_pwait2",
                                  "poll",
                                  "ppoll",
                                  "select",
                                  "pselect",
                                  "pidfd_open",
                                  "pidfd_send_signal",
                                  "kill",
                                  "posix_spawn",
                                  "posix_spawn_file_actions_adddup2",
                                  "posix_spawn_file_actions_addclose",
                                  "pthread_create"};
static_assert(std::size(kNames) == static_cast<std::size_t>(Call::kCount));

}  // namespace

const char* name_of(Call call) {
  return kNames[static_cast<std::size_t>(call)];
}

std::string name_of_error(int error) {
  if (error == kShort) return "short";
  if (error == kBadAlloc) return "bad_alloc";
  return ::strerrorname_np(error);
}

std::string text_of_error(int error) {
  return error == kBadAlloc ? "bad_alloc" : std::strerror(error);
}

std::optional<Call> call_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<Call>(i);
  }
  return std::nullopt;
}

std::optional<int> error_named(std::string_view name) {
  for (const int error : kErrors) {
    if (name_of_error(error) == name) return error;
  }
  return std::nullopt;
}

}  // namespace loopmark::conformance::faults
