// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reactors/base/deferred.h"
#include "reactors/services/address.h"

namespace loopmark {

/// A port for datagrams as its protocol sees it, UDP or UNIX (Twisted's IUDPTransport). Every write is one datagram, handed to
/// the kernel at once. Nothing is queued: one for which the kernel has no room is dropped, as any datagram may be. No function
/// blocks, and none calls the protocol. Reactor thread.
class DatagramTransport {
 public:
  virtual ~DatagramTransport() = default;

  /// Sends `data` to `to`, which on a connected port must be its peer. Throws InvalidAddressError when `to` is no address of
  /// the port's family (a name is none), MessageLengthError when no datagram can be that long, std::system_error else.
  virtual void write(std::string_view data, const Address& to) = 0;
  /// As one datagram.
  virtual void write_sequence(std::span<const std::string_view> parts, const Address& to) = 0;

  /// The same to the peer of a connected port. Throw std::logic_error when there is none.
  virtual void write(std::string_view data) = 0;
  virtual void write_sequence(std::span<const std::string_view> parts) = 0;

  /// Fixes the peer: nothing from others is received, and the protocol hears of datagrams that are refused. Throws
  /// AlreadyConnectedError the second time, else as write().
  virtual void connect(const Address& peer) = 0;

  /// Closes in the next pass. Then stop_protocol() is called, and the Deferred is completed.
  virtual Deferred stop_listening() = 0;

  /// Where it is bound; port 0 has become the one that the system chose.
  virtual const Address& host() const = 0;

  /// SO_BROADCAST (socket(7)), off at first. Throw std::system_error.
  virtual bool broadcast_allowed() const = 0;
  virtual void set_broadcast_allowed(bool on) = 0;
};

/// What an application does with the datagrams of one port (Twisted's DatagramProtocol). The calls come on the reactor's
/// thread. An exception is reported, and costs that datagram only.
class DatagramProtocol {
 public:
  virtual ~DatagramProtocol() = default;

  /// The port is bound. Called inside listen_udp(), and again whenever the port listens again.
  virtual void start_protocol() {}

  /// A datagram, which may be empty. A longer one than the port's largest packet is cut off there (recv(2)).
  virtual void datagram_received(std::string_view data, const Address& from) = 0;

  /// Nobody listens at the peer of a connected port: a datagram was refused.
  virtual void connection_refused() {}

  /// The port is closed; the transport is gone. Nothing is called after this, unless the port listens again.
  virtual void stop_protocol() {}

  virtual std::string log_prefix() const { return "DatagramProtocol"; }

  /// Called by the port, which owns itself what it passes.
  void do_start(DatagramTransport& transport) {
    transport_ = &transport;
    start_protocol();
  }
  void do_stop() {
    transport_ = nullptr;
    stop_protocol();
  }

 protected:
  /// Null but between start_protocol() and stop_protocol() (UDP-14).
  DatagramTransport* transport() const { return transport_; }

 private:
  DatagramTransport* transport_ = nullptr;
};

}  // namespace loopmark
