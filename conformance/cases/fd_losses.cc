// SPDX-License-Identifier: MIT
//
// How descriptors are lost: by what they answer, by what they throw, and by what becomes of their fd.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "conformance/cases/fd_line.h"
#include "conformance/cases/plain_datagrams.h"
#include "conformance/kernel.h"

namespace loopmark::conformance {
namespace {

Progress lost(const char* why) {
  return Progress::lost(Failure::of(std::runtime_error(why)));
}

/// A line whose probe is reader and writer, with data waiting. What is lost must be unregistered by then.
Line<> make_busy_line(CaseContext& t) {
  Line<> line = make_line();
  line.near->on_lost = [&t](Probe& p, const Failure&) {
    for (const auto& list : {t.reactor().get_readers(), t.reactor().get_writers()}) {
      for (const auto& listed : list) EXPECT_NE(listed.get(), &p) << "lost, and still registered";
    }
  };
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  put(line.far, "x");
  return line;
}

void expect_one_loss(const Probe& probe, const std::string& reason) {
  ASSERT_EQ(probe.losses.size(), 1u);
  EXPECT_EQ(probe.losses[0].message(), reason);
}

CASE("FD-ERR-01", ErrorOfDoReadEndsBothDirections,
     "an error answered by do_read() unregisters both directions and is the reason of one "
     "connection_lost()",
     "fd_loss_keeps_the_writer") {
  const auto line = make_busy_line(t);
  line.near->on_read = [](Probe&) { return lost("unreadable"); };
  run_window_without_losses(t);
  expect_one_loss(*line.near, "unreadable");
  EXPECT_EQ(line.near->reads, 1);
}

CASE("FD-ERR-01", ErrorOfDoWriteEndsBothDirections,
     "an error answered by do_write() unregisters both directions and is the reason of one "
     "connection_lost()",
     "fd_loss_keeps_the_writer") {
  const auto line = make_busy_line(t);
  line.near->on_write = [](Probe&) { return lost("unwritable"); };
  run_window_without_losses(t);
  expect_one_loss(*line.near, "unwritable");
  EXPECT_EQ(line.near->writes, 1);
}

CASE("FD-ERR-02", ExceptionOfDoReadDisconnects,
     "a descriptor whose do_read() throws is reported once and lost with that exception",
     "fd_thrower_stays") {
  const auto line = make_busy_line(t);
  line.near->on_read = [](Probe&) -> Progress { throw std::runtime_error("thrown in read"); };
  run_window_without_losses(t);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown in read");
  expect_one_loss(*line.near, "thrown in read");
}

CASE("FD-ERR-02", ExceptionOfDoWriteDisconnects,
     "a descriptor whose do_write() throws is reported once and lost with that exception",
     "fd_thrower_stays") {
  const auto line = make_busy_line(t);
  line.near->on_write = [](Probe&) -> Progress { throw 7; };
  run_window_without_losses(t);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(errors[0].failure.is<int>());
  ASSERT_EQ(line.near->losses.size(), 1u);
  EXPECT_TRUE(line.near->losses[0].is<int>());
}

CASE("FD-ERR-03", NoWriteAfterAFailedRead,
     "a descriptor ready for both that failed in do_read() gets no do_write()", "fd_saved_mask") {
  const auto failing = make_busy_line(t);
  const auto throwing = make_busy_line(t);
  failing.near->on_read = [](Probe&) { return lost("unreadable"); };
  throwing.near->on_read = [](Probe&) -> Progress { throw std::runtime_error("broken"); };
  run_window_without_losses(t);
  EXPECT_EQ(t.take_errors().size(), 1u);
  for (const Probe* probe : {failing.near.get(), throwing.near.get()}) {
    EXPECT_EQ(probe->reads, 1);
    EXPECT_EQ(probe->writes, 0);
    EXPECT_EQ(probe->losses.size(), 1u);
  }
}

CASE("FD-ERR-04", CleanEndKeepsAHalfCloseableWriter,
     "a clean end of reading brings a half-close-aware descriptor read_connection_lost(), and it "
     "goes on writing",
     "fd_half_close_ends_both, fd_read_end_stays_registered") {
  const auto line = make_line<HalfCloseableProbe>();
  int writes_before = -1;
  line.near->on_read_lost = [&] { writes_before = line.near->writes; };
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  ::shutdown(line.far.get(), SHUT_WR);
  run_window_without_losses(t, 5);
  ASSERT_EQ(line.near->read_losses.size(), 1u);
  EXPECT_TRUE(line.near->read_losses[0].is<ConnectionDone>());
  EXPECT_EQ(line.near->losses.size(), 0u);
  EXPECT_EQ(line.near->write_losses.size(), 0u);
  EXPECT_GE(line.near->writes, writes_before + 3);
}

CASE("FD-ERR-05", ExceptionOfConnectionLostIsReported,
     "an exception from connection_lost() is reported once and touches nobody else",
     "fd_loss_thrower_unheard") {
  const auto line = make_busy_line(t);
  const auto neighbour = make_line();
  line.near->on_read = [](Probe&) { return lost("unreadable"); };
  line.near->on_lost = [&](Probe&, const Failure&) {
    t.reactor().call_later(0s, [&] { put(neighbour.far, "x"); });
    throw std::runtime_error("thrown at the loss");
  };
  t.reactor().add_reader(neighbour.near);
  run_window_without_losses(t, 5);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown at the loss");
  EXPECT_EQ(line.near->losses.size(), 1u);
  EXPECT_EQ(neighbour.near->received, "x");
}

CASE("FD-ERR-06", DescriptorWithoutNumberIsDropped,
     "a registered descriptor whose fileno() has become -1 is unregistered and told so",
     "fd_gone_number_kept") {
  const auto line = make_busy_line(t);
  UniqueFd still_open;
  line.near->on_read = [&](Probe& p) {
    if (p.fileno() >= 0) still_open = p.release();
    return Progress::more();
  };
  line.near->on_write = [](Probe&) { return Progress::more(); };
  t.reactor().call_later(0s, [&] { put(line.far, "more"); });
  run_window_without_losses(t);
  EXPECT_EQ(line.near->losses.size(), 1u);
  EXPECT_EQ(line.near->reads, 1);
}

CASE("FD-ERR-06", NewcomerTakesTheNumberOfOneThatIsGone,
     "a descriptor that is added under the number of one whose fileno() has become -1 is served, "
     "and the other is told of its end",
     "fd_gone_number_blocks") {
  auto [old_near, old_far] = socket_pair();
  const auto gone = probe(high_numbered(std::move(old_near)));
  t.reactor().add_reader(gone);
  t.reactor().iterate(0s);
  const int number = gone->fileno();
  gone->close();
  auto [near, far] = socket_pair();
  const auto newcomer = probe(high_numbered(std::move(near), number));
  ASSERT_EQ(newcomer->fileno(), number);
  t.reactor().add_reader(newcomer);
  put(far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(newcomer->received, "x");
  EXPECT_EQ(gone->losses.size(), 1u);
}

CASE("FD-ERR-06", DescriptorGoneAsItsReadingEndsIsDropped,
     "a half-close-aware descriptor that closes itself in read_connection_lost() is dropped as a "
     "writer, too, and told so",
     "fd_gone_in_read_lost_kept") {
  const auto line = make_line<HalfCloseableProbe>();
  line.near->on_write = [](Probe&) { return Progress::drained(); };
  line.near->on_read_lost = [&] { line.near->close(); };
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  ::shutdown(line.far.get(), SHUT_WR);
  run_window_without_losses(t);
  EXPECT_EQ(line.near->losses.size(), 1u);
  EXPECT_EQ(line.near->writes, 0) << "it was gone by then";
}

/// May have no answer to what its number is.
class Mute final : public Probe {
 public:
  using Probe::Probe;
  int fileno() const override {
    if (is_mute) throw std::runtime_error("which number?");
    return Probe::fileno();
  }
  bool is_mute = false;
};

CASE("FD-ERR-02", NewcomerIsNotHitByWhatItsPredecessorThrows,
     "a fileno() that throws as its number is taken by a newcomer is reported and disconnects its "
     "descriptor, not the newcomer",
     "fd_newcomer_hit_by_fileno") {
  auto [old_near, old_far] = socket_pair();
  const auto old = std::make_shared<Mute>(high_numbered(std::move(old_near)));
  const int number = old->fileno();
  t.reactor().add_reader(old);
  t.reactor().iterate(0s);
  old->close();
  old->is_mute = true;
  auto [near, far] = socket_pair();
  const auto newcomer = probe(high_numbered(std::move(near), number));
  ASSERT_EQ(newcomer->fileno(), number);
  EXPECT_NO_THROW(t.reactor().add_reader(newcomer));
  put(far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(newcomer->received, "x");
  expect_one_loss(*old, "which number?");
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("FD-ERR-08", ClosedNumberHarmsNobody,
     "an fd closed while it is registered leaves the loop able to block, and others are served",
     "fd_closed_number_spins, fd_closed_set_tried_again") {
  const auto closed = make_line();
  const auto neighbour = make_line();
  t.reactor().add_reader(closed.near);
  t.reactor().add_reader(neighbour.near);
  t.reactor().iterate(0s);
  closed.near->close();
  expect_block(t, neighbour);
}

CASE("FD-ERR-08", ClosedNumberZeroHarmsNobody, "so it is with number 0", "fd_closed_zero_spins") {
  auto [near, far] = socket_pair();
  const auto zero = std::make_shared<AtZero>(std::move(near));
  const auto neighbour = make_line();
  t.reactor().add_reader(zero);
  t.reactor().add_reader(neighbour.near);
  t.reactor().iterate(0s);
  ::close(STDIN_FILENO);
  expect_block(t, neighbour);
}

/// Does not find out by itself, for a while: a loop that is told of hang-ups has to say what that means.
std::function<Progress(Probe&)> unaware(Progress (*at_last)(Probe&)) {
  return [at_last](Probe& p) { return p.reads + p.writes > 3 ? at_last(p) : Progress::drained(); };
}

CASE("FD-ERR-09", HangupOfAReaderIsDone,
     "where nothing is left to read, a hang-up ends a reader with ConnectionDone",
     "fd_hangup_reasons_swapped") {
  auto [reading, writing] = make_pipe();
  const auto reader = probe(std::move(reading));
  reader->on_read = unaware([](Probe& p) { return p.read_some(); });
  t.reactor().add_reader(reader);
  writing.reset();
  run_window_without_losses(t, 8);
  ASSERT_EQ(reader->losses.size(), 1u);
  EXPECT_TRUE(reader->losses[0].is<ConnectionDone>()) << reader->losses[0].message();
}

CASE("FD-ERR-09", HangupOfAWriterIsLost, "a hang-up ends a mere writer with ConnectionLost",
     "fd_hangup_reasons_swapped") {
  auto line = make_line();
  line.near->on_write = unaware([](Probe& p) { return p.write_one(); });
  t.reactor().add_writer(line.near);
  line.far.reset();
  run_window_without_losses(t, 8);
  ASSERT_EQ(line.near->losses.size(), 1u);
  EXPECT_TRUE(line.near->losses[0].is<ConnectionLost>()) << line.near->losses[0].message();
}

CASE("FD-ADD-03", ErrorReachesTheReaderBesideTheWriter,
     "an error that waits on a descriptor which has room to write is shown to its reader, too",
     "fd_error_hidden_by_room") {
  PlainDatagrams nobody;
  nobody.refuse_all();
  PlainDatagrams sender;
  sender.listen_to(nobody.host());
  sender.send("refused", nobody.host());
  settle();
  const auto both = probe(UniqueFd(::fcntl(sender.fd(), F_DUPFD_CLOEXEC, 0)));
  int error = 0;
  both->on_read = [&](Probe& p) {
    char byte = 0;
    if (::recv(p.fileno(), &byte, 1, MSG_DONTWAIT) < 0 && errno != EAGAIN) error = errno;
    return Progress::drained();
  };
  both->on_write = [](Probe&) { return Progress::more(); };
  t.reactor().add_reader(both);
  t.reactor().add_writer(both);
  run_window_without_losses(t);
  EXPECT_EQ(error, ECONNREFUSED);
  EXPECT_GE(both->writes, 1);
}

}  // namespace
}  // namespace loopmark::conformance
