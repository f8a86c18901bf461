// SPDX-License-Identifier: MIT
//
// What a removal ends, and what it leaves to the application.
#include <unistd.h>

#include <tuple>

#include "conformance/cases/fd_line.h"

namespace loopmark::conformance {
namespace {

CASE("FD-RM-01", NoReadAfterRemoveReader,
     "remove_reader() ends the calls of do_read(), whatever is still unread",
     "fd_directions_swapped") {
  const auto line = make_line();
  line.near->on_read = [&](Probe& p) {
    if (p.reads == 2) t.reactor().remove_reader(p);
    return Progress::more();
  };
  t.reactor().add_reader(line.near);
  put(line.far, "unread");
  run_window_without_losses(t, 5);
  EXPECT_EQ(line.near->reads, 2);
}

CASE("FD-RM-01", NoReadOfTheEndAfterRemoveReader,
     "remove_reader() ends the calls of do_read() also for the end, of which only the writer hears",
     "fd_removed_hears_the_end") {
  auto line = make_line();
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  t.reactor().remove_reader(*line.near);
  line.far.reset();
  run_window_without_losses(t);
  EXPECT_EQ(line.near->reads, 0);
  EXPECT_EQ(line.near->writes, 1);
}

CASE("FD-RM-02", NoWriteAfterRemoveWriter,
     "remove_writer() ends the calls of do_write(), whatever room there is",
     "fd_directions_swapped") {
  const auto line = make_line();
  line.near->on_write = [&](Probe& p) {
    if (p.writes == 2) t.reactor().remove_writer(p);
    return Progress::more();
  };
  t.reactor().add_writer(line.near);
  run_window_without_losses(t, 5);
  EXPECT_EQ(line.near->writes, 2);
}

CASE("FD-RM-03", RemovingWhatIsNotRegisteredDoesNothing,
     "removing what is not registered, once or twice, throws nothing, reports nothing and ends no "
     "other's registration",
     "fd_remove_by_number") {
  auto [near, far] = socket_pair();
  const auto writer = probe(UniqueFd(::dup(near.get())));
  const auto never_added = make_line();
  const auto reader = probe(std::move(near));
  struct SameNumber : Probe {
    explicit SameNumber(const Probe& twin) : Probe(UniqueFd()), twin_(twin) {}
    int fileno() const override { return twin_.fileno(); }
    const Probe& twin_;
  };
  const auto other_direction = std::make_shared<SameNumber>(*reader);
  Reactor& reactor = t.reactor();
  reactor.add_reader(reader);
  reactor.add_writer(other_direction);
  reactor.remove_reader(*other_direction);  // the number's reader is another object
  reactor.remove_writer(*reader);
  reactor.remove_reader(*never_added.near);
  reactor.remove_reader(*never_added.near);
  reactor.add_writer(writer);
  reactor.remove_writer(*writer);
  reactor.remove_writer(*writer);
  EXPECT_EQ(times_in(reactor.get_readers(), reader), 1);
  EXPECT_EQ(times_in(reactor.get_writers(), other_direction), 1);
  reactor.remove_writer(*other_direction);
  put(far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(reader->received, "x");
  EXPECT_EQ(t.take_errors().size(), 0u);
}

CASE("FD-RM-04", RemovalDropsAnEventOfTheSameBatch,
     "when one handler removes other descriptors that were seen ready with it, they are not called",
     "fd_removal_deferred") {
  std::vector<Line<>> lines(4);
  int calls = 0;
  for (auto& line : lines) {
    line = make_line();
    line.near->on_read = [&](Probe&) {
      ++calls;
      for (const auto& each : lines) t.reactor().remove_reader(*each.near);
      return Progress::more();
    };
    t.reactor().add_reader(line.near);
    put(line.far, "x");
  }
  run_window_without_losses(t);
  EXPECT_EQ(calls, 1);
}

CASE("FD-RM-04", RemovalByADelayedCallDropsAnEvent,
     "when a delayed call removes a descriptor that is ready in the same pass, it is not called",
     "fd_removal_deferred") {
  const auto line = make_line();
  bool removed = false;
  int too_late = 0;
  line.near->on_read = [&](Probe&) {
    if (removed) ++too_late;
    return Progress::more();
  };
  t.reactor().add_reader(line.near);
  put(line.far, "x");
  t.reactor().call_later(0s, [&] {
    t.reactor().remove_reader(*line.near);
    removed = true;
  });
  run_window_without_losses(t);
  EXPECT_TRUE(removed);
  EXPECT_EQ(too_late, 0);
}

CASE("FD-RM-05", RemovalInDoReadDropsTheWrite,
     "when do_read() removes its descriptor in both directions, the do_write() that was to follow "
     "is dropped",
     "fd_saved_mask") {
  const auto line = make_line();
  line.near->on_read = [&](Probe& p) {
    t.reactor().remove_reader(p);
    t.reactor().remove_writer(p);
    p.close();
    return Progress::more();
  };
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  put(line.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(line.near->reads, 1);
  EXPECT_EQ(line.near->writes, 0);
}

CASE("FD-RM-06", EventOfAReusedNumberIsNotTheNewcomers,
     "a descriptor that a handler registers under the number of a removed one does not get the "
     "event that one was owed",
     "fd_reused_number") {
  Line<> lines[] = {make_line(), make_line()};
  UniqueFd quiet;
  UniqueFd far;
  std::tie(quiet, far) = socket_pair();
  std::shared_ptr<Probe> newcomer;
  int in_vain = 0;
  for (const int mine : {0, 1}) {
    lines[mine].near->on_read = [&, mine](Probe& p) {
      Probe& other = *lines[1 - mine].near;
      const int number = other.fileno();
      t.reactor().remove_reader(p);
      t.reactor().remove_reader(other);
      other.close();
      newcomer = probe(UniqueFd(::dup3(quiet.get(), number, O_CLOEXEC)));
      newcomer->on_read = [&](Probe& late) {
        const Progress progress = late.read_some();
        if (late.received.empty()) ++in_vain;
        return progress;
      };
      t.reactor().add_reader(newcomer);
      t.reactor().call_later(0s, [&] { put(far, "its own"); });
      return Progress::more();
    };
    t.reactor().add_reader(lines[mine].near);
    put(lines[mine].far, "x");
  }
  run_window_without_losses(t, 5);
  ASSERT_NE(newcomer, nullptr);
  EXPECT_EQ(in_vain, 0);
  EXPECT_EQ(newcomer->received, "its own");
}

CASE("FD-RM-07", RemovedDescriptorIsAskedForNothing,
     "the reactor does not ask a removed descriptor for its fileno()", "fd_removed_is_asked") {
  const auto inside = make_line();
  const auto outside = make_line();
  inside.near->on_read = [&](Probe& p) {
    t.reactor().remove_reader(p);
    t.reactor().remove_reader(*outside.near);
    inside.near->asked = outside.near->asked = 0;
    return Progress::more();
  };
  outside.near->on_read = [](Probe&) { return Progress::more(); };
  t.reactor().add_reader(outside.near);
  t.reactor().add_reader(inside.near);
  put(outside.far, "x");
  put(inside.far, "x");
  run_window_without_losses(t);
  EXPECT_EQ(inside.near->reads, 1);
  EXPECT_EQ(inside.near->asked, 0);
  EXPECT_EQ(outside.near->asked, 0);
}

CASE("FD-RM-08", RemovalWorksOnceTheNumberIsGone,
     "a descriptor whose fileno() answers -1 already can be removed", "fd_remove_by_number") {
  const auto line = make_line();
  Reactor& reactor = t.reactor();
  reactor.add_reader(line.near);
  reactor.add_writer(line.near);
  reactor.iterate(0s);
  line.near->close();
  reactor.remove_reader(*line.near);
  reactor.remove_writer(*line.near);
  EXPECT_EQ(times_in(reactor.get_readers(), line.near), 0);
  EXPECT_EQ(times_in(reactor.get_writers(), line.near), 0);
  run_window_without_losses(t);
  EXPECT_EQ(line.near->losses.size(), 0u);
}

CASE("FD-RM-09", RemovedDescriptorMayCloseInItsHandler,
     "a descriptor may remove itself and close its fd within do_read(): it hears of no loss, and "
     "others are served",
     "fd_removed_is_asked") {
  const auto closing = make_line();
  const auto neighbour = make_line();
  closing.near->on_read = [&](Probe& p) {
    t.reactor().remove_reader(p);
    p.close();
    t.reactor().call_later(0s, [&] { put(neighbour.far, "x"); });
    return Progress::more();
  };
  t.reactor().add_reader(closing.near);
  t.reactor().add_reader(neighbour.near);
  put(closing.far, "x");
  run_window_without_losses(t, 5);
  EXPECT_EQ(closing.near->reads, 1);
  EXPECT_EQ(closing.near->losses.size(), 0u);
  EXPECT_EQ(neighbour.near->received, "x");
}

CASE("FD-RM-09", RemovedDescriptorMayCloseWhileItsFileStaysOpen,
     "a descriptor that is removed and closed leaves the loop able to block, though its file stays "
     "open under another number and has data",
     "fd_stale_event_spins") {
  auto [near, far] = socket_pair();
  const UniqueFd other_number(::fcntl(near.get(), F_DUPFD_CLOEXEC, 0));
  const auto closed = probe(std::move(near));
  closed->on_read = [](Probe&) { return Progress::more(); };
  const auto neighbour = make_line();
  put(far, "unread");
  t.reactor().add_reader(neighbour.near);
  t.reactor().add_reader(closed);
  t.reactor().iterate(0s);
  const int reads = closed->reads;
  t.reactor().remove_reader(*closed);
  closed->close();
  expect_block(t, neighbour);
  EXPECT_EQ(closed->reads, reads);
}

CASE("FD-RM-10", RemovedDescriptorIsLetGo,
     "after removal the reactor keeps no hold on the descriptor", "fd_removed_is_kept") {
  auto between = make_line();
  auto inside = make_line();
  inside.near->on_read = [&](Probe& p) {
    t.reactor().remove_reader(p);
    return Progress::more();
  };
  t.reactor().add_reader(between.near);
  t.reactor().remove_reader(*between.near);
  t.reactor().add_reader(inside.near);
  put(inside.far, "x");
  const std::weak_ptr<Probe> removed_between = std::exchange(between.near, nullptr);
  const std::weak_ptr<Probe> removed_inside = std::exchange(inside.near, nullptr);
  EXPECT_TRUE(removed_between.expired());
  EXPECT_FALSE(removed_inside.expired()) << "held while it is registered";
  run_window_without_losses(t);
  EXPECT_TRUE(removed_inside.expired());
}

CASE("FD-RM-10", DestroyedReactorLetsGo,
     "a reactor that is destroyed keeps no hold on a descriptor, which another one may serve then",
     "fd_registration_outlives_reactor") {
  const auto line = make_line();
  t.reactor().add_reader(line.near);
  t.reactor().add_writer(line.near);
  const std::unique_ptr<Reactor> another = t.make_reactor();
  t.destroy_reactor();
  EXPECT_EQ(line.near.use_count(), 1);
  another->add_reader(line.near);
  put(line.far, "x");
  for (int i = 0; i < 3; ++i) another->iterate(0s);
  EXPECT_EQ(line.near->received, "x");
  another->remove_reader(*line.near);
}

}  // namespace
}  // namespace loopmark::conformance
