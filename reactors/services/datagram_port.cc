// SPDX-License-Identifier: MIT
#include "reactors/services/datagram_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "reactors/base/check.h"
#include "reactors/services/log.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/socket_options.h"

namespace loopmark {
namespace {

constexpr std::size_t kMostTaken = 256 * 1024;  // bytes a readiness,
constexpr std::size_t kLeastCounted = 512;      // where each datagram counts as so many at least

std::size_t checked_size(std::size_t bytes) {
  if (bytes == 0) throw std::invalid_argument("the largest packet must have a byte at least");
  return bytes;
}

}  // namespace

DatagramPort::DatagramPort(OpenSockets& sockets, Address where,
                           std::shared_ptr<DatagramProtocol> protocol, std::size_t max_packet_size,
                           std::optional<mode_t> mode)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      where_(std::move(where)),
      host_(where_),
      protocol_(std::move(protocol)),
      buffer_(checked_size(max_packet_size)),
      mode_(mode),
      is_adopted_(false) {}

DatagramPort::DatagramPort(OpenSockets& sockets, UniqueFd bound,
                           std::shared_ptr<DatagramProtocol> protocol, std::size_t max_packet_size)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      where_(host_of(bound.get())),
      host_(where_),
      protocol_(std::move(protocol)),
      buffer_(checked_size(max_packet_size)),
      is_adopted_(true),
      adopted_(std::move(bound)) {}

DatagramPort::~DatagramPort() {
  if (fd_) remove_file();
}

void DatagramPort::start_listening() {
  if (fd_) throw std::logic_error("the port listens already");
  if (is_adopted_ && !adopted_) throw std::logic_error("an adopted port listens once only");
  try {
    open();
    stopped_.reset();
    if (first_peer_) connect(*first_peer_);
    protocol_->do_start(*this);
  } catch (...) {
    if (fd_) remove_file();
    fd_.reset();
    peer_.reset();
    throw;
  }
  sockets_.add(shared_from_this());
  if (!stopped_) reactor_.add_reader(shared_from_this());
  log("listens on ");
}

void DatagramPort::open() {
  if (is_adopted_) {
    fd_ = std::move(adopted_);
    return;
  }
  try {
    const SocketAddress address(where_);
    UniqueFd fd(check_call(::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                           "socket"));
    if (address.family() == AF_INET6) set_socket_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (where_ != Address(UNIXAddress{}))
      check_call(::bind(fd.get(), address.data(), address.length()), "bind");
    fd_ = std::move(fd);  // from here on the file is ours
    if (const auto* const name = std::get_if<UNIXAddress>(&where_);
        name && mode_ && !name->path.empty() && name->path[0])
      check_call(::chmod(name->path.c_str(), *mode_), "chmod");
    host_ = host_of(fd_.get());
  } catch (const std::system_error& error) {
    throw CannotListenError(to_string(where_), error.code().value());
  }
}

/// As recvfrom(2), but goes on after a signal.
ssize_t DatagramPort::receive(SocketAddress& from) {
  for (;;) {
    from = SocketAddress();
    const ssize_t count =
        ::recvfrom(fd_.get(), buffer_.data(), buffer_.size(), 0, from.data(), &from.length());
    if (count >= 0 || errno != EINTR) return count;
  }
}

Progress DatagramPort::do_read() {
  for (std::size_t taken = 0; taken < kMostTaken;) {
    SocketAddress from;
    const ssize_t count = receive(from);
    if (count < 0 && errno == EAGAIN) return Progress::drained();
    if (count < 0 && errno != ECONNREFUSED) throw_errno("recvfrom");
    taken += kLeastCounted;
    if (count < 0) {
      if (peer_) guard([this] { protocol_->connection_refused(); });
    } else {
      const auto size = static_cast<std::size_t>(count);
      taken += size;
      // A UNIX socket that is not bound has no address.
      const Address sender = from.length() == 0 ? UNIXAddress{} : from.address();
      guard([&] { protocol_->datagram_received({buffer_.data(), size}, sender); });
    }
    if (stopped_ || !fd_) break;  // by what was called
  }
  return Progress::more();
}

SocketAddress DatagramPort::checked(const Address& address) const {
  if (address.index() != where_.index())
    throw InvalidAddressError(to_string(address) + " is of another family than " +
                              to_string(host_));
  try {
    return SocketAddress(address);
  } catch (const std::invalid_argument& error) {
    throw InvalidAddressError(error.what());
  }
}

void DatagramPort::write(std::string_view data, const Address& to) {
  send({&data, 1}, &to);
}

void DatagramPort::write_sequence(std::span<const std::string_view> parts, const Address& to) {
  send(parts, &to);
}

void DatagramPort::write(std::string_view data) {
  send({&data, 1}, nullptr);
}

void DatagramPort::write_sequence(std::span<const std::string_view> parts) {
  send(parts, nullptr);
}

void DatagramPort::send(std::span<const std::string_view> parts, const Address* to) {
  if (to == nullptr && !peer_)
    throw std::logic_error("the port has no peer, and no address is named");
  std::optional<SocketAddress> address;
  if (to != nullptr) {
    address = checked(*to);
    if (peer_ && address->address() != *peer_)
      throw InvalidAddressError("the port is connected with " + to_string(*peer_));
    if (peer_) address.reset();  // which a connected UNIX socket would refuse (EISCONN)
  }
  if (!fd_) return;

  std::vector<iovec> vectors;
  for (const std::string_view part : parts)
    vectors.push_back({const_cast<char*>(part.data()), part.size()});
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  if (address) {
    message.msg_name = address->data();
    message.msg_namelen = address->length();
  }
  while (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) < 0) {
    if (errno == EAGAIN || errno == ENOBUFS) return;
    if (errno == EMSGSIZE) throw MessageLengthError("no datagram can be that long");
    if (errno == ECONNREFUSED && !std::holds_alternative<UNIXAddress>(where_)) {
      refused();  // an earlier one: this one is still to be sent
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(),
                              "cannot send to " + to_string(to != nullptr ? *to : *peer_));
    }
  }
}

