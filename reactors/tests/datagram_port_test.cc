// SPDX-License-Identifier: MIT
//
// What a port for datagrams owes besides the clauses of the contract.
#include <gtest/gtest.h>
#include <sys/select.h>

#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "reactors/registry.h"
#include "reactors/services/udp.h"
#include "reactors/tests/file_limit.h"

namespace loopmark {
namespace {

class Silent : public DatagramProtocol {
 public:
  void datagram_received(std::string_view, const Address&) override {}
  void start_protocol() override { ++starts; }
  const std::shared_ptr<DatagramTransport>& wire() const { return transport(); }

  int starts = 0;
};

std::shared_ptr<ListeningPort> listen(Reactor& reactor, std::shared_ptr<DatagramProtocol> protocol,
                                      std::uint16_t port = 0) {
  return query<ReactorUDP>(reactor).listen_udp(port, std::move(protocol), "127.0.0.1");
}

TEST(DatagramPorts, ShareNoProtocol) {
  const auto reactor = make_reactor("poll");
  const auto protocol = std::make_shared<Silent>();
  const auto first = listen(*reactor, protocol);
  EXPECT_THROW(listen(*reactor, protocol), std::logic_error);
  ASSERT_TRUE(protocol->wire());
  EXPECT_EQ(protocol->wire()->host(), first->host());
  EXPECT_EQ(reactor->get_readers().size(), 1u);
}

TEST(DatagramPorts, LeaveTheirProtocolWithTheReactor) {
  const auto protocol = std::make_shared<Silent>();
  {
    const auto reactor = make_reactor("poll");
    listen(*reactor, protocol);
    EXPECT_TRUE(protocol->wire());
  }  // without a run, and so without a stop
  EXPECT_FALSE(protocol->wire());
  EXPECT_EQ(protocol.use_count(), 1);
}

TEST(DatagramPorts, AreHeldAfterTheirStopAndDoNothing) {
  const auto reactor = make_reactor("poll");
  const auto protocol = std::make_shared<Silent>();
  const auto port = listen(*reactor, protocol);
  const std::shared_ptr<DatagramTransport> wire = protocol->wire();
  reactor->call_later(Duration::zero(), [&] { reactor->stop(); });
  reactor->run();
  EXPECT_NO_THROW(wire->write("too late", port->host()));
  EXPECT_NO_THROW(wire->write("too late"));
  EXPECT_NO_THROW(wire->connect(port->host()));
  EXPECT_NO_THROW(wire->set_broadcast_allowed(true));
  EXPECT_FALSE(wire->broadcast_allowed());
  EXPECT_TRUE(wire->stop_listening().called());
}

TEST(DatagramPorts, ThatCannotBeWatchedStartNothing) {
  constexpr int kMost = FD_SETSIZE + 200;
  if (!FileLimit::can_be(kMost)) GTEST_SKIP() << "no number is beyond what select(2) can watch";
  const FileLimit higher(kMost);
  const auto reactor = make_reactor("select");
  std::vector<std::shared_ptr<ListeningPort>> low;
  const auto protocol = std::make_shared<Silent>();
  for (std::uint16_t i = 0; i < FD_SETSIZE; ++i) {
    try {
      low.push_back(listen(*reactor, std::make_shared<Silent>()));
    } catch (const std::system_error&) {
      break;
    }
  }
  EXPECT_THROW(listen(*reactor, protocol), std::system_error);
  EXPECT_EQ(protocol->starts, 0);
  EXPECT_FALSE(protocol->wire());
  EXPECT_EQ(protocol.use_count(), 1);
  EXPECT_EQ(reactor->get_readers().size(), low.size());
}

}  // namespace
}  // namespace loopmark
