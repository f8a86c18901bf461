// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "reactors/services/datagram.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/open_sockets.h"

namespace loopmark {

/// A socket for datagrams, UDP or UNIX.
///
/// Notes on the mechanism:
/// (a) One readiness takes several datagrams, but a bounded number of bytes: a flood must not starve the rest.
/// (b) That a datagram was refused is an error of the socket (ICMP's answer, udp(7)), told by the next call, whatever that
///     is. On a connected port it is for the protocol, on any other it says nothing about anybody in particular.
class DatagramPort final : public OpenSockets::Socket,
                           public ListeningPort,
                           public DatagramTransport {
 public:
  /// `mode`: of a UNIX socket's file, which belongs to the port.
  DatagramPort(OpenSockets& sockets, Address where, std::shared_ptr<DatagramProtocol> protocol,
               std::size_t max_packet_size, std::optional<mode_t> mode = std::nullopt);
  /// Over a socket that is bound already, and the port's own (section ADOPT). It has no say over the socket's name.
  DatagramPort(OpenSockets& sockets, UniqueFd bound, std::shared_ptr<DatagramProtocol> protocol,
               std::size_t max_packet_size);
  ~DatagramPort() override;

  /// Whom it is connected with from the next start_listening() on, before start_protocol() is called.
  void set_peer(Address peer) { first_peer_ = std::move(peer); }

  // ListeningPort
  /// An adopted port can listen once: std::logic_error.
  void start_listening() override;
  Deferred stop_listening() override;
  const Address& host() const override { return host_; }

  // DatagramTransport
  void write(std::string_view data, const Address& to) override;
  void write_sequence(std::span<const std::string_view> parts, const Address& to) override;
  void write(std::string_view data) override;
  void write_sequence(std::span<const std::string_view> parts) override;
  void connect(const Address& peer) override;
  bool broadcast_allowed() const override;
  void set_broadcast_allowed(bool on) override;

  // Descriptor
  int fileno() const override { return fd_.get(); }
  Progress do_read() override;
  Progress do_write() override { return Progress::drained(); }
  void connection_lost(const Failure& reason) override;
  std::string log_prefix() const override { return protocol_->log_prefix(); }
  void abandon() override { later_ = refused_ = nullptr; }

 private:
  void open();
  ssize_t receive(SocketAddress& from);
  void send(std::span<const std::string_view> parts, const Address* to);
  SocketAddress checked(const Address& address) const;
  void refused();
  void remove_file();
  void close();
  void log(const std::string& what);
  template <class Function>
  void guard(Function&& function);

  OpenSockets& sockets_;
  Reactor& reactor_;
  const Address where_;
  Address host_;
  const std::shared_ptr<DatagramProtocol> protocol_;
  std::vector<char> buffer_;
  const std::optional<mode_t> mode_;
  const bool is_adopted_;
  UniqueFd adopted_;  // until it listens
  UniqueFd fd_;       // while it listens
  std::optional<Address> first_peer_;
  std::optional<Address> peer_;
  std::optional<Deferred> stopped_;  // from stop_listening() on
  DelayedCallRef later_;             // closes
  DelayedCallRef refused_;           // tells that a datagram was refused
};

}  // namespace loopmark
