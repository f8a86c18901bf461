// SPDX-License-Identifier: MIT
#include "conformance/fault_table.h"

#include <netdb.h>

#include <charconv>
#include <cstring>
#include <stdexcept>

namespace loopmark::conformance::faults {
namespace {

// In the order of Call.
constexpr const char* kNames[] = {"new",
                                  "new_elsewhere",
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
                                  "unlink",
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
                                  "posix_spawn_file_actions_addclosefrom_np",
                                  "posix_spawn_file_actions_addchdir_np",
                                  "waitid",
                                  "sigaction",
                                  "pthread_create",
                                  "getaddrinfo"};
static_assert(std::size(kNames) == static_cast<std::size_t>(Call::kCount));

unsigned parse_number(std::string_view text) {
  unsigned number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size() || number == 0 || text.size() > 9)
    throw std::invalid_argument("'" + std::string(text) + "' is no number of a call");
  return number;
}

}  // namespace

const char* name_of(Call call) {
  return kNames[static_cast<std::size_t>(call)];
}

std::string name_of_error(int error) {
  switch (error) {
    case kShort:
      return "short";
    case kBadAlloc:
      return "bad_alloc";
    case kNameAgain:
      return "EAI_AGAIN";
    case kNameMemory:
      return "EAI_MEMORY";
    default:
      return ::strerrorname_np(error);
  }
}

std::string text_of_error(int error) {
  switch (error) {
    case kBadAlloc:
      return "bad_alloc";
    case kNameAgain:
      return ::gai_strerror(EAI_AGAIN);
    case kNameMemory:
      return ::gai_strerror(EAI_MEMORY);
    default:
      return std::strerror(error);
  }
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

Fault parse(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == text.npos ? first : text.find(':', first + 1);
  if (second == text.npos)
    throw std::invalid_argument("a fault is CALL:NUMBER:ERROR, such as recv:3:EINTR");
  const std::optional<Call> call = call_named(text.substr(0, first));
  if (!call)
    throw std::invalid_argument("'" + std::string(text.substr(0, first)) +
                                "' is no call that can fail");
  const std::optional<int> error = error_named(text.substr(second + 1));
  if (!error)
    throw std::invalid_argument("'" + std::string(text.substr(second + 1)) +
                                "' is no error of a call");
  return {*call, parse_number(text.substr(first + 1, second - first - 1)), *error};
}

}  // namespace loopmark::conformance::faults
