// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "reactors/services/open_sockets.h"
#include "reactors/services/protocol.h"
#include "reactors/services/transport.h"

namespace loopmark {

/// A connected stream socket: the transport of TCP and UNIX connections, and of adopted ones. Kinds with a way of their own
/// derive from it.
///
/// Notes on the mechanism:
/// (a) write() sends at once when nothing is queued; the write set is joined only for what the kernel does not take.
/// (b) send(2) with MSG_NOSIGNAL: a dead peer is an error, not a signal.
/// (c) Only the reactor calls the protocol back. What a call from the application has found out, such as a dead peer, is
///     told by a delayed call of zero.
/// (d) A connection that is paused, or whose directions have both ended, is in no set of the reactor: OpenSockets owns it.
class StreamConnection : public OpenSockets::Socket, public HalfCloseable, public Transport {
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
  void reactor_stopped(const Failure& reason) override;
  void abandon() override;

 protected:
  /// As the one above, for what has no addresses of its own.
  StreamConnection(OpenSockets& sockets, UniqueFd fd, std::string role, Address host, Address peer);

  // What a kind of socket may do in its own way.

  /// Sends of `data` what the kernel takes, and answers how much; 0: it has no room. Throws ConnectionLost.
  virtual std::size_t send_some(std::string_view data);
  /// As recv(2).
  virtual ssize_t receive(char* to, std::size_t size);
  /// Ends the sending direction.
  virtual void shut();
  virtual void close() { fd_.reset(); }
  /// What is watched for writing.
  virtual std::shared_ptr<Descriptor> write_side() { return shared_from_this(); }
  /// Whether send_some() may be called outside do_write(), too.
  virtual bool sends_at_once() const { return true; }
  virtual bool has_unsent() const { return !unsent().empty(); }
  /// So full that a push producer is to be paused.
  virtual bool is_full() const { return unsent().size() > buffer_limit_; }

  Reactor& reactor() const { return reactor_; }
  Protocol* protocol() const { return protocol_.get(); }
  bool takes_writes() const;
  bool is_closing() const { return closing_ != Closing::kNo; }
  void want_write();
  void pause_if_full();

 private:
  enum class Closing { kNo, kWhenSent, kNow };

  bool is_open() const { return protocol_ != nullptr; }
  std::string_view unsent() const { return std::string_view(queue_).substr(sent_); }
  void read_if_wanted();
  void flush();
  Failure send_queued();
  void shut_write();
  bool ends_next() const;
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
  DelayedCallRef end_;        // tells of the end, for this reason
  Failure end_reason_;
};

}  // namespace loopmark
