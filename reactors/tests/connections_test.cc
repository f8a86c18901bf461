// SPDX-License-Identifier: MIT
//
// A connection whose calls come in unusual order: after its end, in its end, twice, or with a producer between.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "reactors/services/unix_transport.h"
#include "reactors/tests/served_connection.h"

namespace loopmark {
namespace {

using Connections = ServedConnection;

class HalfCloseableTalker final : public Talker, public HalfCloseableProtocol {
 public:
  void read_connection_lost() override { ++read_losses; }
  void write_connection_lost() override {
    ++write_losses;
    if (on_write_lost) on_write_lost();
  }

  std::function<void()> on_write_lost;
  int read_losses = 0;
  int write_losses = 0;
};

class Pushing final : public PushProducer {
 public:
  void pause_producing() override { ++pauses; }
  void resume_producing() override { ++resumes; }
  void stop_producing() override { ++stops; }

  int pauses = 0;
  int resumes = 0;
  int stops = 0;
};

TEST_F(Connections, DoNothingAfterTheirEnd) {
  const auto talker = serve(std::make_shared<Talker>());
  wire_->abort_connection();
  wire_->abort_connection();
  pass();
  const auto producer = std::make_shared<Pushing>();
  const std::string_view part = "too late";
  wire_->write(part);
  wire_->write_sequence({&part, 1});
  dynamic_cast<UNIXTransport&>(*wire_).send_file_descriptor(STDIN_FILENO);
  wire_->register_producer(producer);
  wire_->unregister_producer();
  wire_->pause_producing();
  wire_->resume_producing();
  wire_->lose_write_connection();
  wire_->lose_connection();
  wire_->abort_connection();
  pass();
  expect_one_loss<ConnectionAborted>(*talker);
  EXPECT_EQ(producer->stops, 1);
  EXPECT_TRUE(errors_.empty());
}

TEST_F(Connections, SendNothingOfEmptyParts) {
  serve(std::make_shared<Talker>());
  const std::array<std::string_view, 2> parts{};
  wire_->write_sequence(parts);
  pass();
  EXPECT_EQ(take(), 0u);
  EXPECT_TRUE(reactor_->get_writers().empty());
}

TEST_F(Connections, AreLostForADescriptorWithoutAByte) {
  const auto talker = serve(std::make_shared<Talker>());
  dynamic_cast<UNIXTransport&>(*wire_).send_file_descriptor(STDIN_FILENO);
  wire_->write_sequence({});  // for which they are something to be sent
  pass();
  expect_one_loss<ConnectionLost>(*talker);
}

TEST_F(Connections, SendWhatIsWrittenAfterTheirCloseWasAskedFor) {
  constexpr std::size_t kMuch = 1 << 20;
  const auto talker = serve(std::make_shared<Talker>());
  wire_->lose_connection();
  wire_->write(std::string(kMuch, 'x'));
  take_all(kMuch);
  pass();
  expect_one_loss<ConnectionDone>(*talker);
}

TEST_F(Connections, WaitForAProducerThatComesWhileTheyClose) {
  const auto talker = serve(std::make_shared<Talker>());
  wire_->lose_connection();
  wire_->register_producer(std::make_shared<Pushing>());
  wire_->unregister_producer();
  wire_->register_producer(std::make_shared<Pushing>());
  pass(3);
  EXPECT_TRUE(talker->losses.empty());
  wire_->unregister_producer();
  pass();
  expect_one_loss<ConnectionDone>(*talker);
}

TEST_F(Connections, ResumeOnlyAProducerThatTheyHavePaused) {
  constexpr std::size_t kMuch = 1 << 20;
  serve(std::make_shared<Talker>());
  const auto producer = std::make_shared<Pushing>();
  wire_->set_buffer_limit(2 * kMuch);
  wire_->register_producer(producer);
  wire_->write(std::string(kMuch, 'x'));
  take_all(kMuch);
  EXPECT_EQ(producer->pauses, 0);
  EXPECT_EQ(producer->resumes, 0);
}

TEST_F(Connections, EndTheirWritingOnceAndWhenTheProducerHasGone) {
  const auto talker = serve(std::make_shared<HalfCloseableTalker>());
  wire_->register_producer(std::make_shared<Pushing>());
  wire_->lose_write_connection();
  wire_->lose_write_connection();
  pass(3);
  EXPECT_EQ(talker->write_losses, 0);
  wire_->unregister_producer();
  pass();
  wire_->register_producer(std::make_shared<Pushing>());
  wire_->unregister_producer();
  pass(2);
  EXPECT_EQ(talker->write_losses, 1);
  EXPECT_TRUE(talker->losses.empty());
}

TEST_F(Connections, EndTheirWritingAlsoForWhoDoesNotAskToHearOfIt) {
  const auto talker = serve(std::make_shared<Talker>());
  wire_->lose_write_connection();
  pass();
  ASSERT_EQ(::send(far_.get(), "x", 1, 0), 1);
  pass();
  EXPECT_EQ(talker->received, "x");
  char byte;
  EXPECT_EQ(::recv(far_.get(), &byte, 1, 0), 0);
}

TEST_F(Connections, ThatCloseDoNotEndTheirWritingBesides) {
  const auto talker = serve(std::make_shared<HalfCloseableTalker>());
  wire_->lose_connection();
  wire_->lose_write_connection();
  pass(2);
  EXPECT_EQ(talker->write_losses, 0);
  expect_one_loss<ConnectionDone>(*talker);
}

TEST_F(Connections, AbortedInTheirLastCallbackAreLostForThat) {
  const auto talker = serve(std::make_shared<HalfCloseableTalker>());
  talker->on_write_lost = [&] { wire_->abort_connection(); };
  ::shutdown(far_.get(), SHUT_WR);
  pass();
  EXPECT_EQ(talker->read_losses, 1);
  wire_->resume_producing();  // which has nothing to go on with
  EXPECT_TRUE(reactor_->get_readers().empty());
  wire_->lose_write_connection();
  pass(2);
  expect_one_loss<ConnectionAborted>(*talker);
}

TEST_F(Connections, WhoseLastCallbackEndsTheRunAreLostForThat) {
  const auto talker = serve(std::make_shared<HalfCloseableTalker>());
  talker->on_write_lost = [&] { reactor_->fire_system_event("shutdown"); };
  ::shutdown(far_.get(), SHUT_WR);
  pass();
  wire_->lose_write_connection();
  pass(2);
  expect_one_loss<ConnectionLost>(*talker);
}

TEST_F(Connections, AbortedAndStoppedInOnePassAreLostForTheFirst) {
  const auto talker = serve(std::make_shared<Talker>());
  reactor_->call_later(Duration::zero(), [&] {
    wire_->abort_connection();
    reactor_->stop();
  });
  reactor_->run();
  expect_one_loss<ConnectionAborted>(*talker);
}

TEST_F(Connections, EndedAndThrowingWhileTheyAreMadeAreLostOnce) {
  const auto talker = std::make_shared<Talker>();
  talker->on_made = [&] {
    reactor_->fire_system_event("shutdown");
    throw std::runtime_error("made no more");
  };
  reactor_->call_later(Duration::zero(), [&] { serve(talker); });
  reactor_->run();
  expect_one_loss<ConnectionLost>(*talker);
  EXPECT_EQ(errors_, std::vector<std::string>{"made no more"});
}

TEST_F(Connections, ThatCannotBeWatchedForReadingEnd) {
  const auto talker = serve(std::make_shared<Talker>());
  pause_and_close();
  wire_->resume_producing();
  pass();
  expect_one_loss<std::system_error>(*talker);
}

TEST_F(Connections, ThatCannotBeWatchedForWritingEnd) {
  const auto talker = serve(std::make_shared<Talker>());
  pause_and_close();
  wire_->lose_write_connection();
  pass();
  expect_one_loss<std::system_error>(*talker);
}

TEST_F(Connections, ThatCannotBeResetSaySoAndEnd) {
  const auto talker = serve(std::make_shared<Talker>());
  pause_and_close();
  wire_->abort_connection();
  pass();
  expect_one_loss<ConnectionAborted>(*talker);
  EXPECT_EQ(errors_, std::vector<std::string>{"abort_connection: Bad file descriptor"});
}

}  // namespace
}  // namespace loopmark
