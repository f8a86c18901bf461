// SPDX-License-Identifier: MIT
//
// Reactors that break a promise each, and one that keeps them.
#include "conformance/promises.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include "conformance/observed_reactor.h"
#include "conformance/probe.h"
#include "reactors/doubles/forwarding_reactor.h"
#include "reactors/errors.h"
#include "reactors/registry.h"

namespace loopmark::conformance {
namespace {

using namespace std::chrono_literals;

/// The first broken promise is kept for the life of the process, so each test has one of its own (DeathTest).
template <class Body>
void expect_broken(Body body, const char* how) {
  const auto tell = [&] {
    body();
    std::fprintf(stderr, "broken: '%s'\n", promises::first_broken().c_str());
    std::_Exit(0);
  };
  EXPECT_EXIT(tell(), testing::ExitedWithCode(0), std::string("broken: '") + how);
}

std::unique_ptr<Reactor> epoll() {
  return make_reactor("epoll");
}

/// Removes nothing.
struct Clinging : ForwardingReactor {
  using ForwardingReactor::ForwardingReactor;
  ~Clinging() override { end(); }
  void remove_reader(Descriptor&) override {}
};

/// Lets go of its descriptors when it stops, without a word.
struct Silent : ForwardingReactor {
  using ForwardingReactor::ForwardingReactor;
  ~Silent() override { end(); }
  void stop() override {
    to_->remove_all();
    to_->stop();
  }
};

/// Stops without its shutdown.
struct Abrupt : ForwardingReactor {
  using ForwardingReactor::ForwardingReactor;
  ~Abrupt() override { end(); }
  void stop() override { to_->crash(); }
};

/// Makes each delayed call twice, and tells losses so.
struct Stuttering : ForwardingReactor {
  using ForwardingReactor::ForwardingReactor;
  ~Stuttering() override { end(); }
  DelayedCallRef call_later(Duration delay, Callback function) override {
    return to_->call_later(delay, [function] {
      function();
      function();
    });
  }
  void add_reader(std::shared_ptr<Descriptor> descriptor) override {
    to_->add_system_event_trigger(Phase::kAfter, "shutdown", [descriptor] {
      descriptor->connection_lost(Failure::of(ConnectionDone()));
    });
    to_->add_reader(descriptor);
  }
};

/// A readable descriptor that is removed by its first callback, in a reactor that runs for some passes.
void read_once(Reactor& reactor) {
  auto [near, far] = socket_pair();
  put(far, "text");
  const auto reader = probe(std::move(near));
  reader->on_read = [&](Probe& self) {
    reactor.remove_reader(self);
    return Progress::more();
  };
  reactor.add_reader(reader);
  for (int i = 0; i < 3; ++i) reactor.iterate(0ns);
}

void run_with_reader(Reactor& reactor) {
  auto [near, far] = socket_pair();
  const auto reader = probe(std::move(near));
  reactor.add_reader(reader);
  reactor.call_later(0ns, [&] { reactor.stop(); });
  reactor.run();
}

TEST(PromisesDeathTest, AreKeptByOurReactor) {
  expect_broken(
      [] {
        const auto reactor = observed(epoll());
        read_once(*reactor);
        run_with_reader(*reactor);
        run_with_reader(*reactor);
      },
      "'");
}

TEST(PromisesDeathTest, AreBrokenByACallAfterRemoval) {
  expect_broken([] { read_once(*observed(std::make_unique<Clinging>(epoll()))); },
                "do_read was called of a descriptor that had been removed");
}

TEST(PromisesDeathTest, AreBrokenByALossThatIsNotTold) {
  expect_broken([] { run_with_reader(*observed(std::make_unique<Silent>(epoll()))); },
                "a descriptor is registered no more, and was not told so");
}

TEST(PromisesDeathTest, AreBrokenByADescriptorThatOutlastsTheShutdown) {
  expect_broken([] { run_with_reader(*observed(std::make_unique<Abrupt>(epoll()))); },
                "the reactor has shut down, and a descriptor was not told so");
}

TEST(PromisesDeathTest, AreBrokenByALossThatIsToldTwice) {
  expect_broken(
      [] {
        const auto reactor = observed(std::make_unique<Stuttering>(epoll()));
        auto [near, far] = socket_pair();
        reactor->add_reader(probe(std::move(near)));
        reactor->call_from_thread([&] { reactor->stop(); });
        reactor->run();
      },
      "connection_lost was called twice");
}

TEST(PromisesDeathTest, AreBrokenByADelayedCallThatIsMadeTwice) {
  expect_broken(
      [] {
        const auto reactor = observed(std::make_unique<Stuttering>(epoll()));
        reactor->call_later(0ns, [] {});
        for (int i = 0; i < 3; ++i) reactor->iterate(0ns);
      },
      "a delayed call was made twice");
}

TEST(PromisesDeathTest, AreBrokenByACallToAProtocolAfterItsEnd) {
  expect_broken(
      [] {
        promises::Story story;
        story.begin();
        story.go_on("data_received");
        story.end();
        story.go_on("data_received");
      },
      "data_received was called after the end");
}

TEST(PromisesDeathTest, AreBrokenByAShutdownThatForgetsAProtocol) {
  expect_broken(
      [] {
        promises::Story told, forgotten;
        told.begin();
        told.end();
        promises::shut_down();
        EXPECT_EQ(promises::first_broken(), "");
        forgotten.begin();
        promises::shut_down();
      },
      "the reactor has shut down");
}

TEST(PromisesDeathTest, AreKeptByWhoGoesOnWithWhatWasNotSent) {
  expect_broken(
      [] {
        promises::not_sent(5, "llo", 3);
        promises::sends(6, "hello", 5);
        promises::sends(5, "llo and more", 12);
        promises::sends(5, "hello", 5);
        promises::not_sent(5, "llo", 3);
        promises::closes(5);
        promises::sends(5, "hello", 5);
      },
      "'");
}

TEST(PromisesDeathTest, AreBrokenByWhoSendsAgain) {
  expect_broken(
      [] {
        promises::not_sent(5, "llo", 3);
        promises::sends(5, "hello", 5);
      },
      "what a call had not sent was passed over");
}

// That a descriptor is registered with another reactor is found out though somebody stands between.
TEST(ObservedReactor, IsNoOtherReactorThanTheOneItStandsAround) {
  const auto reactor = observed(epoll()), other = observed(epoll());
  auto [near, far] = socket_pair();
  const auto reader = probe(std::move(near));
  reactor->add_reader(reader);
  EXPECT_THROW(other->add_reader(reader), std::logic_error);
  EXPECT_EQ(reactor->get_readers(), (std::vector<std::shared_ptr<Descriptor>>{reader}));
  EXPECT_EQ(reactor->remove_all(), (std::vector<std::shared_ptr<Descriptor>>{reader}));
  EXPECT_NO_THROW(other->add_reader(reader));
}

}  // namespace
}  // namespace loopmark::conformance
