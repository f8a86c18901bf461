// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>

#include "conformance/programs/model_connections.h"
#include "conformance/programs/performance.h"
#include "reactors/services/protocol.h"

namespace loopmark::conformance::programs {

/// The protocol of one side of a connection, and what it does when it is called: a body once, each.
class Side : public Protocol {
 public:
  Side(Performance& performance, ConnectionModel& model, Who who, bool is_over_tcp)
      : performance_(performance), model_(model), who_(who), is_over_tcp_(is_over_tcp) {}

  void connection_made() override;
  void data_received(std::string_view data) override;
  void connection_lost(const Failure& reason) override;

  /// Null until connection_made().
  Transport* wire() const { return transport().get(); }
  /// The descriptor that the reactor watches for it, of which the number is -1 when it is closed. Null as above.
  Descriptor* descriptor() const { return dynamic_cast<Descriptor*>(wire()); }

  Program on_made, on_data, on_end;

 protected:
  Performance& performance_;
  ConnectionModel& model_;
  const Who who_;

  /// An exception ends the connection.
  void run_body(Program& body);

 private:
  void prepare_transport();

  const bool is_over_tcp_;
};

/// `is_aware`: its directions end one at a time.
std::shared_ptr<Side> new_side(Performance& performance, ConnectionModel& model, Who who,
                               bool is_over_tcp, bool is_aware);

}  // namespace loopmark::conformance::programs
