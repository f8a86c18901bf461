// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "reactors/services/open_sockets.h"
#include "reactors/services/protocol.h"
#include "reactors/services/transport.h"

namespace loopmark {

/// A connected stream socket: the transport of TCP and UNIX connections, and of adopted ones.
///
/// Notes on the mechanism:
/// (a) write() sends at once when nothing is queued; the write set is joined only for what the kernel does not take.
/// (b) send(2) with MSG_NOSIGNAL: a dead peer is an error, not a signal.
/// (c) Only the reactor calls the protocol back. What a call from the application has found out, such as a dead peer, is
///     told by a delayed call of zero.
/// (d) A connection that is paused, or whose directions have both ended, is in no set of the reactor: OpenSockets owns it.
class StreamConnection final : public OpenSockets::Socket, public HalfCloseable, public Transport {
 public:
  using Ended = std::function<void(const Failure& reason)>;

  /// `fd` is connected, non-blocking, and its own. `role` stands in the log prefix ("Server", "Client").
  /// Throws std::system_error when it has no addresses any more.
  StreamConnection(OpenSockets& sockets, UniqueFd fd, std::string role);

  /// Serves `protocol`, not null: calls make_connection(), and reads from then on. `ended`, if not empty, is called once,
  /// after the protocol's connection_lost(). Throws nothing: what goes wrong ends the connection.
  void start(std::shared_ptr<Protocol> protocol, Ended ended);

  // Transport
  void write(std::string_view data) override;
  void write_sequence(std::span<const std::string_view> parts) override;
  void lose_connection() override;
  void abort_connection() override;
  void lose_write_connection() override;
  void pause_producing() override;
  void resume_producing() override;
  void register_producer(std::shared_ptr<Producer> producer) override;
  void unregister_producer() override;
  std::size_t buffer_limit() const override { return buffer_limit_; }
  void set_buffer_limit(std::size_t bytes) override { buffer_limit_ = bytes; }
  const Address& host() const override { return host_; }
  const Address& peer() const override { return peer_; }
  bool tcp_no_delay() const override;
  void set_tcp_no_delay(bool on) override;
  bool tcp_keep_alive() const override;
  void set_tcp_keep_alive(bool on) override;

  // Descriptor
  int fileno() const override { return fd_.get(); }
  Progress do_read() override;
  Progress do_write() override;
  void connection_lost(const Failure& reason) override;
  void read_connection_lost(const Failure& reason) override;
  void write_connection_lost(const Failure& reason) override { end(reason); }
  std::string log_prefix() const override;
  void abandon() override;

 private:
  enum class Closing { kNo, kWhenSent, kNow };

  bool is_open() const { return protocol_ != nullptr; }
  bool takes_writes() const { return is_open() && closing_ != Closing::kNow && !write_shut_; }
  std::string_view unsent() const { return std::string_view(queue_).substr(sent_); }
  void read_if_wanted();
  void flush();
  Failure send_queued();
  void want_write();
  void shut_write();
  void close_soon();
  void end_soon(Failure reason);
  void end(const Failure& reason);
  template <class Function>
  void guard(Function&& function);

  OpenSockets& sockets_;
  Reactor& reactor_;
  UniqueFd fd_;
  const std::string role_;
  const Address host_;
  const Address peer_;
  std::shared_ptr<Protocol> protocol_;  // until the end
  Ended ended_;

  std::string queue_;     // what is to be sent
  std::size_t sent_ = 0;  // of that
  std::size_t buffer_limit_ = 64 * 1024;

  std::shared_ptr<Producer> producer_;
  PushProducer* push_ = nullptr;  // the same, if it is one
  bool producer_paused_ = false;

  bool read_paused_ = false;
  bool read_ended_ = false;
  bool write_closing_ = false;
  bool write_shut_ = false;
  Closing closing_ = Closing::kNo;
  bool wants_write_ = false;  // is in the write set
  DelayedCallRef end_;        // when it is to be told, with this reason
  Failure end_reason_;
};

}  // namespace loopmark
