// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reactors/services/address.h"
#include "reactors/services/producer.h"

namespace loopmark {

/// A connection as its protocol sees it: a stream of bytes each way, over TCP, a UNIX socket, or any other that is
/// connected (Twisted's ITransport and ITCPTransport). It is a consumer of what is to be sent, and a push producer of what
/// arrives. No function blocks, and none calls the protocol; after the end all of them do nothing. Reactor thread.
class Transport : public Consumer, public PushProducer {
 public:
  /// Sends `data` behind what was written before: at once what the kernel takes, the rest when it has room. The buffer has
  /// no limit, but a push producer is paused when it holds more than buffer_limit() (PROD-04). What is written after
  /// lose_connection() or lose_write_connection(), but before that has taken effect, is still sent (XP-LOSE-06, HALF-08).
  void write(std::string_view data) override = 0;

  /// As write() of each part.
  virtual void write_sequence(std::span<const std::string_view> parts) = 0;

  /// Closes when everything written is sent and the producer, where there is one, was unregistered. Nothing is received
  /// any more. Then connection_lost(ConnectionDone) is called, never inside the call.
  virtual void lose_connection() = 0;

  /// Closes now, and throws away what is not sent; the peer of a TCP connection sees a reset. Then
  /// connection_lost(ConnectionAborted) is called, never inside the call.
  virtual void abort_connection() = 0;

  /// Ends sending, when everything written is sent; receiving goes on. Then a half-close-aware protocol gets
  /// write_connection_lost().
  virtual void lose_write_connection() = 0;

  /// Stops reading, and goes on. Repeated calls are as one. A peer's close is noticed when reading goes on.
  void pause_producing() override = 0;
  void resume_producing() override = 0;
  /// As lose_connection().
  void stop_producing() override { lose_connection(); }

  /// Unregisters the producer and closes.
  void stop_consuming() {
    unregister_producer();
    lose_connection();
  }

  /// Bytes in the buffer above which a push producer is paused; 64 KiB unless set.
  virtual std::size_t buffer_limit() const = 0;
  virtual void set_buffer_limit(std::size_t bytes) = 0;

  /// This end and the other one; kept after the end of the connection.
  virtual const Address& host() const = 0;
  virtual const Address& peer() const = 0;

  /// TCP_NODELAY and SO_KEEPALIVE (tcp(7), socket(7)). Throw std::system_error, where the socket has no such option.
  virtual bool tcp_no_delay() const = 0;
  virtual void set_tcp_no_delay(bool on) = 0;
  virtual bool tcp_keep_alive() const = 0;
  virtual void set_tcp_keep_alive(bool on) = 0;
};

}  // namespace loopmark
