// SPDX-License-Identifier: MIT
#pragma once

#include "reactors/services/address.h"

namespace loopmark {

/// Makes connections for a client factory, one at a time, again and again if it is asked to (Twisted's IConnector).
/// Reactor thread.
class Connector {
 public:
  enum class State { kDisconnected, kConnecting, kConnected };

  virtual ~Connector() = default;

  /// Begins an attempt. Throws AlreadyConnectedError unless disconnected, and inside start_factory().
  virtual void connect() = 0;

  /// Gives the attempt up: client_connection_failed(UserError) is called inside the call. Throws NotConnectingError when
  /// there is none.
  virtual void stop_connecting() = 0;

  /// Gives the attempt up, or closes the connection; else nothing.
  virtual void disconnect() = 0;

  virtual State state() const = 0;

  /// What was asked for: the host may be a name.
  virtual const Address& destination() const = 0;
};

}  // namespace loopmark
