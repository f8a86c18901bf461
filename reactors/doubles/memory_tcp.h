// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "reactors/doubles/string_transport.h"
#include "reactors/services/tcp.h"

namespace loopmark {

/// A port to which nobody can connect but the test.
class MemoryPort final : public ListeningPort {
 public:
  MemoryPort(Address host, std::shared_ptr<Factory> factory)
      : host_(std::move(host)), factory_(std::move(factory)) {}

  /// A client connects. Answers the server's transport; null when the factory declines. Throws std::logic_error when the
  /// port does not listen.
  std::shared_ptr<StringTransport> accept(const Address& peer = IPv4Address{"192.168.1.1", 54321});
  bool listens() const { return listens_; }

  void start_listening() override;
  Deferred stop_listening() override;  // at once
  const Address& host() const override { return host_; }

 private:
  const Address host_;
  const std::shared_ptr<Factory> factory_;
  bool listens_ = false;
};

/// A connector whose attempts succeed or fail when the test says so.
class MemoryConnector final : public Connector,
                              public std::enable_shared_from_this<MemoryConnector> {
 public:
  MemoryConnector(Address destination, std::shared_ptr<ClientFactory> factory)
      : destination_(std::move(destination)), factory_(std::move(factory)) {}

  /// The attempt under way succeeds. Answers the client's transport; null when the factory declines. Throws
  /// NotConnectingError.
  std::shared_ptr<StringTransport> succeed();
  /// The attempt under way fails. Throws NotConnectingError.
  void fail(const Failure& reason);
  /// The connection is over: the protocol hears of it, then the factory.
  void end(const Failure& reason);

  void connect() override;
  void stop_connecting() override;
  void disconnect() override;
  State state() const override { return state_; }
  const Address& destination() const override { return destination_; }

 private:
  void stop_factory_unless_reused();

  const Address destination_;
  const std::shared_ptr<ClientFactory> factory_;
  State state_ = State::kDisconnected;
  bool uses_factory_ = false;
  std::shared_ptr<StringTransport> transport_;  // while connected
};

/// TCP without a network: keeps what was asked for, for the test to go on with.
class MemoryTCP final : public ReactorTCP {
 public:
  std::shared_ptr<ListeningPort> listen_tcp(std::uint16_t port, std::shared_ptr<Factory> factory,
                                            int backlog, const std::string& interface) override;
  std::shared_ptr<Connector> connect_tcp(const std::string& host, std::uint16_t port,
                                         std::shared_ptr<ClientFactory> factory,
                                         const ConnectOptions& options) override;

  // In the order in which they were asked for.
  std::vector<std::shared_ptr<MemoryPort>> ports;
  std::vector<std::shared_ptr<MemoryConnector>> connectors;
};

}  // namespace loopmark
