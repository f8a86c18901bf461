// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reactors/services/datagram.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/open_sockets.h"

namespace loopmark {

/// A socket for datagrams, UDP or UNIX.
///
/// Notes on the mechanism:
/// (a) One readiness takes several datagrams, but a bounded number of bytes: a flood must not starve the rest.
/// (b) That a datagram was not delivered is an error of the socket (udp(7)): the next call has it, whatever that is, and so
///     has a wait. One that sends has sent nothing then, and must be repeated. The kernel keeps such errors for connected
///     sockets. On others they say nothing about anybody in particular.
/// (c) A UNIX socket whose peer was closed is told so by its next write, and is connected with nobody from then on (unix(7)).
///     There may be another one at the same path by now, such as a log that was restarted: it is looked for at each write.
///     What came from the old one and was not received yet is dropped by the kernel then.
/// (d) The file of a UNIX socket is made by bind(2) and removed by nobody but us.
class DatagramPort final : public OpenSockets::Socket,
                           public ListeningPort,
                           public DatagramTransport {
 public:
  /// `where`: UNIXAddress{} for a UNIX socket without a name. `mode`: of a UNIX socket's file. Throws std::invalid_argument
  /// when there is no protocol or `max_packet_size` is 0.
  DatagramPort(OpenSockets& sockets, Address where, std::shared_ptr<DatagramProtocol> protocol,
               std::size_t max_packet_size, std::optional<mode_t> mode = std::nullopt);
  /// Over a socket that is bound already, and perhaps connected, and the port's own (section ADOPT). Its file, where it has
  /// one, is not. It can listen once: std::logic_error.
  DatagramPort(OpenSockets& sockets, UniqueFd bound, std::shared_ptr<DatagramProtocol> protocol,
               std::size_t max_packet_size);
  ~DatagramPort() override;

  /// Whom it is connected with whenever it listens, before start_protocol() is called.
  void connect_at_start(Address peer) { first_peer_ = std::move(peer); }

  // ListeningPort. start_listening() throws, too, what connect() and start_protocol() do, and leaves no trace then.
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
  void abandon() override;

 private:
  const std::string* file() const;
  void open();
  SocketAddress checked(const Address& address) const;
  void send(std::string_view data, const SocketAddress* to);
  int try_to_send(std::string_view data, const SocketAddress* to);
  void look_for_peer();
  void tell_refusal();
  Failure remove_file();
  std::optional<Deferred> release();
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
  std::optional<Address> first_peer_;
  bool is_adopted_ = false;
  UniqueFd adopted_;  // until it listens

  UniqueFd fd_;                      // while it listens
  std::optional<Address> peer_;      // of a connected one
  std::optional<Deferred> stopped_;  // from stop_listening() on
  DelayedCallRef closing_;           // closes then
  DelayedCallRef refusal_;           // tells of one that a write has met
};

}  // namespace loopmark
