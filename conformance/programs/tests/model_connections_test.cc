// SPDX-License-Identifier: MIT
#include "conformance/programs/model_connections.h"

#include <gtest/gtest.h>

namespace loopmark::conformance::programs {
namespace {

constexpr Who kClient = Who::kClient;
constexpr Who kServer = Who::kServer;

/// The client is connecting.
struct Attempt : ConnectionModel {
  explicit Attempt(bool is_aware = false, bool is_over_tcp = false)
      : ConnectionModel("c", is_aware, is_over_tcp) {
    connect(false);
    factory_started(kServer);
    factory_started(kClient);
    has_connected();
  }
};

/// Both sides are made, over a UNIX socket unless it is said otherwise.
struct Connected : Attempt {
  explicit Connected(bool is_aware = false, bool is_over_tcp = false)
      : Attempt(is_aware, is_over_tcp) {
    made(kClient);
    made(kServer);
  }
  void arrives(Who to, std::size_t count) {
    received(to, stream(other(to), side(to).received, count));
  }
  /// The client's end, with all that belongs to it.
  void client_ends(Reason reason) {
    lost(kClient, reason);
    over();
    factory_stopped(kClient);
  }
};

/// Whether `function` is found to break the clause.
template <class Function>
testing::AssertionResult breaks(const std::string& clause, Function function) {
  try {
    function();
  } catch (const Broken& how) {
    if (how.what.find(clause) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << how.what;
  }
  return testing::AssertionFailure() << "nothing is broken";
}

testing::AssertionResult owes(const std::string& clause, const ConnectionModel& model) {
  const std::string owed = model.owed().value_or("nothing");
  if (owed.find(clause) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "owed: " << owed;
}

TEST(ConnectionModel, OwesAnOutcomeOfTheAttemptOnceAndLater) {
  ConnectionModel model("c", false, false);
  EXPECT_TRUE(owes("nothing", model));
  EXPECT_TRUE(breaks("TCPC-03", [&] { model.made(kServer); }));
  model.connect(false);
  EXPECT_TRUE(breaks("TCPC-01", [&] { model.made(kClient); }));
  EXPECT_TRUE(breaks("TCPC-01", [&] { model.failed(); }));
  model.factory_started(kServer);
  EXPECT_TRUE(breaks("TCPC-01", [&] { model.has_connected(); }));
  model.factory_started(kClient);
  model.has_connected();
  EXPECT_TRUE(owes("TCPC-02", model));
  EXPECT_TRUE(breaks("TCPC-02", [&] { model.failed(); }));
  model.made(kClient);
  EXPECT_TRUE(owes("TCPL-11", model));
  EXPECT_TRUE(breaks("XP-PROTO-02", [&] { model.made(kClient); }));
  EXPECT_TRUE(breaks("TCPC-03", [&] { model.failed(); }));
  model.made(kServer);
  EXPECT_TRUE(owes("nothing", model));
}

TEST(ConnectionModel, AllowsAFailureWhereSomebodyGaveUp) {
  Attempt given_up;
  given_up.stop_connecting();
  given_up.failed();
  EXPECT_TRUE(owes("TCPC-03", given_up));
  given_up.factory_stopped(kClient);
  EXPECT_TRUE(owes("nothing", given_up));
  EXPECT_TRUE(breaks("TCPC-03", [&] { given_up.failed(); }));
  EXPECT_TRUE(breaks("TCPC-03", [&] { given_up.made(kClient); }));
  EXPECT_TRUE(breaks("XP-FACT-01", [&] { given_up.factory_stopped(kClient); }));
  EXPECT_TRUE(breaks("XP-FACT-01", [&] { given_up.factory_started(kServer); }));

  Attempt stopped;
  stopped.reactor_stops();
  EXPECT_TRUE(owes("TCPC-02", stopped));
  EXPECT_NO_THROW(stopped.failed());
}

TEST(ConnectionModel, OwesTheEndOfAPort) {
  Attempt model;
  model.made(kClient);
  EXPECT_TRUE(breaks("TCPL-06", [&] { model.port_closed(); }));
  model.stop_listening();
  EXPECT_TRUE(owes("TCPL-06", model));
  model.port_closed();
  EXPECT_TRUE(owes("TCPL-09", model));
  model.factory_stopped(kServer);
  EXPECT_TRUE(owes("XP-PROTO-02", model));  // the client was in the backlog
  EXPECT_TRUE(breaks("TCPL-07", [&] { model.made(kServer); }));
  EXPECT_NO_THROW(model.lost(kClient, Reason::kLost));
}

TEST(ConnectionModel, KnowsWhatIsToArrive) {
  Connected model;
  const std::string bytes = model.write(kClient, 10);
  EXPECT_TRUE(owes("XP-PROTO-04", model));
  EXPECT_TRUE(breaks("XP-PROTO-04", [&] { model.received(kServer, bytes + "x"); }));
  EXPECT_TRUE(breaks("XP-PROTO-04", [&] { model.received(kServer, bytes.substr(1)); }));
  EXPECT_TRUE(breaks("XP-PROTO-05", [&] { model.received(kServer, std::string(65537, 'x')); }));
  model.received(kServer, bytes.substr(0, 4));
  EXPECT_TRUE(owes("XP-PROTO-04", model));
  model.received(kServer, bytes.substr(4));
  EXPECT_TRUE(owes("nothing", model));
}

TEST(ConnectionModel, OwesNothingToWhoIsPaused) {
  Connected model;
  model.write(kClient, 10);
  model.pause(kServer, true);
  EXPECT_TRUE(owes("nothing", model));
  EXPECT_TRUE(breaks("XP-PAUSE-01", [&] { model.arrives(kServer, 1); }));
  model.lose(kClient);
  EXPECT_TRUE(owes("nothing", model));  // the queue may be full
  model.client_ends(Reason::kDone);
  EXPECT_TRUE(owes("nothing", model));
  EXPECT_TRUE(breaks("XP-PAUSE-04", [&] { model.lost(kServer, Reason::kDone); }));
  model.pause(kServer, false);
  EXPECT_TRUE(owes("XP-PROTO-04", model));
}

TEST(ConnectionModel, ClosesBehindAllData) {
  Connected model;
  model.write(kClient, 10);
  model.lose(kClient);
  EXPECT_TRUE(owes("XP-LOSE-01", model));
  EXPECT_TRUE(breaks("XP-LOSE-04", [&] { model.arrives(kClient, 0); }));
  EXPECT_TRUE(breaks("XP-LOSE-03", [&] { model.lost(kClient, Reason::kLost); }));
  EXPECT_TRUE(breaks("XP-PROTO-02", [&] { model.lost(kServer, Reason::kDone); }));
  model.client_ends(Reason::kDone);
  EXPECT_TRUE(breaks("XP-PROTO-06", [&] { model.lost(kServer, Reason::kDone); }));
  model.arrives(kServer, 10);
  EXPECT_TRUE(owes("HALF-04", model));
  EXPECT_TRUE(breaks("XP-PROTO-07", [&] { model.lost(kServer, Reason::kLost); }));
  model.lost(kServer, Reason::kDone);
  EXPECT_TRUE(owes("nothing", model));
  EXPECT_TRUE(breaks("XP-PROTO-02", [&] { model.lost(kServer, Reason::kDone); }));
  EXPECT_TRUE(breaks("XP-PROTO-02", [&] { model.arrives(kServer, 0); }));
  EXPECT_TRUE(breaks("TCPC-13", [&] { model.over(); }));
}

TEST(ConnectionModel, KnowsNothingOfDataBehindUnreadInput) {
  Connected model;
  model.write(kServer, 1);
  model.write(kClient, 10);
  model.lose(kClient);
  model.client_ends(Reason::kDone);
  EXPECT_TRUE(owes("HALF-04", model));
  EXPECT_NO_THROW(model.lost(kServer, Reason::kLost));
}

TEST(ConnectionModel, TellsTheClientsFactoryOfTheEnd) {
  Connected model;
  EXPECT_TRUE(breaks("TCPC-13", [&] { model.over(); }));
  model.lose(kClient);
  model.lost(kClient, Reason::kDone);
  EXPECT_TRUE(owes("TCPC-13", model));
}

TEST(ConnectionModel, WritesNothingAfterAnAbort) {
  Connected model(false, true);
  const std::string before = model.write(kClient, 5);
  model.abort(kClient);
  const std::string after = model.write(kClient, 5);
  EXPECT_TRUE(owes("XP-ABORT-05", model));
  EXPECT_NO_THROW(model.received(kServer, before));
  EXPECT_TRUE(breaks("XP-PROTO-04", [&] { model.received(kServer, after); }));
  EXPECT_TRUE(breaks("XP-ABORT-03", [&] { model.lost(kClient, Reason::kDone); }));
  EXPECT_TRUE(breaks("XP-ABORT-03", [&] { model.lost(kClient, Reason::kLost); }));
  model.client_ends(Reason::kAborted);
  EXPECT_TRUE(breaks("XP-PROTO-07", [&] { model.lost(kServer, Reason::kDone); }));
  EXPECT_TRUE(breaks("XP-ABORT-03", [&] { model.lost(kServer, Reason::kAborted); }));
  EXPECT_NO_THROW(model.lost(kServer, Reason::kLost));
}

TEST(ConnectionModel, EndsWhoThrowsWithWhatItThrew) {
  Connected model;
  model.abort(kServer);
  model.threw(kServer);
  EXPECT_TRUE(owes("ERR-03", model));
  EXPECT_TRUE(breaks("XP-ABORT-06", [&] { model.lost(kServer, Reason::kAborted); }));
  EXPECT_TRUE(breaks("ERR-03", [&] { model.lost(kClient, Reason::kThrown); }));
  EXPECT_NO_THROW(model.lost(kServer, Reason::kThrown));
}

TEST(ConnectionModel, CallsNobodyInsideACall) {
  Connected model;
  model.lose(kClient);
  EXPECT_FALSE(model.set_in_call(kClient, true));
  EXPECT_TRUE(breaks("XP-LOSE-02", [&] { model.lost(kClient, Reason::kDone); }));
  EXPECT_TRUE(model.set_in_call(kClient, false));
  EXPECT_NO_THROW(model.lost(kClient, Reason::kDone));
}

TEST(ConnectionModel, EndsOneDirectionOfAnAwareOne) {
  Connected model(true);
  EXPECT_TRUE(breaks("HALF-03", [&] { model.read_lost(kServer); }));
  EXPECT_TRUE(breaks("HALF-02", [&] { model.write_lost(kClient); }));
  model.write(kClient, 3);
  model.lose_write(kClient);
  EXPECT_TRUE(breaks("XP-PROTO-02", [&] { model.lost(kServer, Reason::kDone); }));
  EXPECT_TRUE(breaks("HALF-03", [&] { model.read_lost(kServer); }));
  model.arrives(kServer, 3);
  EXPECT_TRUE(owes("HALF-02", model));
  model.write_lost(kClient);
  EXPECT_TRUE(breaks("HALF-02", [&] { model.write_lost(kClient); }));
  EXPECT_TRUE(owes("HALF-03", model));
  model.read_lost(kServer);
  EXPECT_TRUE(owes("nothing", model));
  EXPECT_TRUE(breaks("HALF-03", [&] { model.read_lost(kServer); }));
  const std::string late = model.write(kClient, 3);
  EXPECT_TRUE(breaks("HALF-03", [&] { model.received(kServer, late); }));

  model.write(kServer, 4);  // the other direction goes on
  EXPECT_TRUE(owes("XP-PROTO-04", model));
  model.arrives(kClient, 4);
  model.lose_write(kServer);
  model.write_lost(kServer);
  EXPECT_TRUE(owes("HALF-03", model));
  model.read_lost(kClient);
  EXPECT_TRUE(owes("HALF-11", model));
  model.client_ends(Reason::kDone);
  EXPECT_TRUE(owes("HALF-11", model));
  model.lost(kServer, Reason::kDone);
  EXPECT_TRUE(owes("nothing", model));
}

TEST(ConnectionModel, HearsOfNoEndWhilePausedOrClosing) {
  Connected model(true);
  model.lose_write(kClient);
  model.pause(kServer, true);
  EXPECT_TRUE(breaks("XP-PAUSE-04", [&] { model.read_lost(kServer); }));
  model.pause(kServer, false);
  model.lose(kServer);
  EXPECT_TRUE(breaks("XP-LOSE-04", [&] { model.read_lost(kServer); }));
}

TEST(ConnectionModel, EndsAnOrdinaryOneWithItsReading) {
  Connected model;
  model.lose_write(kClient);
  EXPECT_TRUE(owes("HALF-04", model));
  EXPECT_NO_THROW(model.lost(kServer, Reason::kDone));
}

TEST(ConnectionModel, PausesAndResumesAPushProducer) {
  Connected model;
  EXPECT_TRUE(breaks("PROD-07", [&] { model.producer_resumed(kClient); }));
  model.register_producer(kClient, Produces::kPush);
  EXPECT_TRUE(breaks("PROD-03", [&] { model.producer_resumed(kClient); }));
  model.write(kClient, ConnectionModel::kQueueLimit);
  EXPECT_TRUE(breaks("PROD-04", [&] { model.producer_paused(kClient); }));
  model.write(kClient, 100'000);
  EXPECT_TRUE(breaks("PROD-04", [&] { model.has_written(kClient); }));

  Connected other_model;
  other_model.register_producer(kClient, Produces::kPush);
  other_model.write(kClient, 100'000);
  other_model.producer_paused(kClient);
  EXPECT_NO_THROW(other_model.has_written(kClient));
  EXPECT_TRUE(breaks("PROD-05", [&] { other_model.producer_paused(kClient); }));
  other_model.pause(kServer, true);
  EXPECT_TRUE(owes("nothing", other_model));
  other_model.pause(kServer, false);
  other_model.arrives(kServer, 60'000);
  other_model.arrives(kServer, 40'000);
  EXPECT_TRUE(owes("PROD-05", other_model));
  other_model.producer_resumed(kClient);
  EXPECT_TRUE(owes("nothing", other_model));
}

TEST(ConnectionModel, AsksAPullProducer) {
  Connected model;
  model.register_producer(kServer, Produces::kPull);
  EXPECT_TRUE(owes("PROD-07", model));
  EXPECT_NO_THROW(model.producer_resumed(kServer));
  EXPECT_TRUE(breaks("PROD-07", [&] { model.producer_paused(kServer); }));
  model.lose(kServer);
  EXPECT_TRUE(owes("PROD-07", model));
  EXPECT_TRUE(breaks("PROD-10", [&] { model.producer_stopped(kServer); }));
  model.unregister_producer(kServer);
  EXPECT_TRUE(owes("XP-LOSE-01", model));
}

TEST(ConnectionModel, StopsAProducerBeforeTheEnd) {
  Connected model;
  EXPECT_TRUE(breaks("PROD-08", [&] { model.producer_stopped(kClient); }));
  model.register_producer(kClient, Produces::kPush);
  model.abort(kClient);
  EXPECT_TRUE(breaks("PROD-08", [&] { model.lost(kClient, Reason::kAborted); }));
  model.producer_stopped(kClient);
  EXPECT_TRUE(breaks("PROD-08", [&] { model.producer_stopped(kClient); }));
  EXPECT_NO_THROW(model.lost(kClient, Reason::kAborted));
}

TEST(ConnectionModel, EndsWithTheReactor) {
  Connected model;
  model.pause(kServer, true);
  model.reactor_stops();
  EXPECT_TRUE(owes("TCPL-18", model));
  model.factory_stopped(kServer);
  EXPECT_TRUE(owes("XP-LOSE-01", model));
  model.client_ends(Reason::kLost);
  model.lost(kServer, Reason::kLost);
  EXPECT_TRUE(owes("nothing", model));
}

TEST(ConnectionModel, OwesNothingToWhatWasRemoved) {
  Connected model;
  model.write(kClient, 10);
  model.lose(kClient);
  model.all_removed();
  EXPECT_TRUE(owes("nothing", model));
}

}  // namespace
}  // namespace loopmark::conformance::programs
