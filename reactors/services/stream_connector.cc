// SPDX-License-Identifier: MIT
#include "reactors/services/stream_connector.h"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "reactors/base/check.h"
#include "reactors/services/connection_over.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/report.h"
#include "reactors/services/resolver.h"

namespace loopmark {
namespace {

// A UNIX listener whose backlog is full refuses with EAGAIN and tells nobody when it has room (connect(2)).
constexpr auto kRetry = std::chrono::milliseconds(10);

}  // namespace

/// From the look-up of the name until the socket is connected. It is in the write set while connect(2) is under way.
class StreamConnector::Attempt final : public OpenSockets::Socket {
 public:
  Attempt(OpenSockets& sockets, std::shared_ptr<StreamConnector> connector)
      : sockets_(sockets), reactor_(sockets.reactor()), connector_(std::move(connector)) {}

  void begin(Duration timeout) {
    sockets_.add(shared_from_this());
    const auto self = std::static_pointer_cast<Attempt>(shared_from_this());
    if (timeout != kNever) {
      timeout_ = reactor_.call_later(timeout, [self] {
        self->timeout_ = nullptr;
        self->fail(Failure::made_by([] { return TimeoutError(); }));
      });
    }
    // In the next pass: neither success nor failure is told inside connect().
    next_ = reactor_.call_later(Duration::zero(), [self] {
      self->next_ = nullptr;
      self->find();
    });
  }

  /// The attempt is over; nothing is told.
  void end() {
    connector_ = nullptr;
    if (timeout_) std::exchange(timeout_, nullptr)->cancel();
    if (next_) std::exchange(next_, nullptr)->cancel();
    reactor_.remove_writer(*this);
    fd_.reset();
    sockets_.forget(shared_from_this());
  }

  int fileno() const override { return fd_.get(); }
  Progress do_read() override { return Progress::drained(); }
  Progress do_write() override {
    int error = 0;
    socklen_t length = sizeof error;
    check_call(::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length), "getsockopt");
    if (error == 0) error = look_for_peer();
    if (error == ENOTCONN) return Progress::drained();  // called without need
    succeed_or_fail(error);
    return Progress::more();
  }
  void connection_lost(const Failure& reason) override { fail(reason); }
  std::string log_prefix() const override { return "connector"; }
  void abandon() override {
    const auto connector = std::exchange(connector_, nullptr);
    connector->state_ = State::kDisconnected;  // nothing is left that it could give up
    connector->attempt_ = nullptr;
    timeout_ = next_ = nullptr;
  }

 private:
  void find() {
    const auto* const ip = std::get_if<IPv4Address>(&connector_->destination_);
    if (ip == nullptr) return try_at(connector_->destination_);
    // Names are kept as those of IPv4 hosts, until it is known what they are.
    const auto answer = [self = std::static_pointer_cast<Attempt>(shared_from_this()),
                         port = ip->port](const Failure& failed, const std::string& literal) {
      if (failed) return self->fail(failed);
      self->try_at(parse_ip(literal, port).value());
    };
    try {
      query<ReactorNameResolver>(reactor_).resolve(ip->host, kNever, answer);  // there is timeout_
    } catch (...) {
      fail(Failure::current());
    }
  }

  void try_at(const Address& address) {
    if (!connector_) return;  // given up, while the name was looked up
    try {
      connect_to(SocketAddress(address));
    } catch (const ConnectBindError&) {
      fail(Failure::current());
    } catch (const std::system_error& error) {
      fail(connect_failure(error.code().value()));
    } catch (...) {
      fail(Failure::current());
    }
  }

  void connect_to(const SocketAddress& address) {
    fd_.reset(check_call(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                         "socket"));
    if (connector_->bind_to_) bind_to(*connector_->bind_to_);
    if (::connect(fd_.get(), address.data(), address.length()) == 0) return succeed_or_fail(0);
    if (errno == EAGAIN) {
      fd_.reset();
      next_ = reactor_.call_later(
          kRetry, [self = std::static_pointer_cast<Attempt>(shared_from_this()), address] {
            self->next_ = nullptr;
            self->try_at(address.address());
          });
    } else if (errno == EINPROGRESS || errno == EINTR) {  // which ends nothing (connect(2))
      reactor_.add_writer(shared_from_this());
    } else {
      succeed_or_fail(errno);
    }
  }

  /// An errno: ENOTCONN while the attempt is under way.
  int look_for_peer() const {
    SocketAddress peer;
    return ::getpeername(fd_.get(), peer.data(), &peer.length()) < 0 ? errno : 0;
  }

