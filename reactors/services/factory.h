// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "reactors/services/address.h"
#include "reactors/services/protocol.h"

namespace loopmark {

class Connector;

/// Makes the protocols of a port's connections (Twisted's IProtocolFactory), and lives with them by shared ownership: ports
/// and connectors share it while they use it. Reactor thread.
class Factory : public std::enable_shared_from_this<Factory> {
 public:
  virtual ~Factory() = default;

  /// A protocol for the connection with `peer`, or null to decline it, which closes it.
  virtual std::shared_ptr<Protocol> build_protocol(const Address& peer) = 0;

  /// Around all its uses: before the first port listens or connector connects, and after the last.
  virtual void start_factory() {}
  virtual void stop_factory() {}

  virtual std::string log_prefix() const { return "Factory"; }

  /// Called by ports and connectors. A do_start() throws what start_factory() throws, and is then none; a do_stop() without
  /// its do_start() does nothing (XP-FACT-02).
  void do_start() {
    if (uses_++ > 0) return;
    try {
      start_factory();
    } catch (...) {
      --uses_;
      throw;
    }
  }
  void do_stop() {
    if (uses_ > 0 && --uses_ == 0) stop_factory();
  }

 private:
  int uses_ = 0;
};

/// What a client does besides: hears of its connector's attempts (Twisted's ClientFactory). An exception from one of these
/// is reported. Each may call connect() of the connector: the factory then goes on without a stop.
class ClientFactory : public Factory {
 public:
  /// An attempt begins; connector.stop_connecting() is legal here.
  virtual void started_connecting(Connector& connector) { static_cast<void>(connector); }
  /// The attempt failed, or the connection that it made has ended, after its protocol's connection_lost().
  virtual void client_connection_failed(Connector& connector, const Failure& reason) {
    static_cast<void>(connector), static_cast<void>(reason);
  }
  virtual void client_connection_lost(Connector& connector, const Failure& reason) {
    static_cast<void>(connector), static_cast<void>(reason);
  }
};

/// Makes a `Made` for each connection, and gives it a link to this factory (XP-PROTO-01).
template <class Made, class Base = Factory>
class FactoryOf : public Base {
 public:
  std::shared_ptr<Protocol> build_protocol(const Address& peer) override {
    static_cast<void>(peer);
    auto protocol = std::make_shared<Made>();
    protocol->factory = this->shared_from_this();
    return protocol;
  }
};

}  // namespace loopmark
