// SPDX-License-Identifier: MIT
#pragma once

#include "reactors/services/stream_connection.h"

namespace loopmark {

/// Two pipes, one to read from and one to write to: a transport of bytes that is no socket.
///
/// Notes on the mechanism:
/// (a) Each end is a descriptor of its own for the reactor.
/// (b) Written is in do_write() alone: a write to a pipe without readers raises SIGPIPE, which the reactor keeps from the
///     process in its own passes. That nobody reads any more is noticed by the next write.
class PipeConnection final : public StreamConnection {
 public:
  /// Both are non-blocking, and its own.
  PipeConnection(OpenSockets& sockets, UniqueFd reading, UniqueFd writing)
      : StreamConnection(sockets, std::move(reading), "Pipes", UNIXAddress{}, UNIXAddress{}),
        writing_(*this, std::move(writing)) {}

 private:
  class WriteSide final : public Descriptor {
   public:
    WriteSide(PipeConnection& connection, UniqueFd fd)
        : connection_(connection), fd_(std::move(fd)) {}
    void close() { fd_.reset(); }

    int fileno() const override { return fd_.get(); }
    Progress do_read() override { return Progress::drained(); }
    Progress do_write() override { return connection_.do_write(); }
    void connection_lost(const Failure& reason) override { connection_.connection_lost(reason); }
    std::string log_prefix() const override { return connection_.log_prefix(); }

   private:
    PipeConnection& connection_;
    UniqueFd fd_;
  };

  std::size_t send_some(std::string_view data) override;
  ssize_t receive(char* to, std::size_t size) override;
  void shut() override { writing_.close(); }
  void close() override;
  /// The connection lives as long as its end is watched.
  std::shared_ptr<Descriptor> write_side() override { return {shared_from_this(), &writing_}; }
  bool sends_at_once() const override { return false; }

  WriteSide writing_;
};

}  // namespace loopmark
