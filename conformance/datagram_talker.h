// SPDX-License-Identifier: MIT
//
// Protocols for cases about datagrams.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/promises.h"
#include "reactors/services/datagram.h"
#include "reactors/services/udp.h"

namespace loopmark::conformance {

/// Counts what it is told, notes it in the case's log as "near start", and does what its functions say.
class DatagramTalker : public DatagramProtocol {
 public:
  DatagramTalker(CaseContext& t, std::string its_name) : context(t), name(std::move(its_name)) {}

  void start_protocol() override {
    context.log(name + " start");
    running = std::make_unique<promises::Story>();
    ++starts;
    const int stops_before = stops;
    if (on_start) on_start(*this);  // when it throws, the port is not started
    if (stops == stops_before) running->begin();
  }
  void datagram_received(std::string_view data, const Address& from) override {
    if (running) running->go_on("datagram_received");
    received.emplace_back(data);
    senders.push_back(from);
    if (on_datagram) on_datagram(*this, data);
  }
  void connection_refused() override {
    context.log(name + " refused");
    ++refusals;
    if (on_refused) on_refused(*this);
  }
  void stop_protocol() override {
    context.log(name + " stop");
    if (running) running->end();
    ++stops;
    if (on_stop) on_stop(*this);
  }
  std::string log_prefix() const override { return name; }

  DatagramTransport& wire() { return *transport(); }
  bool has_wire() const { return transport() != nullptr; }

  std::function<void(DatagramTalker&)> on_start;
  std::function<void(DatagramTalker&, std::string_view)> on_datagram;
  std::function<void(DatagramTalker&)> on_refused;
  std::function<void(DatagramTalker&)> on_stop;

  CaseContext& context;
  std::string name;
  std::vector<std::string> received;
  std::vector<Address> senders;
  int starts = 0;
  int stops = 0;
  int refusals = 0;
  std::unique_ptr<promises::Story> running;  // a new one each time it starts
};

inline std::shared_ptr<DatagramTalker> datagram_talker(CaseContext& t, std::string name = "near") {
  return std::make_shared<DatagramTalker>(t, std::move(name));
}

/// A UDP port, on loopback unless an interface is named.
inline std::shared_ptr<ListeningPort> listen_udp(CaseContext& t,
                                                 std::shared_ptr<DatagramProtocol> protocol,
                                                 std::uint16_t port = 0,
                                                 const std::string& interface = "127.0.0.1") {
  return query<ReactorUDP>(t.reactor()).listen_udp(port, std::move(protocol), interface);
}

}  // namespace loopmark::conformance
