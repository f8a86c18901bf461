// SPDX-License-Identifier: MIT
//
// Section 13, Producers and flow control.
#include <algorithm>
#include <thread>

#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

using Log = std::vector<std::string>;

/// Notes what it is asked, and does what its function says when it is resumed.
class Push : public PushProducer {
 public:
  explicit Push(CaseContext& t) : context(t) {}
  void pause_producing() override { note("pause"); }
  void resume_producing() override {
    note("resume");
    if (on_resume) on_resume();
  }
  void stop_producing() override {
    note("stop");
    if (on_stop) on_stop();
  }
  void note(const char* what) {
    calls.emplace_back(what);
    context.log(std::string("producer ") + what);
  }

  CaseContext& context;
  std::function<void()> on_resume;
  std::function<void()> on_stop;
  Log calls;
};
class Pull : public Producer {
 public:
  explicit Pull(CaseContext& t) : inner(t) {}
  void resume_producing() override { inner.resume_producing(); }
  void stop_producing() override { inner.stop_producing(); }

  Push inner;
};

/// A server's connection on which `does` is called when it is made, and a plain client that does not read by itself. Runs
/// until the reactor is stopped.
struct Stream {
  Stream(CaseContext& t, std::function<void(Talker&)> does)
      : server(talkers(t, "server")),
        port(query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1")),
        client(port->host()) {
    server->configure = [does = std::move(does)](Talker& talker) { talker.on_made = does; };
  }

  std::shared_ptr<TalkerFactory<>> server;
  std::shared_ptr<ListeningPort> port;
  PlainClient client;
};

// More than the kernel keeps for a peer that does not read.
constexpr std::size_t kFlood = 8'000'000;
std::string flood() {
  return std::string(kFlood, 'f');
}

/// Takes `count` bytes at the client's end, in the reactor, and then calls `done`.
void read_all(CaseContext& t, PlainClient& client, std::size_t count, std::function<void()> done) {
  ::fcntl(client.fd(), F_SETFL, O_NONBLOCK);
  const auto reader = probe(UniqueFd(::fcntl(client.fd(), F_DUPFD_CLOEXEC, 0)));
  reader->on_read = [&t, count, done = std::move(done)](Probe& self) {
    const Progress progress = self.read_some(1 << 20);
    if (self.received.size() >= count && !self.received.empty()) {
      t.reactor().remove_reader(self);
      done();
    }
    return progress;
  };
  t.reactor().add_reader(reader);
}

CASE("PROD-01", OneProducerAtATime, "registering a second producer throws, and the first stays",
     "prod_second_replaces_first") {
  const auto first = std::make_shared<Push>(t), second = std::make_shared<Push>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(first);
    EXPECT_THROW(self.wire().register_producer(second), ProducerAlreadyRegistered);
    self.wire().write(flood());
    t.reactor().stop();
  });
  t.reactor().run();
  EXPECT_EQ(first->calls.at(0), "pause");
  EXPECT_EQ(second->calls, Log{});
}

CASE("PROD-02", PullProducerIsAskedAtOnce,
     "registering a pull producer asks it for data inside the call", "prod_pull_waits_for_a_pass") {
  const auto producer = std::make_shared<Pull>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(producer);
    EXPECT_EQ(producer->inner.calls, Log{"resume"});
    self.wire().unregister_producer();
    t.reactor().stop();
  });
  t.reactor().run();
}

CASE("PROD-03", PushProducerIsTakenToRun, "registering a push producer calls nothing",
     "prod_push_resumed_at_once") {
  const auto producer = std::make_shared<Push>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(producer);
    EXPECT_EQ(producer->calls, Log{});
    self.wire().write("a little");
    EXPECT_EQ(producer->calls, Log{});
    self.wire().unregister_producer();
    t.reactor().stop();
  });
  t.reactor().run();
}

CASE("PROD-04", PushProducerIsPausedAboveTheLimit,
     "the write() that lifts the queue over its limit pauses the push producer",
     "prod_limit_ignored") {
  const auto producer = std::make_shared<Push>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(producer);
    self.wire().write(flood());  // fills the kernel's buffers, and the queue
    EXPECT_EQ(producer->calls, Log{"pause"});
    self.wire().write("more");
    EXPECT_EQ(producer->calls, Log{"pause"});
    t.reactor().stop();
  });
  t.reactor().run();
}

CASE("PROD-05", PausedPushProducerIsResumedWhenEmpty,
     "an empty queue resumes a push producer that was paused, once, and no other",
     "prod_never_resumed") {
  const auto producer = std::make_shared<Push>(t);
  Talker* server = nullptr;
  Stream stream(t, [&](Talker& self) {
    server = &self;
    self.wire().register_producer(producer);
    self.wire().write(flood());
  });
  producer->on_resume = [&] {
    server->wire().write("the last");
    t.reactor().call_later(0s, [&] {
      server->wire().unregister_producer();
      t.reactor().stop();
    });
  };
  read_all(t, stream.client, kFlood + 8, [] {});
  t.reactor().run();
  EXPECT_EQ(producer->calls, (Log{"pause", "resume"}));
}

