// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "reactors/base/deferred.h"
#include "reactors/services/address.h"

namespace loopmark {

/// A port for datagrams as its protocol sees it, UDP or UNIX (Twisted's IUDPTransport). Every write is one datagram, handed to
/// the kernel at once. Nothing is queued: one for which the kernel has no room is dropped, as any datagram may be on its way.
/// No function blocks, and none calls the protocol; when the port is closed all of them do nothing. Reactor thread.
class DatagramTransport {
 public:
  virtual ~DatagramTransport() = default;

  /// Sends `data`, which may be empty, to `to`; on a connected port that must be its peer. Throws InvalidAddressError when `to`
  /// is no literal of the port's family, MessageLengthError when no datagram can be that long, and std::system_error for all
  /// else that keeps it from being sent, such as a route that is missing.
  virtual void write(std::string_view data, const Address& to) = 0;
  /// The same as one datagram.
  virtual void write_sequence(std::span<const std::string_view> parts, const Address& to) = 0;

  /// The same to the peer of a connected port; std::logic_error when there is none. That the peer cannot be reached is
  /// not thrown here: connection_refused() tells it.
  virtual void write(std::string_view data) = 0;
  virtual void write_sequence(std::span<const std::string_view> parts) = 0;

  /// Fixes the peer until the port is closed: the kernel takes in nothing from others any more, and the protocol hears of
  /// datagrams that are refused. Throws AlreadyConnectedError when there is a peer, else as write().
  virtual void connect(const Address& peer) = 0;

  /// Receives nothing more, and closes in the next pass. Then stop_protocol() is called and the Deferred completed, never
  /// inside the call.
  virtual Deferred stop_listening() = 0;

  /// Where it is bound; port 0 has become the one that the system chose.
  virtual const Address& host() const = 0;

  /// Permission to send to broadcast addresses, SO_BROADCAST (socket(7)); off at first. Throw std::system_error.
  virtual bool broadcast_allowed() const = 0;
  virtual void set_broadcast_allowed(bool on) = 0;
};

/// What an application does with the datagrams of one port (Twisted's DatagramProtocol). The calls come on the reactor's
/// thread, between start_protocol() and stop_protocol(). An exception is reported and costs nothing else, but for one of
/// start_protocol().
class DatagramProtocol {
 public:
  virtual ~DatagramProtocol() = default;

  /// The port is bound, and the transport there. Called inside the call that listens, each time the port does. What it throws
  /// reaches the caller, and the port is closed then.
  virtual void start_protocol() {}

  /// One datagram; a longer one than the port's largest packet has been cut off there by the kernel (recv(2)).
  virtual void datagram_received(std::string_view data, const Address& from) = 0;

  /// A datagram to the peer of a connected port did not arrive, for nobody listens there or nothing leads there. The port
  /// goes on.
  virtual void connection_refused() {}

  /// The port is closed, and the transport gone. Nothing is called after this, unless the port listens again.
  virtual void stop_protocol() {}

  /// Opens each line that is reported about the port.
  virtual std::string log_prefix() const { return "DatagramProtocol"; }

  // Called by the port.

  /// Throws std::logic_error for a protocol that another port uses, and what start_protocol() throws; there is no transport
  /// then.
  void do_start(std::shared_ptr<DatagramTransport> transport) {
    if (transport_) throw std::logic_error("a protocol for datagrams serves one port at a time");
    transport_ = std::move(transport);
    try {
      start_protocol();
    } catch (...) {
      drop_transport();
      throw;
    }
  }
  void do_stop() {
    drop_transport();
    stop_protocol();
  }
  /// The port is gone without a stop.
  void drop_transport() { transport_ = nullptr; }

 protected:
  /// Null but between start_protocol() and stop_protocol() (UDP-14).
  const std::shared_ptr<DatagramTransport>& transport() const { return transport_; }

 private:
  std::shared_ptr<DatagramTransport> transport_;  // which owns the protocol, too
};

}  // namespace loopmark
