// SPDX-License-Identifier: MIT
//
// What is registered: adds, lists, and remove_all().
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <system_error>
#include <thread>

#include "conformance/cases/fd_line.h"
#include "conformance/kernel.h"

namespace loopmark::conformance {
namespace {

constexpr int kClosedNumber = 900;  // below FD_SETSIZE, above what a case opens

CASE("FD-ADD-01", AddingTwiceIsAddingOnce,
     "a descriptor added twice is listed once and gone after one removal",
     "fd_second_add_refused") {
  const auto line = make_line();
  Reactor& reactor = t.reactor();
  for (int i = 0; i < 2; ++i) {
    reactor.add_reader(line.near);
    reactor.add_writer(line.near);
  }
  EXPECT_EQ(times_in(reactor.get_readers(), line.near), 1);
  EXPECT_EQ(times_in(reactor.get_writers(), line.near), 1);
  reactor.remove_reader(*line.near);
  reactor.remove_writer(*line.near);
  put(line.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(line.near->reads + line.near->writes, 0);
}

CASE("FD-ADD-02", AddedInAHandlerIsServed,
     "a descriptor that a handler adds is served in a later pass", "fd_add_in_handler_lost") {
  const auto first = make_line();
  const auto newcomer = make_line();
  first.near->on_read = [&](Probe& p) {
    t.reactor().add_reader(newcomer.near);
    EXPECT_EQ(newcomer.near->reads, 0);
    return p.read_some();
  };
  t.reactor().add_reader(first.near);
  put(newcomer.far, "x");
  put(first.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(newcomer.near->received, "x");
}

CASE("FD-ADD-02", AddedInADelayedCallIsSeenByTheWait,
     "a descriptor with data, added in a delayed call, is served although nothing else wakes the "
     "loop",
     "fd_interest_fetched_too_early") {
  const auto newcomer = make_line();
  newcomer.near->on_read = [&](Probe& p) {
    t.reactor().stop();
    return p.read_some();
  };
  t.reactor().call_later(0s, [&] { t.reactor().add_reader(newcomer.near); });
  put(newcomer.far, "x");
  t.reactor().run();
  EXPECT_EQ(newcomer.near->received, "x");
}

CASE("FD-ADD-03", DirectionsAreIndependent,
     "a descriptor can read and write, and give up either while it keeps the other",
     "fd_last_interest_wins") {
  const auto line = make_line();
  Probe& near = *line.near;
  near.on_read = [](Probe&) { return Progress::more(); };
  near.on_write = [](Probe&) { return Progress::more(); };
  put(line.far, "unread");
  for (const bool keep_reading : {true, false}) {
    t.reactor().add_reader(line.near);
    t.reactor().add_writer(line.near);
    near.reads = near.writes = 0;
    int reads = -1;
    int writes = -1;
    t.reactor().call_later(0s, [&] {
      t.reactor().call_later(0s, [&] {
        reads = near.reads;
        writes = near.writes;
        keep_reading ? t.reactor().remove_writer(near) : t.reactor().remove_reader(near);
      });
    });
    run_window_without_losses(t, 6);
    EXPECT_GT(reads, 0);
    EXPECT_GT(writes, 0);
    EXPECT_EQ(near.reads > reads, keep_reading);
    EXPECT_EQ(near.writes > writes, !keep_reading);
  }
}

CASE(
    "FD-ADD-04", ReaderAndWriterDivideANumber,
    "of two descriptors on one fd, the reader gets every do_read() and the writer every do_write()",
    "fd_told_to_whoever") {
  const auto line = make_line();
  const auto writer = std::make_shared<Twin>(*line.near);
  writer->on_write = [](Probe&) { return Progress::more(); };
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(writer);
  put(line.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(line.near->received, "x");
  EXPECT_EQ(line.near->writes, 0);
  EXPECT_EQ(writer->reads, 0);
  EXPECT_GE(writer->writes, 3);
}

CASE("FD-ADD-06", RegularFileIsAlwaysReady,
     "a regular file is called in every pass until it is removed, and listed till then",
     "fd_regular_file_silent") {
  const auto file = probe(regular_file("content"));
  file->on_read = [&](Probe& p) {
    EXPECT_EQ(times_in(t.reactor().get_readers(), file), 1);
    if (p.reads == 5) t.reactor().remove_reader(p);
    return Progress::more();
  };
  t.reactor().add_reader(file);
  run_window_without_losses(t, 8);
  EXPECT_EQ(file->reads, 5);
  EXPECT_EQ(times_in(t.reactor().get_readers(), file), 0);
}

CASE("FD-ADD-06", RegularFileIsReadToItsEnd,
     "a regular file is read to its end, and its writer is called all the while",
     "fd_regular_file_silent") {
  const auto reader = probe(regular_file("content"));
  const auto writer = std::make_shared<Twin>(*reader);
  reader->on_read = [](Probe& p) { return p.read_some(2); };
  writer->on_write = [](Probe&) { return Progress::more(); };
  t.reactor().add_reader(reader);
  t.reactor().add_writer(writer);
  run_window_without_losses(t, 8);
  EXPECT_EQ(reader->received, "content");
  ASSERT_EQ(reader->losses.size(), 1u);
  EXPECT_TRUE(reader->losses[0].is<ConnectionDone>());
  EXPECT_GE(writer->writes, 8);
}

CASE("FD-ADD-06", RegularFileIsCalledOnceAPass,
     "a regular file is called once a pass for each direction, also when the second one came later",
     "fd_file_called_twice") {
  Reactor& reactor = t.reactor();
  const auto file = probe(regular_file("content"));
  file->on_read = [](Probe&) { return Progress::more(); };
  file->on_write = [](Probe&) { return Progress::more(); };
  reactor.add_reader(file);
  reactor.iterate(0s);
  reactor.add_writer(file);
  file->reads = 0;
  for (int i = 0; i < 5; ++i) reactor.iterate(0s);
  EXPECT_GE(file->reads, 1);
  EXPECT_LE(file->reads, 5);
  EXPECT_GE(file->writes, 1);
  EXPECT_LE(file->writes, 5);
  reactor.remove_all();
}

CASE("FD-ADD-07", ClosedNumberIsRefusedOrLost,
     "an fd that is not open is refused with a throw or lost at once, and others go on",
     "fd_closed_goes_unnoticed") {
  for (const int number : {kClosedNumber, -1}) {
    const auto closed = probe(UniqueFd(number));
    bool refused = false;
    try {
      t.reactor().add_reader(closed);
    } catch (const std::system_error&) {
      refused = true;
    }
    run_window_without_losses(t);
    EXPECT_EQ(closed->losses.size(), refused ? 0u : 1u) << number;
    EXPECT_EQ(closed->reads, 0);
  }
}

CASE("FD-ADD-08", FailedAddLeavesNoTrace,
     "an add that throws registers nothing and harms nobody: neither lists nor the stop know of it",
     "fd_entered_before_checked") {
  Reactor& reactor = t.reactor();
  for (const int number : {kClosedNumber, -1}) {
    const auto closed = probe(UniqueFd(number));
    EXPECT_THROW(reactor.add_reader(closed), std::system_error);
    EXPECT_THROW(reactor.add_writer(closed), std::system_error);
    EXPECT_EQ(times_in(reactor.get_readers(), closed), 0);
    EXPECT_EQ(times_in(reactor.get_writers(), closed), 0);
    t.run_window();
    EXPECT_EQ(closed->losses.size(), 0u);
  }
  const auto line = make_line();
  const auto second = std::make_shared<Twin>(*line.near);
  reactor.add_reader(line.near);
  EXPECT_THROW(reactor.add_reader(second), std::logic_error);
  EXPECT_EQ(times_in(reactor.get_readers(), second), 0);
  put(line.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(line.near->received, "x");
  EXPECT_EQ(second->reads, 0);
}

CASE("FD-ADD-09", NumberBeyondASetIsNotPassedOver,
     "a number above FD_SETSIZE is refused, lost or served, and others are served all the same",
     "fd_beyond_set_passed_over, fd_beyond_set_written") {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(std::max<rlim_t>(limit.rlim_cur, 2000), limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto small = make_line();
  auto [near, far] = socket_pair();
  const auto large = probe(high_numbered(std::move(near), 1500));
  ASSERT_GE(large->fileno(), 1500) << "the limit on open files is " << limit.rlim_max;
  put(small.far, "x");
  put(far, "x");
  t.reactor().add_reader(small.near);
  bool refused = false;
  try {
    t.reactor().add_reader(large);
  } catch (const std::system_error&) {
    refused = true;
  }
  run_window_without_losses(t);
  EXPECT_EQ(small.near->received, "x");
  EXPECT_EQ(small.near->losses.size(), 0u);
  EXPECT_TRUE(refused || large->losses.size() == 1 || large->received == "x");
}

CASE("FD-GET-01", ListsFollowAddsAndRemoves,
     "get_readers() and get_writers() follow every add and remove", "fd_directions_swapped") {
  const auto line = make_line();
  Reactor& reactor = t.reactor();
  const auto expect_listed = [&](int readers, int writers) {
    EXPECT_EQ(times_in(reactor.get_readers(), line.near), readers);
    EXPECT_EQ(times_in(reactor.get_writers(), line.near), writers);
  };
  expect_listed(0, 0);
  reactor.add_reader(line.near);
  expect_listed(1, 0);
  reactor.add_writer(line.near);
  expect_listed(1, 1);
  reactor.remove_reader(*line.near);
  expect_listed(0, 1);
  reactor.remove_writer(*line.near);
  expect_listed(0, 0);
}

CASE("FD-GET-03", ListsAreSnapshots,
     "registrations may change while a list is walked, which stays what it was",
     "fd_removal_deferred") {
  std::vector<Line<>> lines(4);
  for (auto& line : lines) {
    line = make_line();
    t.reactor().add_reader(line.near);
  }
  const auto walker = make_line();
  std::size_t walked = 0;
  walker.near->on_read = [&](Probe& p) {
    const auto readers = t.reactor().get_readers();
    for (const auto& reader : readers) {
      const bool ours = std::any_of(lines.begin(), lines.end(),
                                    [&](const auto& line) { return line.near == reader; });
      if (!ours) continue;
      ++walked;
      t.reactor().remove_reader(*reader);
    }
    for (const auto& line : lines) {
      EXPECT_EQ(times_in(readers, line.near), 1);
      EXPECT_EQ(times_in(t.reactor().get_readers(), line.near), 0);
    }
    return p.read_some();
  };
  t.reactor().add_reader(walker.near);
  put(walker.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(walked, lines.size());
}

CASE("FD-ALL-01", RemoveAllAnswersEachOnce,
     "remove_all() removes every descriptor and answers each once",
     "fd_remove_all_leaves_writers") {
  const auto both = make_line();
  const auto reader = make_line();
  const auto writer = make_line();
  t.reactor().add_reader(both.near);
  t.reactor().add_writer(both.near);
  t.reactor().add_reader(reader.near);
  t.reactor().add_writer(writer.near);
  const auto removed = t.reactor().remove_all();
  EXPECT_EQ(removed.size(), 3u);
  for (const Line<>* line : {&both, &reader, &writer}) {
    EXPECT_EQ(times_in(removed, line->near), 1);
    EXPECT_EQ(times_in(t.reactor().get_readers(), line->near), 0);
    EXPECT_EQ(times_in(t.reactor().get_writers(), line->near), 0);
    put(line->far, "x");
  }
  run_window_without_losses(t);
  for (const Line<>* line : {&both, &reader, &writer})
    EXPECT_EQ(line->near->reads + line->near->writes, 0);
}

CASE("FD-ALL-02", RemoveAllLeavesTheWaker,
     "after remove_all() in a run, another thread still wakes the reactor",
     "fd_remove_all_takes_the_waker") {
  const auto line = make_line();
  t.reactor().add_reader(line.near);
  std::jthread other;
  line.near->on_read = [&](Probe&) {
    t.reactor().remove_all();
    kernel::on_next_block([&] {
      other = std::jthread([&] { t.reactor().call_from_thread([&] { t.reactor().stop(); }); });
    });
    return Progress::more();
  };
  put(line.far, "x");
  t.reactor().run();
  ASSERT_TRUE(other.joinable());
  other.join();
  EXPECT_EQ(line.near->reads, 1);
}

CASE("FD-ALL-03", SecondRemoveAllIsEmpty, "remove_all() called once more finds nothing",
     "fd_remove_all_leaves_writers") {
  const auto both = make_line();
  const auto writer = make_line();
  t.reactor().add_reader(both.near);
  t.reactor().add_writer(both.near);
  t.reactor().add_writer(writer.near);
  EXPECT_FALSE(t.reactor().remove_all().empty());
  EXPECT_TRUE(t.reactor().remove_all().empty());
}

CASE("FD-ALL-04", RemoveAllIsSilent, "remove_all() calls no connection_lost()",
     "fd_remove_all_disconnects") {
  const auto line = make_line();
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  t.reactor().remove_all();
  t.run_window();
  EXPECT_EQ(line.near->losses.size(), 0u);
  EXPECT_EQ(line.near->reads + line.near->writes, 0);
}

}  // namespace
}  // namespace loopmark::conformance
