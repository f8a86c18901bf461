// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include "reactors/services/connector.h"
#include "reactors/services/factory.h"
#include "reactors/services/open_sockets.h"
#include "reactors/services/stream_connection.h"

namespace loopmark {

/// The connector of TCP and UNIX clients. Attempt and connection share it; so does the application, if it wants to.
class StreamConnector final : public Connector,
                              public std::enable_shared_from_this<StreamConnector> {
 public:
  /// `timeout` may be kNever. `bind_to`: where to connect from.
  StreamConnector(OpenSockets& sockets, Address destination, std::shared_ptr<ClientFactory> factory,
                  Duration timeout, std::optional<Address> bind_to);

  void connect() override;
  void stop_connecting() override;
  void disconnect() override;
  State state() const override { return state_; }
  const Address& destination() const override { return destination_; }

  // Told by the attempt.
  void connected(UniqueFd fd);
  void failed(const Failure& reason);

 private:
  class Attempt;

  void end_attempt();
  void lost(const Failure& reason);
  template <class Function>
  void tell(Function&& function);

  OpenSockets& sockets_;
  Reactor& reactor_;
  const Address destination_;
  const std::shared_ptr<ClientFactory> factory_;
  const Duration timeout_;
  const std::optional<Address> bind_to_;

  State state_ = State::kDisconnected;
  bool uses_factory_ = false;
  bool is_starting_ = false;                      // which start_factory() cannot begin again
  std::shared_ptr<Attempt> attempt_;              // while connecting
  std::shared_ptr<StreamConnection> connection_;  // while connected
};

}  // namespace loopmark
