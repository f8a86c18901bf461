// SPDX-License-Identifier: MIT
#include "reactors/services/datagram_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>

#include "reactors/base/check.h"
#include "reactors/services/log.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/report.h"
#include "reactors/services/socket_file.h"
#include "reactors/services/socket_options.h"

namespace loopmark {
namespace {

constexpr std::size_t kMostTaken = 256 * 1024;  // bytes a readiness,
constexpr std::size_t kLeastCounted = 512;      // where even an empty datagram counts as so many

/// Whom the socket `fd` is connected with, where it is.
std::optional<Address> peer_if_any(int fd) {
  SocketAddress address;
  if (::getpeername(fd, address.data(), &address.length()) == 0) return address.address();
  if (errno != ENOTCONN) throw_errno("getpeername");
  return std::nullopt;
}

std::string joined(std::span<const std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) whole.append(part);
  return whole;
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
      buffer_(max_packet_size),
      mode_(mode) {
  if (!protocol_) throw std::invalid_argument("a port for datagrams needs a protocol");
  if (buffer_.empty()) throw std::invalid_argument("the largest packet has one byte at least");
}

DatagramPort::DatagramPort(OpenSockets& sockets, UniqueFd bound,
                           std::shared_ptr<DatagramProtocol> protocol, std::size_t max_packet_size)
    : DatagramPort(sockets, host_of(bound.get()), std::move(protocol), max_packet_size) {
  is_adopted_ = true;
  adopted_ = std::move(bound);
}

DatagramPort::~DatagramPort() {
  if (fd_) remove_file();
}

void DatagramPort::start_listening() {
  if (fd_) throw std::logic_error("the port listens already");
  if (is_adopted_ && !adopted_) throw std::logic_error("an adopted port listens once only");
  const auto self = std::static_pointer_cast<DatagramPort>(shared_from_this());
  open();
  try {
    if (first_peer_) connect(*first_peer_);
    sockets_.add(self);
    reactor_.add_reader(self);
    log("listens on ");
    protocol_->do_start(self);
  } catch (...) {
    if (const std::optional<Deferred> stopped = release())
      guard([&] { Deferred(*stopped).callback(); });
    throw;
  }
}

void DatagramPort::open() {
  if (is_adopted_) {
    peer_ = peer_if_any(adopted_.get());
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
    if (mode_ && file()) check_call(::chmod(file()->c_str(), *mode_), "chmod");
    host_ = host_of(fd_.get());
  } catch (const std::system_error& error) {
    if (fd_) remove_file();
    fd_.reset();
    throw CannotListenError(to_string(where_), error.code().value());
  }
}

Progress DatagramPort::do_read() {
  // What is called may stop the port, or end the run and with it the port.
  for (std::size_t taken = 0; taken < kMostTaken && fd_ && !stopped_;) {
    SocketAddress from;
    const ssize_t count =
        ::recvfrom(fd_.get(), buffer_.data(), buffer_.size(), 0, from.data(), &from.length());
    taken += kLeastCounted;
    if (count >= 0) {
      const std::string_view data(buffer_.data(), static_cast<std::size_t>(count));
      taken += data.size();
      // A UNIX socket without a name has no address.
      const Address sender = from.length() == 0 ? UNIXAddress{} : from.address();
      guard([&] { protocol_->datagram_received(data, sender); });
    } else if (errno == EAGAIN) {
      return Progress::drained();
    } else if (is_refusal(errno)) {
      if (peer_) guard([this] { protocol_->connection_refused(); });
    } else if (errno != EINTR) {
      throw_errno("recvfrom");
    }
  }
  return Progress::more();
}

SocketAddress DatagramPort::checked(const Address& address) const {
  if (address.index() != where_.index())
    throw InvalidAddressError(to_string(address) + " is of another family than " +
                              to_string(host_));
  if (address == Address(UNIXAddress{}))
    throw InvalidAddressError("a socket without a name has no address");
  try {
    return SocketAddress(address);
  } catch (const std::invalid_argument& error) {
    throw InvalidAddressError(error.what());
  }
}

void DatagramPort::write(std::string_view data, const Address& to) {
  if (!fd_) return;
  const SocketAddress address = checked(to);
  if (!peer_) return send(data, &address);
  if (address.address() != *peer_)
    throw InvalidAddressError(to_string(to) + " is not the peer, " + to_string(*peer_));
  send(data, nullptr);
}

void DatagramPort::write_sequence(std::span<const std::string_view> parts, const Address& to) {
  write(joined(parts), to);  // not as a vector of parts: the kernel takes 1024 of them
}

void DatagramPort::write(std::string_view data) {
  if (!fd_) return;
  if (!peer_) throw std::logic_error("the port has no peer to write to");
  send(data, nullptr);
}

void DatagramPort::write_sequence(std::span<const std::string_view> parts) {
  write(joined(parts));
}

/// To the peer when `to` is null.
void DatagramPort::send(std::string_view data, const SocketAddress* to) {
  int error = try_to_send(data, to);
  if (is_refusal(error)) {
    if (peer_ && std::holds_alternative<UNIXAddress>(where_)) {
      look_for_peer();
    } else if (peer_) {
      tell_refusal();  // of an earlier datagram: this one is still to be sent
    }
    error = try_to_send(data, to);
    if (peer_ && is_refusal(error)) return tell_refusal();
  }
  if (error == 0 || error == EAGAIN || error == ENOBUFS) return;
  if (error == EMSGSIZE) throw MessageLengthError("no datagram can be that long");
  throw std::system_error(error, std::generic_category(),
                          "cannot send to " + to_string(to ? to->address() : *peer_));
}

/// Answers the errno, or 0.
int DatagramPort::try_to_send(std::string_view data, const SocketAddress* to) {
  for (;;) {
    const ssize_t sent = ::sendto(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL,
                                  to ? to->data() : nullptr, to ? to->length() : 0);
    if (sent >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

/// Later, for what writes may be the protocol.
void DatagramPort::tell_refusal() {
  if (refusal_) return;
  refusal_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
    refusal_ = nullptr;
    if (!stopped_) guard([this] { protocol_->connection_refused(); });
  });
}

void DatagramPort::connect(const Address& peer) {
  if (!fd_) return;
  if (peer_) throw AlreadyConnectedError("the port has a peer, " + to_string(*peer_));
  const SocketAddress address = checked(peer);
  check_call(::connect(fd_.get(), address.data(), address.length()), "connect");
  peer_ = address.address();
  host_ = host_of(fd_.get());  // one interface's now, if it was that of all
}

/// At the path of the one that is gone. Where there is none, sending tells it.
void DatagramPort::look_for_peer() {
  const SocketAddress address(*peer_);
  static_cast<void>(::connect(fd_.get(), address.data(), address.length()));
}

bool DatagramPort::broadcast_allowed() const {
  return fd_ && socket_option(fd_.get(), SOL_SOCKET, SO_BROADCAST) != 0;
}

void DatagramPort::set_broadcast_allowed(bool on) {
  if (fd_) set_socket_option(fd_.get(), SOL_SOCKET, SO_BROADCAST, on);
}

Deferred DatagramPort::stop_listening() {
  if (!fd_) return Deferred::succeeded();
  if (stopped_) return *stopped_;
  const Deferred stopped;
  closing_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
    closing_ = nullptr;
    close();
  });
  stopped_ = stopped;
  reactor_.remove_reader(*this);
  return stopped;
}

void DatagramPort::connection_lost(const Failure& reason) {
  static_cast<void>(reason);
  close();
}

void DatagramPort::close() {
  if (!fd_) return;
  const auto self = shared_from_this();
  const std::optional<Deferred> stopped = release();
  guard([this] { log("has stopped listening on "); });
  guard([this] { protocol_->do_stop(); });
  if (stopped) Deferred(*stopped).callback();
}

/// Gives up all but the protocol. Answers whom stop_listening() has promised to tell.
std::optional<Deferred> DatagramPort::release() {
  reactor_.remove_reader(*this);
  for (DelayedCallRef* const call : {&closing_, &refusal_}) {
    if (*call) (*call)->cancel();
    *call = nullptr;
  }
  if (const Failure left = remove_file()) report(reactor_, left, [this] { return log_prefix(); });
  fd_.reset();
  peer_.reset();
  sockets_.forget(shared_from_this());
  return std::exchange(stopped_, std::nullopt);
}

/// Where bind(2) makes, or has made, a file of ours; null when it does not.
const std::string* DatagramPort::file() const {
  const auto* const name = std::get_if<UNIXAddress>(&where_);
  return is_adopted_ || !name || name->path.empty() || name->path[0] == '\0' ? nullptr
                                                                             : &name->path;
}

Failure DatagramPort::remove_file() {
  return file() ? remove_socket_file(*file()) : Failure();
}

void DatagramPort::log(const std::string& what) {
  query<ReactorLog>(reactor_).write(log_prefix() + " " + what + to_string(host_));
}

void DatagramPort::abandon() {
  closing_ = nullptr;
  refusal_ = nullptr;
  protocol_->drop_transport();
}

/// Calls the protocol; what it throws costs nothing but a report.
template <class Function>
void DatagramPort::guard(Function&& function) {
  guarded(
      reactor_, [this] { return log_prefix(); }, std::forward<Function>(function));
}

}  // namespace loopmark