  void bind_to(const Address& address) {
    const SocketAddress from(address);
    if (::bind(fd_.get(), from.data(), from.length()) != 0) {
      throw ConnectBindError(std::error_code(errno, std::generic_category()),
                             "cannot connect from " + to_string(address));
    }
  }

  void succeed_or_fail(int error) {
    if (error != 0) return fail(connect_failure(error));
    reactor_.remove_writer(*this);
    UniqueFd fd = std::move(fd_);
    if (const auto connector = connector_) connector->connected(std::move(fd));
  }

  void fail(const Failure& reason) {
    if (const auto connector = connector_) connector->failed(reason);
  }

  OpenSockets& sockets_;
  Reactor& reactor_;
  std::shared_ptr<StreamConnector> connector_;  // until the attempt is over
  UniqueFd fd_;
  DelayedCallRef timeout_;
  DelayedCallRef next_;
};

StreamConnector::StreamConnector(OpenSockets& sockets, Address destination,
                                 std::shared_ptr<ClientFactory> factory, Duration timeout,
                                 std::optional<Address> bind_to)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      destination_(std::move(destination)),
      factory_(std::move(factory)),
      timeout_(timeout),
      bind_to_(std::move(bind_to)) {}

void StreamConnector::connect() {
  if (state_ != State::kDisconnected || is_starting_)
    throw AlreadyConnectedError("the connector is connecting, or connected");
  const bool starts_factory = !std::exchange(uses_factory_, true);
  is_starting_ = true;
  try {
    if (starts_factory) factory_->do_start();
  } catch (...) {
    is_starting_ = uses_factory_ = false;
    throw;
  }
  is_starting_ = false;
  state_ = State::kConnecting;
  try {
    attempt_ = std::make_shared<Attempt>(sockets_, shared_from_this());
    attempt_->begin(timeout_);
  } catch (...) {
    end_attempt();
    state_ = State::kDisconnected;
    if (starts_factory && std::exchange(uses_factory_, false))
      tell([this] { factory_->do_stop(); });
    throw;
  }
  tell([this] { factory_->started_connecting(*this); });
}

void StreamConnector::stop_connecting() {
  if (state_ != State::kConnecting) throw NotConnectingError();
  failed(Failure::of(UserError()));
}

void StreamConnector::disconnect() {
  if (state_ == State::kConnecting) return stop_connecting();
  if (connection_) connection_->lose_connection();
}

void StreamConnector::end_attempt() {
  if (const auto attempt = std::exchange(attempt_, nullptr)) attempt->end();
}

void StreamConnector::connected(UniqueFd fd) {
  const auto self = shared_from_this();
  end_attempt();
  try {
    connection_ = connection_over(std::move(fd), sockets_, "Client");
  } catch (const std::system_error& error) {
    return failed(connect_failure(error.code().value()));
  } catch (...) {
    return failed(Failure::current());
  }
  const auto connection = connection_;  // which may be given up meanwhile, or end in its start
  Failure thrown;
  std::shared_ptr<Protocol> protocol;
  try {
    protocol = factory_->build_protocol(connection->peer());
  } catch (...) {
    thrown = Failure::current();
    report(reactor_, thrown, [this] { return factory_->log_prefix(); });
  }
  if (connection_ != connection) return;
  if (thrown) return failed(thrown);
  state_ = State::kConnected;
  if (!protocol) return lost(Failure::made_by([] { return ConnectionDone(); }));
  connection->start(std::move(protocol), [self](const Failure& reason) { self->lost(reason); });
}

void StreamConnector::failed(const Failure& reason) {
  const auto self = shared_from_this();
  end_attempt();
  connection_ = nullptr;
  state_ = State::kDisconnected;
  tell([&] { factory_->client_connection_failed(*this, reason); });
  if (state_ == State::kDisconnected && std::exchange(uses_factory_, false))
    tell([this] { factory_->do_stop(); });
}

void StreamConnector::lost(const Failure& reason) {
  const auto self = shared_from_this();
  connection_ = nullptr;
  state_ = State::kDisconnected;
  tell([&] { factory_->client_connection_lost(*this, reason); });
  if (state_ == State::kDisconnected && std::exchange(uses_factory_, false))
    tell([this] { factory_->do_stop(); });
}

/// Calls the factory; what it throws costs nothing but a report.
template <class Function>
void StreamConnector::tell(Function&& function) {
  guarded(
      reactor_, [this] { return factory_->log_prefix(); }, std::forward<Function>(function));
}

}  // namespace loopmark
