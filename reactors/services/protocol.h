// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "reactors/base/failure.h"
#include "reactors/base/unique_fd.h"
#include "reactors/services/transport.h"

namespace loopmark {

class Factory;

/// What an application does with one connection (Twisted's IProtocol). The calls come on the reactor's thread in this
/// order: make_connection(), which calls connection_made(); data_received(), any number of times; connection_lost(), once.
/// An exception from one of them is reported and ends the connection, with that exception as the reason.
class Protocol {
 public:
  virtual ~Protocol() = default;

  /// Called once, by what made the transport.
  void make_connection(std::shared_ptr<Transport> transport) {
    transport_ = std::move(transport);
    connection_made();
  }

  /// The transport is there and can be written to.
  virtual void connection_made() {}

  /// Some more of the stream, at most 64 KiB; where one piece ends and the next begins means nothing.
  virtual void data_received(std::string_view data) = 0;

  /// The end: ConnectionDone, or a ConnectionLost, or what a callback threw. Nothing is called after this.
  virtual void connection_lost(const Failure& reason) { static_cast<void>(reason); }

  /// What it calls itself in lines of a log.
  virtual std::string log_prefix() const { return "Protocol"; }

  /// The factory that built it, where Factory::build_protocol() was not replaced; else null.
  std::shared_ptr<Factory> factory;

 protected:
  /// Null until make_connection(); after the end of the connection it can still be called, and does nothing.
  const std::shared_ptr<Transport>& transport() const { return transport_; }

 private:
  std::shared_ptr<Transport> transport_;  // which owns the protocol, too, but only until the end
};

/// A role that a protocol declares by deriving from it: its directions end one at a time (section HALF). For others the
/// peer's half-close is the end of the connection.
class HalfCloseableProtocol {
 public:
  virtual ~HalfCloseableProtocol() = default;
  /// The peer sends no more; all it sent was received. Writing goes on, and is what tells of a reset from here on.
  virtual void read_connection_lost() = 0;
  /// Nothing can be sent any more, since lose_write_connection() has taken effect.
  virtual void write_connection_lost() = 0;
};

/// A role that a protocol declares by deriving from it: it takes the file descriptors that the peer of a UNIX connection
/// sends (section UNIX-FD). For others they are closed as they come.
class FileDescriptorReceiver {
 public:
  virtual ~FileDescriptorReceiver() = default;
  /// One that arrived, before the bytes it came with.
  virtual void file_descriptor_received(UniqueFd fd) = 0;
};

}  // namespace loopmark
