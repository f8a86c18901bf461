// SPDX-License-Identifier: MIT
//
// A transport without a socket, for testing a protocol (Twisted's StringTransport):
//
//   const auto wire = std::make_shared<StringTransport>();
//   wire->serve(protocol);
//   wire->deliver("HELO\r\n");
//   EXPECT_EQ(wire->value(), "250 hello\r\n");
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "reactors/errors.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/protocol.h"

namespace loopmark {

/// Keeps what is written, and delivers what the test says. Nothing happens by itself: lose_connection() only notes the wish,
/// until end() is called.
class StringTransport : public Transport, public std::enable_shared_from_this<StringTransport> {
 public:
  enum class Wish { kNone, kLose, kAbort };

  explicit StringTransport(Address host = IPv4Address{"10.0.0.1", 12345},
                           Address peer = IPv4Address{"192.168.1.1", 54321})
      : host_(std::move(host)), peer_(std::move(peer)) {}

  // The test's side.

  /// Gives `protocol` this transport: connection_made() is called, and what that throws ends it. Owned by a shared pointer.
  void serve(std::shared_ptr<Protocol> protocol) {
    protocol_ = std::move(protocol);
    try {
      protocol_->make_connection(shared_from_this());
    } catch (...) {
      protocol_ = nullptr;  // which owns this
      throw;
    }
  }
  /// The peer sends `data`. While reading is paused, and once the protocol wants to close, nothing arrives: std::logic_error.
  void deliver(std::string_view data) {
    if (!protocol_ || wish_ != Wish::kNone || reading_paused_)
      throw std::logic_error("nobody reads from this transport now");
    protocol_->data_received(data);
  }
  /// The connection ends. Without a reason: for that of the protocol's own wish, else the peer has closed.
  void end() {
    end(wish_ == Wish::kAbort ? Failure::of(ConnectionAborted()) : Failure::of(ConnectionDone()));
  }
  void end(const Failure& reason) {
    if (const auto producer = std::exchange(producer_, nullptr)) producer->stop_producing();
    if (const auto protocol = std::exchange(protocol_, nullptr)) protocol->connection_lost(reason);
  }

  /// All that was written since the last clear().
  const std::string& value() const { return value_; }
  void clear() { value_.clear(); }
  Wish wish() const { return wish_; }
  bool write_is_lost() const { return write_lost_; }
  bool reading_is_paused() const { return reading_paused_; }
  const std::shared_ptr<Producer>& producer() const { return producer_; }

  // Transport

  void write(std::string_view data) override {
    if (protocol_ && wish_ != Wish::kAbort && !write_lost_) value_ += data;
  }
  void write_sequence(std::span<const std::string_view> parts) override {
    for (const std::string_view part : parts) write(part);
  }
  void lose_connection() override {
    if (wish_ == Wish::kNone) wish_ = Wish::kLose;
  }
  void abort_connection() override { wish_ = Wish::kAbort; }
  void lose_write_connection() override { write_lost_ = true; }
  void pause_producing() override { reading_paused_ = true; }
  void resume_producing() override { reading_paused_ = false; }
  void register_producer(std::shared_ptr<Producer> producer) override {
    if (producer_) throw ProducerAlreadyRegistered();
    if (!protocol_) return producer->stop_producing();
    producer_ = std::move(producer);
  }
  void unregister_producer() override { producer_ = nullptr; }
  std::size_t buffer_limit() const override { return buffer_limit_; }
  void set_buffer_limit(std::size_t bytes) override { buffer_limit_ = bytes; }
  const Address& host() const override { return host_; }
  const Address& peer() const override { return peer_; }
  bool tcp_no_delay() const override { return no_delay_; }
  void set_tcp_no_delay(bool on) override { no_delay_ = on; }
  bool tcp_keep_alive() const override { return keep_alive_; }
  void set_tcp_keep_alive(bool on) override { keep_alive_ = on; }

 private:
  const Address host_;
  const Address peer_;
  std::shared_ptr<Protocol> protocol_;  // until the end
  std::shared_ptr<Producer> producer_;
  std::string value_;
  Wish wish_ = Wish::kNone;
  bool write_lost_ = false;
  bool reading_paused_ = false;
  std::size_t buffer_limit_ = std::size_t{64} * 1024;
  bool no_delay_ = false;
  bool keep_alive_ = false;
};

}  // namespace loopmark
