// SPDX-License-Identifier: MIT
#include "reactors/services/stream_port.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "reactors/base/check.h"
#include "reactors/services/connection_over.h"
#include "reactors/services/log.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/report.h"
#include "reactors/services/socket_file.h"
#include "reactors/services/socket_options.h"

namespace loopmark {
namespace {

constexpr int kMostAccepted = 64;                        // a readiness
constexpr auto kPause = std::chrono::milliseconds(100);  // where accepting makes no progress

}  // namespace

StreamPort::StreamPort(OpenSockets& sockets, Address where, std::shared_ptr<Factory> factory,
                       int backlog, std::optional<mode_t> mode)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      where_(std::move(where)),
      host_(where_),
      factory_(std::move(factory)),
      backlog_(backlog),
      mode_(mode),
      is_adopted_(false) {}

StreamPort::StreamPort(OpenSockets& sockets, UniqueFd listening, std::shared_ptr<Factory> factory)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      where_(host_of(listening.get())),
      host_(where_),
      factory_(std::move(factory)),
      backlog_(0),
      is_adopted_(true),
      adopted_(std::move(listening)) {}

StreamPort::~StreamPort() {
  if (fd_) remove_file();
}

UniqueFd StreamPort::bound_socket() const {
  const SocketAddress address(where_);
  UniqueFd fd(check_call(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                         "socket"));
  // The number can be used while old connections linger (socket(7)).
  if (address.family() != AF_UNIX) set_socket_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.family() == AF_INET6) set_socket_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  check_call(::bind(fd.get(), address.data(), address.length()), "bind");
  return fd;
}

void StreamPort::start_listening() {
  if (fd_) throw std::logic_error("the port listens already");
  if (is_adopted_ && !adopted_) throw std::logic_error("an adopted port listens once only");
  bool has_started_factory = false;
  try {
    open();
    factory_->do_start();
    has_started_factory = true;
    stopped_.reset();
    sockets_.hold_reserve();
    sockets_.add(shared_from_this());
    reactor_.add_reader(shared_from_this());
    log("listens on ");
  } catch (...) {
    reactor_.remove_reader(*this);
    sockets_.forget(shared_from_this());
    if (fd_) remove_file();
    fd_.reset();
    if (has_started_factory) guard([this] { factory_->do_stop(); });
    throw;
  }
}

void StreamPort::open() {
  if (is_adopted_) {
    fd_ = std::move(adopted_);
    return;
  }
  try {
    UniqueFd fd = bound_socket();
    fd_ = std::move(fd);  // from here on the file is ours
    if (const auto* const name = std::get_if<UNIXAddress>(&where_); name && mode_ && name->path[0])
      check_call(::chmod(name->path.c_str(), *mode_), "chmod");
    check_call(::listen(fd_.get(), backlog_), "listen");
    host_ = host_of(fd_.get());
  } catch (const std::system_error& error) {
    throw CannotListenError(to_string(where_), error.code().value());
  }
}

Progress StreamPort::do_read() {
  for (int i = 0; i < kMostAccepted; ++i) {
    if (accept_one() == Accepted::kNone) break;
    if (stopped_ || !fd_) break;  // by what it has called
  }
  return Progress::more();
}

StreamPort::Accepted StreamPort::accept_one() {
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, kFlags));
  if (fd) {
    serve(std::move(fd));
    return Accepted::kOne;
  }
  const int error = errno;
  switch (error) {
    case EAGAIN:
      return Accepted::kNone;
    case EINTR:
    case EPERM:         // a firewall's refusal,
    case ECONNABORTED:  // a client that is gone: of the connection, not of the port (accept(2))
      return Accepted::kPassedOver;
    case EMFILE: {
      sockets_.release_reserve();
      fd.reset(::accept4(fd_.get(), nullptr, nullptr, kFlags));
      const bool turned_away = static_cast<bool>(fd);
      fd.reset();
      sockets_.hold_reserve();
      if (!turned_away) break;
      log_failure("has turned a client away", error);
      return Accepted::kPassedOver;
    }
    default:
      break;
  }
  log_failure("does not accept clients for a while", error);
  pause();
  return Accepted::kNone;
}

void StreamPort::serve(UniqueFd fd) {
  std::shared_ptr<StreamConnection> connection;
  std::shared_ptr<Protocol> protocol;
  try {
    connection = connection_over(std::move(fd), sockets_, "Server");
  } catch (const std::system_error& error) {
    // That the client is gone, and its address with it, is no error of ours.
    if (error.code() != std::errc::not_connected)
      report_current(reactor_, [this] { return log_prefix(); });
    return;
  } catch (...) {
    report_current(reactor_, [this] { return log_prefix(); });
    return;
  }
  try {
    protocol = factory_->build_protocol(connection->peer());
  } catch (...) {
    report_current(reactor_, [this] { return log_prefix(); });
  }
  if (protocol) connection->start(std::move(protocol), {});
}

void StreamPort::pause() {
  reactor_.remove_reader(*this);
  later_ = reactor_.call_later(kPause, [this, self = shared_from_this()] {
    later_ = nullptr;
    reactor_.add_reader(self);
  });
}

Deferred StreamPort::stop_listening() {
  if (stopped_) return *stopped_;
  if (!fd_) return Deferred::succeeded();
  const Deferred stopped;
  const DelayedCallRef closing =
      reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
        later_ = nullptr;
        close();
      });
  stopped_ = stopped;
  reactor_.remove_reader(*this);
  if (later_) later_->cancel();
  later_ = closing;
  return stopped;
}

void StreamPort::connection_lost(const Failure& reason) {
  static_cast<void>(reason);
  if (later_) later_->cancel();
  later_ = nullptr;
  close();
}

void StreamPort::close() {
  if (!fd_) return;
  const auto self = shared_from_this();
  if (const Failure left = remove_file()) report(reactor_, left, [this] { return log_prefix(); });
  fd_.reset();
  sockets_.forget(self);
  guard([this] { log("has stopped listening on "); });
  const std::optional<Deferred> stopped = std::exchange(stopped_, std::nullopt);
  try {
    factory_->do_stop();
  } catch (...) {
    if (!stopped) throw;
    Deferred(*stopped).errback(Failure::current());
    return;
  }
  if (stopped) Deferred(*stopped).callback();
}

void StreamPort::log(const std::string& what) {
  query<ReactorLog>(reactor_).write(log_prefix() + " " + what + to_string(host_));
}

/// What the application throws costs nothing but a report.
template <class Function>
void StreamPort::guard(Function&& function) {
  guarded(
      reactor_, [this] { return log_prefix(); }, std::forward<Function>(function));
}

/// Of accept(2), while the port goes on.
void StreamPort::log_failure(const char* what, int error) {
  guard([&] { log(what + std::string(" (") + std::strerror(error) + "), and listens on "); });
}

Failure StreamPort::remove_file() {
  if (is_adopted_) return {};
  const auto* const name = std::get_if<UNIXAddress>(&where_);
  if (!name || name->path.empty() || name->path[0] == '\0') return {};
  return remove_socket_file(name->path);
}

void StreamPort::abandon() {
  later_ = nullptr;
}

}  // namespace loopmark