CASE("PROD-06", ResumeMayFillTheQueueAgain,
     "a push producer that fills the queue inside resume_producing() is paused and resumed again",
     "prod_paused_once_only") {
  const auto producer = std::make_shared<Push>(t);
  Talker* server = nullptr;
  Stream stream(t, [&](Talker& self) {
    server = &self;
    self.wire().register_producer(producer);
    self.wire().write(flood());
  });
  producer->on_resume = [&] {
    if (producer->calls.size() < 6) return server->wire().write(flood());
    server->wire().unregister_producer();
    server->wire().lose_connection();
  };
  read_all(t, stream.client, 3 * kFlood, [&] { t.reactor().stop(); });
  t.reactor().run();
  EXPECT_EQ(producer->calls, (Log{"pause", "resume", "pause", "resume", "pause", "resume"}));
}

CASE("PROD-07", PullProducerIsAskedEachTimeTheQueueIsEmpty,
     "a pull producer is resumed once each time the queue is empty, and never paused",
     "prod_pull_asked_once") {
  const auto producer = std::make_shared<Pull>(t);
  Transport* wire = nullptr;
  Stream stream(t, [&](Talker& self) {
    wire = &self.wire();
    self.wire().register_producer(producer);
  });
  producer->inner.on_resume = [&] {
    if (producer->inner.calls.size() > 4) {
      wire->unregister_producer();
      return wire->lose_connection();
    }
    // Little, and more than the kernel takes, in turn.
    wire->write(producer->inner.calls.size() % 2 == 1 ? "x" : flood());
  };
  read_all(t, stream.client, 2 * kFlood + 2, [&] { t.reactor().stop(); });
  t.reactor().run();
  EXPECT_EQ(producer->inner.calls, (Log{"resume", "resume", "resume", "resume", "resume"}));
}

CASE("PROD-08", ProducerIsStoppedBeforeTheProtocolHears,
     "when the connection is lost, its producer is stopped before connection_lost()",
     "prod_stopped_too_late") {
  const auto producer = std::make_shared<Push>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(producer);
    self.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
    self.wire().abort_connection();
  });
  t.reactor().run();
  const auto& events = t.events();
  const auto stop = std::find(events.begin(), events.end(), "producer stop");
  const auto lost = std::find(events.begin(), events.end(), "server lost");
  ASSERT_NE(stop, events.end());
  EXPECT_LT(stop, lost);
}

CASE("PROD-09", LostTransportStopsAProducerAtOnce,
     "registering on a lost transport stops the producer inside the call", "prod_lost_registers") {
  const auto producer = std::make_shared<Push>(t);
  const auto pull = std::make_shared<Pull>(t);
  Stream stream(t, [&](Talker& self) {
    self.on_lost = [&](Talker& lost, const Failure&) {
      lost.wire().register_producer(producer);
      lost.wire().register_producer(pull);
      t.reactor().stop();
    };
    self.wire().abort_connection();
  });
  t.reactor().run();
  EXPECT_EQ(producer->calls, Log{"stop"});
  EXPECT_EQ(pull->inner.calls, Log{"stop"});
}

CASE("PROD-10", CloseWaitsForTheProducer,
     "lose_connection() waits until the producer is unregistered, and what it wrote is sent",
     "prod_close_forgets_the_producer") {
  const auto producer = std::make_shared<Push>(t);
  Talker* server = nullptr;
  bool closed_early = false;
  Stream stream(t, [&](Talker& self) {
    server = &self;
    self.wire().register_producer(producer);
    self.wire().write(flood());
    self.wire().lose_connection();
    self.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  });
  producer->on_resume = [&] {
    t.reactor().call_later(0s, [&] {
      t.reactor().call_later(0s, [&] {
        closed_early = !server->losses.empty();
        server->wire().write("the end");
        server->wire().unregister_producer();
      });
    });
  };
  read_all(t, stream.client, kFlood + 7, [] {});
  t.reactor().run();
  EXPECT_FALSE(closed_early);
  EXPECT_EQ(producer->calls, (Log{"pause", "resume"}));
  ASSERT_EQ(server->losses.size(), 1u);
  EXPECT_TRUE(server->losses[0].is<ConnectionDone>());
}

CASE("PROD-12", UnregisteringAfterTheLossRegistersNothing,
     "unregister_producer() on a lost transport leaves the writer set as it is",
     "prod_unregister_wants_to_write") {
  const auto producer = std::make_shared<Push>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(producer);
    self.wire().abort_connection();
    self.on_lost = [&](Talker& lost, const Failure&) {
      lost.wire().unregister_producer();
      EXPECT_EQ(t.reactor().get_writers().size(), 0u);
      t.reactor().stop();
    };
  });
  producer->on_stop = [&] { stream.server->built.at(0)->wire().unregister_producer(); };
  t.reactor().run();
  EXPECT_EQ(producer->calls, Log{"stop"});
}

