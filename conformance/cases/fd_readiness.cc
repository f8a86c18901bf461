// SPDX-License-Identifier: MIT
//
// When readers and writers are called.
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <thread>

#include "conformance/cases/fd_line.h"

namespace loopmark::conformance {
namespace {

CASE("FD-READ-01", ReaderIsCalledWhenDataArrives,
     "data on the fd of a reader leads to its do_read(), whatever its number",
     "fd_highest_not_watched") {
  const auto low = make_line();
  auto [near, far] = socket_pair();
  const auto high = probe(high_numbered(std::move(near)));
  t.reactor().add_reader(low.near);
  t.reactor().add_reader(high);
  put(low.far, "low");
  put(far, "high");
  run_window_without_losses(t);
  EXPECT_EQ(low.near->received, "low");
  EXPECT_EQ(high->received, "high");
}

void expect_served(CaseContext& t, const std::shared_ptr<Probe>& probe, const UniqueFd& far) {
  t.reactor().add_reader(probe);
  put(far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(probe->received, "x");
}

CASE("FD-READ-01", NumberZeroIsServed, "a descriptor whose number is 0 is served as any other",
     "fd_zero_not_watched") {
  auto [near, far] = socket_pair();
  expect_served(t, std::make_shared<AtZero>(std::move(near)), far);
}

CASE("FD-READ-01", HighestNumberOfASetIsServed,
     "a descriptor with the highest number that fits into an fd_set is served as any other",
     "fd_last_of_a_set_refused") {
  auto [near, far] = socket_pair();
  const auto last = probe(high_numbered(std::move(near), FD_SETSIZE - 1));
  ASSERT_EQ(last->fileno(), FD_SETSIZE - 1);
  expect_served(t, last, far);
}

CASE("FD-READ-02", ReadinessIsALevel,
     "data left behind by do_read() brings another call without new data",
     "fd_edge_triggered, fd_one_shot") {
  const auto line = make_line();
  line.near->on_read = [](Probe& p) { return p.read_some(1); };
  t.reactor().add_reader(line.near);
  put(line.far, "abc");
  run_window_without_losses(t, 5);
  EXPECT_EQ(line.near->reads, 3);
  EXPECT_EQ(line.near->received, "abc");
}

CASE("FD-READ-03", IdleReaderIsLeftAlone, "a reader whose fd has nothing to read is not called",
     "fd_all_are_ready") {
  const auto line = make_line();
  t.reactor().add_reader(line.near);
  run_window_without_losses(t);
  EXPECT_EQ(line.near->reads, 0);
}

CASE("FD-READ-04", DrainedReaderStaysAndIsCalledForDataOnly,
     "a reader that answered drained stays registered, and is called again when there is data and "
     "not before",
     "fd_all_are_ready") {
  const auto line = make_line();
  int in_vain = 0;
  line.near->on_read = [&](Probe& p) {
    const auto before = p.received.size();
    p.read_some();
    if (p.received.size() == before) ++in_vain;
    if (p.received == "a") t.reactor().call_later(0s, [&] { put(line.far, "b"); });
    return Progress::drained();
  };
  t.reactor().add_reader(line.near);
  put(line.far, "a");
  run_window_without_losses(t, 5);
  EXPECT_EQ(line.near->received, "ab");
  EXPECT_EQ(in_vain, 0);
  EXPECT_EQ(line.near->losses.size(), 0u);
}

CASE("FD-READ-05", EndOfStreamReachesTheReader,
     "a reader whose peer closes ends with ConnectionDone, once",
     "fd_hangup_ignored, fd_hangup_of_poll_ignored") {
  auto [reading, writing] = make_pipe();
  const auto reader = probe(std::move(reading));
  t.reactor().add_reader(reader);
  writing.reset();
  run_window_without_losses(t);
  ASSERT_EQ(reader->losses.size(), 1u);
  EXPECT_TRUE(reader->losses[0].is<ConnectionDone>()) << reader->losses[0].message();
  EXPECT_EQ(reader->writes, 0);
}

CASE("FD-READ-06", UnreadDataComesBeforeTheLoss,
     "data still unread when the peer hangs up is delivered before the loss",
     "fd_masks_compared_whole, fd_masks_of_epoll_compared_whole, fd_hangup_ends_unread") {
  auto line = make_line();
  std::string received_by_then;
  line.near->on_read = [](Probe& p) { return p.read_some(2); };
  line.near->on_lost = [&](Probe& p, const Failure&) { received_by_then = p.received; };
  t.reactor().add_reader(line.near);
  put(line.far, "abc");
  line.far.reset();
  run_window_without_losses(t, 5);
  EXPECT_EQ(received_by_then, "abc");
  EXPECT_EQ(line.near->losses.size(), 1u);
}

CASE("FD-WRITE-01", WriterIsCalledWhenThereIsRoom,
     "room in the fd of a writer leads to its do_write(), whatever its number",
     "fd_highest_not_watched") {
  const auto low = make_line();
  auto [near, far] = socket_pair();
  const auto high = probe(high_numbered(std::move(near)));
  t.reactor().add_writer(low.near);
  t.reactor().add_writer(high);
  run_window_without_losses(t);
  EXPECT_GE(low.near->writes, 1);
  EXPECT_GE(high->writes, 1);
}

CASE("FD-WRITE-01", WriterIsCalledOnANumberThatStoodForTheSameFile,
     "a writer is called though its number was a reader's that was closed and then removed, while "
     "the file stayed open",
     "fd_known_number_not_changed, fd_known_number_refused") {
  auto [near, far] = socket_pair();
  const auto reader = probe(high_numbered(UniqueFd(::dup(near.get()))));
  const int number = reader->fileno();
  t.reactor().add_reader(reader);
  t.reactor().iterate(0s);
  reader->close();
  t.reactor().remove_reader(*reader);
  t.reactor().iterate(0s);
  const auto writer = probe(UniqueFd(::dup3(near.get(), number, O_CLOEXEC)));
  t.reactor().add_writer(writer);
  run_window_without_losses(t);
  EXPECT_GE(writer->writes, 1);
  EXPECT_EQ(writer->reads + reader->reads, 0);
}

CASE("FD-WRITE-02", WriterIsCalledInEveryPass,
     "a writer that answers more is called in every pass while there is room",
     "fd_edge_triggered") {
  const auto line = make_line();
  t.reactor().add_writer(line.near);
  run_window_without_losses(t, 10);
  EXPECT_GE(line.near->writes, 10);  // a round is one pass at least
}

CASE("FD-WRITE-03", WriterWithoutPeerIsLost,
     "a descriptor watched for writing alone whose peer is gone ends with ConnectionLost, and is "
     "not asked to read",
     "fd_hangup_ignored, fd_hangup_of_poll_ignored") {
  auto [reading, writing] = make_pipe();
  const auto into_pipe = probe(std::move(writing));
  std::string filler(4096, 'x');
  while (::write(into_pipe->fileno(), filler.data(), filler.size()) > 0) {
  }
  auto line = make_line();
  t.reactor().add_writer(into_pipe);
  t.reactor().add_writer(line.near);
  reading.reset();
  line.far.reset();
  run_window_without_losses(t);
  for (const Probe* writer : {into_pipe.get(), line.near.get()}) {
    ASSERT_EQ(writer->losses.size(), 1u);
    EXPECT_TRUE(writer->losses[0].is<ConnectionLost>()) << writer->losses[0].message();
    EXPECT_EQ(writer->reads, 0);
  }
}

CASE("FD-WRITE-03", NobodyIsCalledForTheOtherDirection,
     "the end of a peer calls a mere writer for writing only, and a mere reader for reading only, "
     "also where they divide an fd",
     "fd_told_to_whoever") {
  auto writing = make_line();
  auto reading = make_line();
  t.reactor().add_writer(writing.near);
  t.reactor().add_reader(reading.near);
  ASSERT_EQ(reading.near->write_one().is_lost(), false);  // never read by the peer: a reset
  auto divided = make_line();
  const auto writer = std::make_shared<Twin>(*divided.near);
  divided.near->on_read = [](Probe& p) { return p.read_some(1); };
  writer->on_write = [](Probe&) { return Progress::more(); };
  t.reactor().add_reader(divided.near);
  t.reactor().add_writer(writer);
  put(divided.far, "ab");
  for (UniqueFd* far : {&writing.far, &reading.far, &divided.far}) far->reset();
  run_window_without_losses(t);
  EXPECT_EQ(writing.near->reads, 0);
  EXPECT_EQ(reading.near->writes, 0);
  EXPECT_EQ(divided.near->writes, 0);
  EXPECT_EQ(writer->reads, 0);
  EXPECT_EQ(writing.near->losses.size(), 1u);
  EXPECT_EQ(reading.near->losses.size(), 1u);
}

CASE("FD-WRITE-04", SigpipeDoesNotReachTheProcess,
     "writing to a dead pipe raises no SIGPIPE in the process and leaves its disposition alone",
     "fd_sigpipe_ignored, fd_sigpipe_raised") {
  std::signal(SIGPIPE, SIG_DFL);
  auto [reading, writing] = make_pipe();
  const auto writer = probe(std::move(writing));
  int error = 0;
  writer->on_write = [&](Probe& p) {
    if (::write(p.fileno(), "x", 1) < 0) error = errno;
    return Progress::lost(Failure::of(ConnectionLost()));
  };
  t.reactor().add_writer(writer);
  reading.reset();
  run_window_without_losses(t);
  EXPECT_EQ(error, EPIPE);
  struct sigaction disposition {};
  sigaction(SIGPIPE, nullptr, &disposition);
  EXPECT_EQ(disposition.sa_handler, SIG_DFL);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

CASE("FD-PASS-01", ReadComesBeforeWrite,
     "a descriptor ready for both gets its do_read() ahead of its do_write()",
     "fd_write_before_read") {
  const auto line = make_line();
  line.near->on_read = [&](Probe& p) {
    t.log("read");
    return p.read_some();
  };
  line.near->on_write = [&](Probe& p) {
    t.log("write");
    t.reactor().remove_writer(p);
    return Progress::more();
  };
  t.reactor().add_writer(line.near);
  t.reactor().add_reader(line.near);
  put(line.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(t.events(), (std::vector<std::string>{"read", "write"}));
}

CASE("FD-PASS-02", EndlessReadersTakeTurns,
     "a pass makes at most one call for each descriptor and direction", "fd_reads_till_drained") {
  const auto one = make_line();
  const auto other = make_line();
  int ahead = 0;
  int widest = 0;
  const auto counting = [&](int by) {
    return [&, by](Probe&) {
      widest = std::max(widest, std::abs(ahead += by));
      return Progress::more();
    };
  };
  one.near->on_read = counting(1);
  other.near->on_read = counting(-1);
  t.reactor().add_reader(one.near);
  t.reactor().add_reader(other.near);
  put(one.far, "x");
  put(other.far, "x");
  run_window_without_losses(t, 10);
  EXPECT_GE(one.near->reads, 10);
  EXPECT_EQ(widest, 1);
}

CASE("FD-PASS-03", ReportsCarryTheLogPrefix,
     "what a descriptor's callback lets out is reported with its log_prefix()", "fd_prefix_lost") {
  const auto line = make_line();
  line.near->prefix = "the seventh line";
  line.near->on_read = [](Probe&) -> Progress { throw std::runtime_error("broken"); };
  t.reactor().add_reader(line.near);
  put(line.far, "x");
  run_window_without_losses(t);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].context.find("the seventh line"), std::string::npos) << errors[0].context;
}

struct Nameless : Probe {
  using Probe::Probe;
  std::string log_prefix() const override { throw std::runtime_error("no name"); }
};

CASE("FD-PASS-03", ThrowingLogPrefixIsTolerated,
     "a log_prefix() that throws costs neither the report nor the loss", "fd_thrower_stays") {
  const auto line = make_line<Nameless>();
  line.near->on_read = [](Probe&) -> Progress { throw std::runtime_error("broken"); };
  t.reactor().add_reader(line.near);
  put(line.far, "x");
  run_window_without_losses(t);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "broken");
  EXPECT_EQ(line.near->losses.size(), 1u);
}

CASE("FD-PASS-04", AddFromAnotherThreadIsHandedOver,
     "a descriptor that another thread adds by call_from_thread() is registered on the reactor's "
     "thread, and served",
     "fd_thread_call_made_there") {
  const auto line = make_line();
  put(line.far, "x");
  std::thread::id added_on;
  std::thread([&] {
    t.reactor().call_from_thread([&] {
      added_on = std::this_thread::get_id();
      t.reactor().add_reader(line.near);
    });
  }).join();
  run_window_without_losses(t);
  EXPECT_EQ(added_on, std::this_thread::get_id());
  EXPECT_EQ(line.near->received, "x");
}

}  // namespace
}  // namespace loopmark::conformance
