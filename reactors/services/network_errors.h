// SPDX-License-Identifier: MIT
//
// What can go wrong with connections, ports and datagrams. The reasons that end a connection which stood are in
// reactors/errors.h.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

#include "reactors/base/failure.h"

namespace loopmark {

// Thrown by the call that is wrong.

/// A port cannot be bound: the interface, the port, and what the system said (TCPL-04).
struct CannotListenError : std::system_error {
  CannotListenError(const std::string& where, int number)
      : system_error(number, std::generic_category(), "cannot listen on " + where) {}
};
/// stop_connecting() when no attempt is under way (TCPC-08).
struct NotConnectingError : std::logic_error {
  NotConnectingError() : logic_error("no attempt to connect is under way") {}
};
/// connect() of a connector that is not disconnected (TCPC-09), or of a port that has a peer (UDP-08).
struct AlreadyConnectedError : std::logic_error {
  using logic_error::logic_error;
};
/// An address that is no literal, or none of the family that is needed (UDP-07).
struct InvalidAddressError : std::invalid_argument {
  using invalid_argument::invalid_argument;
};
/// A datagram that no packet can hold (UDP-06).
struct MessageLengthError : std::length_error {
  using length_error::length_error;
};
/// A socket of a family that is not known (ADOPT-03).
struct UnsupportedAddressFamily : std::invalid_argument {
  using invalid_argument::invalid_argument;
};
/// A second producer for one transport (PROD-01).
struct ProducerAlreadyRegistered : std::logic_error {
  ProducerAlreadyRegistered() : logic_error("a producer is registered already") {}
};

// Reasons handed to client_connection_failed; catch by base (ERR-09).

/// An attempt to connect failed.
struct ConnectError : std::system_error {
  using system_error::system_error;
};
struct ConnectionRefused : ConnectError {
  using ConnectError::ConnectError;
};
/// The system gave up: ETIMEDOUT.
struct TCPTimedOutError : ConnectError {
  using ConnectError::ConnectError;
};
struct NoRouteError : ConnectError {
  using ConnectError::ConnectError;
};
/// The address to connect from cannot be bound (TCPC-17).
struct ConnectBindError : ConnectError {
  using ConnectError::ConnectError;
};
/// The host's name cannot be resolved (CORE-RES-03).
struct DNSLookupError : ConnectError {
  explicit DNSLookupError(const std::string& what)
      : ConnectError(std::make_error_code(std::errc::address_not_available), what) {}
};
/// The application gave up.
struct UserError : ConnectError {
  explicit UserError(const std::string& what = "the attempt was given up")
      : ConnectError(std::make_error_code(std::errc::operation_canceled), what) {}
};
/// The time that the application gave is over.
struct TimeoutError : UserError {
  TimeoutError() : UserError("the time to connect in is over") {}
};

/// The reason for the errno `number` of connect(2) (TCPC-05).
Failure connect_failure(int number);

/// Whether the errno `number` says that a datagram did not arrive (UDP-09): what the kernel makes of ICMP's answers
/// (icmp_err_convert() and icmpv6_err_convert()), and what a UNIX socket is told when its peer is gone or has turned away.
bool is_refusal(int number);

}  // namespace loopmark
