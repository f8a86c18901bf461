// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "conformance/programs/model_connections.h"
#include "conformance/programs/performance.h"
#include "conformance/programs/side.h"
#include "reactors/services/connector.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/producer.h"

namespace loopmark::conformance::programs {

/// A connection of a program's, with the port and the connector that it comes from, and what the program does with them.
class Connection {
 public:
  using Descriptors = std::vector<std::shared_ptr<Descriptor>>;

  /// `number` says of what kind it is (program.h). `path`: of its socket, if it is one of UNIX.
  Connection(Performance& performance, int number, std::string path);

  /// Listens, and connects to that. Once.
  void connect();

  /// An action of the connection's, or of a side of it.
  void execute(const Action& action, Who who);

  ConnectionModel& model() { return model_; }
  const std::shared_ptr<Side>& side(Who who) const { return sides_[static_cast<std::size_t>(who)]; }
  Performance& performance() { return performance_; }

  /// Throws Broken when the reactor watches what it should not, or holds a protocol that is over.
  void compare_lists(const Descriptors& readers, const Descriptors& writers) const;

  bool is_over_tcp() const { return is_over_tcp_; }
  /// Whether the kernel is still carrying something from one side to the other.
  bool has_traffic() const;

  // Told by the producers of its sides.
  void producer_paused(Who who);
  void producer_resumed(Who who);
  void producer_stopped(Who who);

 private:
  template <class Function>
  void use(Who who, Function function);
  void stop_connecting();
  void stop_listening();
  void execute_of_side(const Action& action, Who who);
  void write(Who who, int count, bool in_parts);
  void register_producer(Who who, Produces kind, int pieces);

  Performance& performance_;
  const bool is_over_tcp_;
  const std::string path_;
  ConnectionModel model_;
  std::array<std::shared_ptr<Side>, 2> sides_;
  std::array<int, 2> pieces_left_{};  // of pull producers
  std::size_t resumes_ = 0;           // of producers
  std::size_t late_stops_ = 0;        // of producers of lost sides
  std::shared_ptr<ListeningPort> port_;
  std::shared_ptr<Connector> connector_;
};

}  // namespace loopmark::conformance::programs
