// SPDX-License-Identifier: MIT
#include "reactors/services/network_errors.h"

#include <cerrno>

namespace loopmark {

Failure connect_failure(int number) {
  const std::error_code code(number, std::generic_category());
  switch (number) {
    case ECONNREFUSED:
      return Failure::of(ConnectionRefused(code, "connect"));
    case ETIMEDOUT:
      return Failure::of(TCPTimedOutError(code, "connect"));
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Failure::of(NoRouteError(code, "connect"));
    default:
      return Failure::of(ConnectError(code, "connect"));
  }
}

bool is_refusal(int number) {
  switch (number) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EPROTO:
    case EACCES:
      return true;
    default:
      return false;
  }
}

}  // namespace loopmark
