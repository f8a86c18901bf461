// SPDX-License-Identifier: MIT
//
// What becomes of descriptors when the reactor is stopped, and what is served while shutdown waits.
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/case.h"
#include "conformance/cases/phases.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

/// Sends until the socket takes no more. Returns how much that was.
std::size_t fill(int fd) {
  const std::string block(4096, 'x');
  std::size_t sent = 0;
  for (ssize_t n; (n = ::send(fd, block.data(), block.size(), MSG_NOSIGNAL)) > 0;)
    sent += static_cast<std::size_t>(n);
  return sent;
}

/// A socket to read from, and the other end, which is kept open.
struct Reader {
  Reader() : Reader(socket_pair()) {}
  explicit Reader(std::pair<UniqueFd, UniqueFd> ends)
      : near(probe(std::move(ends.first))), far(std::move(ends.second)) {}
  std::shared_ptr<Probe> near;
  UniqueFd far;
};

CASE("CORE-STOP-13", IdleDescriptorsAreTold,
     "every descriptor that is still registered at shutdown gets connection_lost() with "
     "ConnectionLost",
     "stop_forgets_writers") {
  Reactor& reactor = t.reactor();
  const Reader reader;
  const Reader writer;
  fill(writer.near->fileno());
  reactor.add_reader(reader.near);
  reactor.add_writer(writer.near);
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  for (const auto& end : {reader.near, writer.near}) {
    ASSERT_EQ(end->losses.size(), 1u);
    EXPECT_TRUE(end->losses[0].is<ConnectionLost>());
  }
  EXPECT_EQ(reader.near->reads, 0);
  EXPECT_EQ(writer.near->writes, 0);
}

CASE("CORE-STOP-14", ThrowingConnectionLostCostsNobodyElse,
     "a connection_lost() that throws during shutdown is reported, and the other descriptors are "
     "told all the same",
     "stop_one_barrier") {
  Reactor& reactor = t.reactor();
  const Reader ends[3];  // whichever way they are gone through, one comes after the second
  for (const Reader& end : ends) reactor.add_reader(end.near);
  ends[1].near->on_lost = [](Probe&, const Failure&) {
    throw std::runtime_error("thrown at shutdown");
  };
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  for (const Reader& end : ends) EXPECT_EQ(end.near->losses.size(), 1u);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown at shutdown");
}

CASE("CORE-STOP-15", DescriptorsAreGoneWhenDuringShutdownTriggersRun,
     "descriptors are registered still in before-shutdown triggers, and disconnected in "
     "during-shutdown triggers",
     "stop_transition_last") {
  Reactor& reactor = t.reactor();
  const Reader reader;
  reactor.add_reader(reader.near);
  for (const Phase phase : {Phase::kBefore, Phase::kDuring, Phase::kAfter}) {
    reactor.add_system_event_trigger(phase, "shutdown", [&, phase] {
      const bool disconnected = phase != Phase::kBefore;
      EXPECT_EQ(reactor.get_readers().size(), disconnected ? 0u : 1u);
      EXPECT_EQ(reader.near->losses.size(), disconnected ? 1u : 0u);
      t.log("looked");
    });
  }
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(times(t, "looked"), 3);
}

CASE("CORE-STOP-16", TheLoopServesWhileShutdownWaits,
     "while a before-shutdown trigger's Deferred is open, delayed calls, thread calls and "
     "descriptors are served",
     "stop_shutdown_not_served") {
  Reactor& reactor = t.reactor();
  const Reader reader;
  Deferred served;
  const auto serve = [&](const std::string& kind) {
    t.log(kind);
    if (t.events().size() == 3) served.callback();
  };
  reader.near->on_read = [&](Probe& self) {
    serve("descriptor");
    return self.read_some();
  };
  reactor.add_reader(reader.near);
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    put(reader.far, "x");
    reactor.call_later(0s, [&] { serve("delayed call"); });
    reactor.call_from_thread([&] { serve("thread call"); });
    return served;
  });
  reactor.add_system_event_trigger(Phase::kDuring, "shutdown", logs(t, "during shutdown"));
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(times(t, "descriptor"), 1);
  EXPECT_EQ(times(t, "delayed call"), 1);
  EXPECT_EQ(times(t, "thread call"), 1);
  ASSERT_EQ(t.events().size(), 4u);
  EXPECT_EQ(t.events().back(), "during shutdown");
}

CASE("CORE-STOP-17", ReaderAndWriterInOneIsToldOnce,
     "a descriptor that is reader and writer gets one connection_lost() at shutdown",
     "stop_tells_twice") {
  Reactor& reactor = t.reactor();
  const Reader both;
  fill(both.near->fileno());
  reactor.add_reader(both.near);
  reactor.add_writer(both.near);
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(both.near->losses.size(), 1u);
}

CASE("CORE-STOP-18", StopFlushesNothing,
     "a descriptor that still has bytes to send at stop is lost with ConnectionLost, and they are "
     "dropped",
     "stop_flushes") {
  constexpr std::size_t kBytes = 3'000'000;
  const std::string bytes(kBytes, 'x');
  Reactor& reactor = t.reactor();
  Reader sender;
  const auto receiver = probe(std::move(sender.far));
  std::size_t sent = 0;
  sender.near->on_write = [&](Probe& self) {
    if (sent == 0) reactor.stop();
    const ssize_t n = ::send(self.fileno(), bytes.data() + sent, kBytes - sent, MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
    if (sent == kBytes) reactor.remove_writer(self);
    return Progress::more();
  };
  receiver->on_read = [](Probe& self) { return self.read_some(1 << 16); };
  reactor.add_writer(sender.near);
  reactor.add_reader(receiver);
  reactor.run();
  EXPECT_GT(sent, 0u);
  EXPECT_LT(sent, kBytes);
  ASSERT_EQ(sender.near->losses.size(), 1u);
  EXPECT_TRUE(sender.near->losses[0].is<ConnectionLost>());
}

CASE("CORE-STOP-20", ClosedDescriptorSpoilsNobodyElsesEnd,
     "with one registered descriptor closed, the others are still told at shutdown",
     "stop_closed_spoils_all") {
  Reactor& reactor = t.reactor();
  const Reader ends[3];
  for (const Reader& end : ends) reactor.add_reader(end.near);
  ends[0].near->on_read = [&](Probe& self) {  // while what is ready is served: no wait follows
    ends[1].near->close();
    reactor.stop();
    return self.read_some();
  };
  put(ends[0].far, "x");
  reactor.run();
  EXPECT_EQ(ends[0].near->losses.size(), 1u);
  EXPECT_EQ(ends[2].near->losses.size(), 1u);
  EXPECT_TRUE(reactor.get_readers().empty());
}

}  // namespace
}  // namespace loopmark::conformance
