// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>

#include "reactors/services/factory.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/open_sockets.h"

namespace loopmark {

/// A stream socket that listens, TCP or UNIX.
///
/// Notes on the mechanism:
/// (a) One readiness accepts a bounded number: a flood of clients must not starve the rest.
/// (b) When the process is out of descriptors, accept(2) fails and the listener stays ready. A descriptor held in reserve is
///     given up, the client accepted and closed, and the reserve taken anew. Where that fails, too, or the kernel lacks
///     memory, accepting pauses for a while instead of spinning.
/// (c) The file of a UNIX socket is made by bind(2) and removed by nobody but us.
class StreamPort final : public OpenSockets::Socket, public ListeningPort {
 public:
  /// `mode`: of a UNIX socket's file.
  StreamPort(OpenSockets& sockets, Address where, std::shared_ptr<Factory> factory, int backlog,
             std::optional<mode_t> mode = std::nullopt);
  /// Over a socket that listens already, and is the port's own (section ADOPT). It has no say over the socket's name.
  StreamPort(OpenSockets& sockets, UniqueFd listening, std::shared_ptr<Factory> factory);
  ~StreamPort() override;

  /// An adopted port can listen once: std::logic_error.
  void start_listening() override;
  Deferred stop_listening() override;
  const Address& host() const override { return host_; }

  int fileno() const override { return fd_.get(); }
  Progress do_read() override;
  Progress do_write() override { return Progress::drained(); }
  void connection_lost(const Failure& reason) override;
  std::string log_prefix() const override { return factory_->log_prefix(); }
  void abandon() override;

 private:
  enum class Accepted { kOne, kPassedOver, kNone };

  UniqueFd bound_socket() const;
  void open();
  Accepted accept_one();
  void serve(UniqueFd fd);
  void pause();
  void log(const std::string& what);
  template <class Function>
  void guard(Function&& function);
  void log_failure(const char* what, int error);
  Failure remove_file();
  void close();

  OpenSockets& sockets_;
  Reactor& reactor_;
  const Address where_;
  Address host_;
  const std::shared_ptr<Factory> factory_;
  const int backlog_;
  const std::optional<mode_t> mode_;
  const bool is_adopted_;
  UniqueFd adopted_;                 // until it listens
  UniqueFd fd_;                      // while it listens
  std::optional<Deferred> stopped_;  // from stop_listening() on
  DelayedCallRef later_;             // closes, or goes on accepting
};

}  // namespace loopmark
