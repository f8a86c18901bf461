// SPDX-License-Identifier: MIT
#pragma once

#include "reactors/base/deferred.h"
#include "reactors/services/address.h"

namespace loopmark {

/// What listens for connections (Twisted's IListeningPort). Reactor thread.
class ListeningPort {
 public:
  virtual ~ListeningPort() = default;

  /// Listens again, after stop_listening() has completed. Throws CannotListenError, or std::logic_error while it listens.
  virtual void start_listening() = 0;

  /// Closes the socket in the next pass; connections that were accepted live on. The Deferred is completed then, never
  /// inside the call: with what stop_factory() throws, or else with success. Succeeds at once when it does not listen.
  virtual Deferred stop_listening() = 0;

  /// Where it listens; port 0 has become the one that the system chose. Kept when it stops.
  virtual const Address& host() const = 0;
};

}  // namespace loopmark