/// The protocol is told later, for this may be inside one of its own calls.
void DatagramPort::refused() {
  if (!peer_ || refused_) return;
  refused_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
    refused_ = nullptr;
    if (fd_ && !stopped_) guard([this] { protocol_->connection_refused(); });
  });
}

void DatagramPort::connect(const Address& peer) {
  if (peer_) throw AlreadyConnectedError("the port has a peer already: " + to_string(*peer_));
  const SocketAddress address = checked(peer);
  if (!fd_) return;
  check_call(::connect(fd_.get(), address.data(), address.length()), "connect");
  peer_ = address.address();
  host_ = host_of(fd_.get());
}

bool DatagramPort::broadcast_allowed() const {
  return socket_option(fd_.get(), SOL_SOCKET, SO_BROADCAST) != 0;
}

void DatagramPort::set_broadcast_allowed(bool on) {
  set_socket_option(fd_.get(), SOL_SOCKET, SO_BROADCAST, on);
}

Deferred DatagramPort::stop_listening() {
  if (stopped_) return *stopped_;
  if (!fd_) return Deferred::succeeded();
  stopped_.emplace();
  reactor_.remove_reader(*this);
  later_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
    later_ = nullptr;
    close();
  });
  return *stopped_;
}

void DatagramPort::connection_lost(const Failure& reason) {
  static_cast<void>(reason);
  if (later_) later_->cancel();
  later_ = nullptr;
  close();
}

void DatagramPort::close() {
  if (!fd_) return;
  const auto self = shared_from_this();
  if (refused_) refused_->cancel();
  refused_ = nullptr;
  remove_file();
  fd_.reset();
  peer_.reset();
  sockets_.forget(self);
  log("has stopped listening on ");
  const std::optional<Deferred> stopped = std::exchange(stopped_, std::nullopt);
  guard([this] { protocol_->do_stop(); });
  if (stopped) Deferred(*stopped).callback();
}

void DatagramPort::remove_file() {
  const auto* const name = std::get_if<UNIXAddress>(&where_);
  if (!is_adopted_ && name && !name->path.empty() && name->path[0] != '\0')
    ::unlink(name->path.c_str());
}

void DatagramPort::log(const std::string& what) {
  query<ReactorLog>(reactor_).write(log_prefix() + " " + what + to_string(host_));
}

/// Calls the protocol; what it throws costs nothing but a report.
template <class Function>
void DatagramPort::guard(Function&& function) {
  try {
    function();
  } catch (...) {
    reactor_.report_error(Failure::current(), log_prefix());
  }
}

}  // namespace loopmark