CASE("PROD-13", TransportsCanBeChained,
     "a transport can be the push producer of another, which pauses it, and ends it with "
     "stop_producing()",
     "prod_transport_does_not_pause") {
  // Two clients: what one floods its connection with goes to the other, which does not read at first.
  const auto relay = talkers(t, "relay");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, relay, 50, "127.0.0.1");
  PlainClient source(port->host()), sink(port->host());
  const Address from = source.host();
  std::size_t passed_on = 0;
  std::shared_ptr<Transport> in, out;
  relay->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      (self.wire().peer() == from ? in : out) = self.shared_wire();
      if (in && out) out->register_producer(in);
    };
    talker.on_data = [&](Talker&, std::string_view data) {
      passed_on += data.size();
      if (out) out->write(data);
    };
    talker.on_lost = [&](Talker&, const Failure&) {
      if (relay->built.at(0)->losses.size() + relay->built.at(1)->losses.size() == 2)
        t.reactor().stop();
    };
  };
  std::jthread flooding([&] {
    source.send(flood());
    source.send(flood());
  });
  // Once the source is paused, the sink reads; when all is there, it ends, and takes the source along.
  std::size_t at_pause = 0;
  std::function<void()> look = [&] {
    const bool all = passed_on == 2 * kFlood;
    const auto* const watched = dynamic_cast<Descriptor*>(in.get());
    const auto readers = t.reactor().get_readers();
    const bool reads = std::any_of(readers.begin(), readers.end(),
                                   [&](const auto& reader) { return reader.get() == watched; });
    if (!all && (!in || !out || reads || passed_on == 0)) {
      t.reactor().call_later(0s, look);
      return;
    }
    at_pause = passed_on;
    read_all(t, sink, 2 * kFlood, [&] { sink.reset(); });
  };
  look();
  t.reactor().run();
  flooding.join();
  EXPECT_LT(at_pause, 2 * kFlood) << "the source was never paused";
  EXPECT_EQ(passed_on, 2 * kFlood);
}

CASE("PROD-14", StopConsumingUnregistersAndCloses, "stop_consuming() drops the producer and closes",
     "prod_stop_consuming_waits") {
  const auto producer = std::make_shared<Push>(t);
  Stream stream(t, [&](Talker& self) {
    self.wire().register_producer(producer);
    self.wire().stop_consuming();
    self.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  });
  t.reactor().run();
  EXPECT_EQ(producer->calls, Log{});
  EXPECT_EQ(stream.server->only().losses.size(), 1u);
}

CASE("PROD-15", AbortingInAProducerIsSafe,
     "abort_connection() inside resume_producing() is safe, and the producer is told to stop",
     "prod_stopped_too_late") {
  const auto producer = std::make_shared<Push>(t);
  Talker* server = nullptr;
  Stream stream(t, [&](Talker& self) {
    server = &self;
    self.wire().register_producer(producer);
    self.wire().write(flood());
    self.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  });
  producer->on_resume = [&] { server->wire().abort_connection(); };
  read_all(t, stream.client, kFlood + 1, [] {});
  t.reactor().run();
  EXPECT_EQ(producer->calls, (Log{"pause", "resume", "stop"}));
  const auto& events = t.events();
  EXPECT_LT(std::find(events.begin(), events.end(), "producer stop"),
            std::find(events.begin(), events.end(), "server lost"));
}

CASE("PROD-16", WellBehavedProducerQueuesLittle,
     "however slow the consumer, a push producer that writes while it is not paused queues no more "
     "than the limit and one chunk",
     "prod_limit_ignored") {
  // Writes chunks until it is paused; what it has written beyond what the peer and the kernel hold, is queued.
  const auto producer = std::make_shared<Push>(t);
  const std::string chunk(10'000, 'c');
  std::size_t written = 0;
  Transport* wire = nullptr;
  const auto produce = [&] {
    const std::size_t pauses = producer->calls.size();
    while (producer->calls.size() == pauses && written < 3 * kFlood) {
      wire->write(chunk);
      written += chunk.size();
    }
  };
  Stream stream(t, [&](Talker& self) {
    wire = &self.wire();
    wire->register_producer(producer);
    produce();
    t.reactor().stop();
  });
  t.reactor().run();
  stream.client.read_to_end();  // the stop has closed the connection: this is what the kernel held
  const std::size_t in_kernel = stream.client.received().size();
  EXPECT_EQ(producer->calls.at(0), "pause");
  EXPECT_LE(written, in_kernel + std::size_t{64} * 1024 + chunk.size());
}

}  // namespace
}  // namespace loopmark::conformance
