// SPDX-License-Identifier: MIT
#include "reactors/services/adopted_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>

#include "reactors/services/connection_over.h"
#include "reactors/services/datagram_port.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/open_sockets.h"
#include "reactors/services/pipe_connection.h"
#include "reactors/services/socket_options.h"
#include "reactors/services/stream_port.h"

namespace loopmark {
namespace {

/// A non-blocking duplicate.
UniqueFd duplicate_of(int fd) {
  UniqueFd duplicate(check_call(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl"));
  const int flags = check_call(::fcntl(fd, F_GETFL), "fcntl");
  check_call(::fcntl(fd, F_SETFL, flags | O_NONBLOCK), "fcntl");
  return duplicate;
}

/// The same of a socket of that type.
UniqueFd duplicate_of_socket(int fd, int type) {
  const int family = socket_option(fd, SOL_SOCKET, SO_DOMAIN);
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
    throw UnsupportedAddressFamily("socket " + std::to_string(fd) + " is of family " +
                                   std::to_string(family));
  if (socket_option(fd, SOL_SOCKET, SO_TYPE) != type)
    throw std::invalid_argument("socket " + std::to_string(fd) + " is of another type");
  return duplicate_of(fd);
}

class AdoptedSockets final : public ReactorSocket {
 public:
  explicit AdoptedSockets(Reactor& reactor) : sockets_(OpenSockets::of(reactor)) {}

  std::shared_ptr<ListeningPort> adopt_stream_port(int fd,
                                                   std::shared_ptr<Factory> factory) override {
    if (!factory) throw std::invalid_argument("adopt_stream_port: no factory");
    UniqueFd duplicate = duplicate_of_socket(fd, SOCK_STREAM);
    if (socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0)
      throw std::invalid_argument("socket " + std::to_string(fd) + " does not listen");
    const auto port =
        std::make_shared<StreamPort>(sockets_, std::move(duplicate), std::move(factory));
    port->start_listening();
    return port;
  }

  std::shared_ptr<Transport> adopt_stream_connection(int fd,
                                                     std::shared_ptr<Factory> factory) override {
    if (!factory) throw std::invalid_argument("adopt_stream_connection: no factory");
    const auto connection =
        connection_over(duplicate_of_socket(fd, SOCK_STREAM), sockets_, "Server");
    std::shared_ptr<Protocol> protocol = factory->build_protocol(connection->peer());
    if (!protocol) return nullptr;
    connection->start(std::move(protocol), {});
    return connection;
  }

  std::shared_ptr<ListeningPort> adopt_datagram_port(int fd,
                                                     std::shared_ptr<DatagramProtocol> protocol,
                                                     std::size_t max_packet_size) override {
    if (!protocol) throw std::invalid_argument("adopt_datagram_port: no protocol");
    const auto port = std::make_shared<DatagramPort>(sockets_, duplicate_of_socket(fd, SOCK_DGRAM),
                                                     std::move(protocol), max_packet_size);
    port->start_listening();
    return port;
  }

  std::shared_ptr<Transport> adopt_pipes(int reading, int writing,
                                         std::shared_ptr<Protocol> protocol) override {
    if (!protocol) throw std::invalid_argument("adopt_pipes: no protocol");
    const auto connection =
        std::make_shared<PipeConnection>(sockets_, duplicate_of(reading), duplicate_of(writing));
    connection->start(std::move(protocol), {});
    return connection;
  }

 private:
  OpenSockets& sockets_;
};

}  // namespace

template <>
std::shared_ptr<ReactorSocket> adapt<ReactorSocket>(Reactor& reactor) {
  return std::make_shared<AdoptedSockets>(reactor);
}

}  // namespace loopmark
