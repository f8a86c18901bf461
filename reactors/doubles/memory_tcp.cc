// SPDX-License-Identifier: MIT
#include "reactors/doubles/memory_tcp.h"

#include <stdexcept>
#include <utility>

namespace loopmark {

void MemoryPort::start_listening() {
  if (listens_) throw std::logic_error("the port listens already");
  factory_->do_start();
  listens_ = true;
}

Deferred MemoryPort::stop_listening() {
  if (std::exchange(listens_, false)) factory_->do_stop();
  return Deferred::succeeded();
}

std::shared_ptr<StringTransport> MemoryPort::accept(const Address& peer) {
  if (!listens_) throw std::logic_error("the port does not listen");
  std::shared_ptr<Protocol> protocol = factory_->build_protocol(peer);
  if (!protocol) return nullptr;
  auto transport = std::make_shared<StringTransport>(host_, peer);
  transport->serve(std::move(protocol));
  return transport;
}

void MemoryConnector::connect() {
  if (state_ != State::kDisconnected)
    throw AlreadyConnectedError("the connector is connecting, or connected");
  if (!uses_factory_) factory_->do_start();
  uses_factory_ = true;
  state_ = State::kConnecting;
  factory_->started_connecting(*this);
}

std::shared_ptr<StringTransport> MemoryConnector::succeed() {
  if (state_ != State::kConnecting) throw NotConnectingError();
  state_ = State::kConnected;
  std::shared_ptr<Protocol> protocol = factory_->build_protocol(destination_);
  if (!protocol) {
    end(Failure::of(ConnectionDone()));
    return nullptr;
  }
  const auto transport = transport_ =
      std::make_shared<StringTransport>(IPv4Address{"10.0.0.1", 12345}, destination_);
  transport->serve(std::move(protocol));
  return transport;
}

void MemoryConnector::fail(const Failure& reason) {
  if (state_ != State::kConnecting) throw NotConnectingError();
  state_ = State::kDisconnected;
  factory_->client_connection_failed(*this, reason);
  stop_factory_unless_reused();
}

void MemoryConnector::end(const Failure& reason) {
  if (state_ != State::kConnected) return;
  if (const auto transport = std::exchange(transport_, nullptr)) transport->end(reason);
  state_ = State::kDisconnected;
  factory_->client_connection_lost(*this, reason);
  stop_factory_unless_reused();
}

void MemoryConnector::stop_connecting() {
  fail(Failure::of(UserError()));
}

void MemoryConnector::disconnect() {
  if (state_ == State::kConnecting) return stop_connecting();
  if (transport_) transport_->lose_connection();
}

void MemoryConnector::stop_factory_unless_reused() {
  if (state_ == State::kDisconnected && std::exchange(uses_factory_, false)) factory_->do_stop();
}

std::shared_ptr<ListeningPort> MemoryTCP::listen_tcp(std::uint16_t port,
                                                     std::shared_ptr<Factory> factory, int,
                                                     const std::string& interface) {
  ports.push_back(std::make_shared<MemoryPort>(ip_address(interface, port), std::move(factory)));
  ports.back()->start_listening();
  return ports.back();
}

std::shared_ptr<Connector> MemoryTCP::connect_tcp(const std::string& host, std::uint16_t port,
                                                  std::shared_ptr<ClientFactory> factory,
                                                  const ConnectOptions&) {
  const Address destination = parse_ip(host, port).value_or(IPv4Address{host, port});
  connectors.push_back(std::make_shared<MemoryConnector>(destination, std::move(factory)));
  connectors.back()->connect();
  return connectors.back();
}

}  // namespace loopmark
