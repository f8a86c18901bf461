// SPDX-License-Identifier: MIT
//
// Section 9, Child processes: how their ends are noticed, and what is left to others.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "conformance/cases/child_listener.h"
#include "conformance/cases/dispositions.h"
#include "conformance/kernel.h"

namespace loopmark::conformance {
namespace {

/// Stops the reactor when it has nothing to do any more, as a complaint. Needs the virtual clock, and that nothing is
/// waited for that has not happened yet.
void complain_when_idle(CaseContext& t) {
  t.reactor().call_later(1h, [&t] {
    ADD_FAILURE() << "the end of the child is not noticed";
    t.reactor().stop();
  });
}

/// A child without pipes has ended before the reactor runs.
void expect_earlier_end_is_told(CaseContext& t, const std::function<void()>& run) {
  kernel::use_virtual_clock();
  const auto listening = listener(t);
  const auto child = spawn_shell(t, listening, "exit 6", with_descriptors({}));
  await_end(child->pid().value());
  complain_when_idle(t);
  run();
  ASSERT_EQ(listening->ends.size(), 1u);
  ASSERT_TRUE(terminated(listening->ends[0]).has_value());
  EXPECT_EQ(terminated(listening->ends[0])->exit_code, 6);
}

CASE("PROC-END-08", EarlierEndIsNoticed,
     "a child that has ended before the run is told of when the loop runs",
     "proc_forgotten_before_the_run") {
  expect_earlier_end_is_told(t, [&] { t.reactor().run(); });
}

CASE("PROC-END-08", EarlierEndIsNoticedWithoutPidfd,
     "a child that has ended before the run, when SIGCHLD had no handler yet, is told of when the "
     "loop runs, also where the system gives no pidfd",
     "proc_forgotten_before_the_run") {
  const DefaultDispositions clean;
  kernel::fail_pidfds(ENOSYS);
  expect_earlier_end_is_told(t, [&] { signals(t).run(); });
}

CASE("PROC-END-10", EndedChildIsNoneOfThoseToBeReaped,
     "in process_ended() the child is no longer among those to be reaped, and others are",
     "proc_forgotten_after_the_end") {
  auto& processes = query<ReactorProcess>(t.reactor());
  Gate gate;
  const auto other = std::make_shared<ChildListener>(t);
  const pid_t living =
      spawn_shell(t, other, "read word <&3", with_descriptors({{3, Inherit{gate.number()}}}))
          ->pid()
          .value();
  other->on_ended = [&] { t.reactor().stop(); };
  const auto listening = std::make_shared<ChildListener>(t);
  listening->on_ended = [&] {
    EXPECT_EQ(processes.get_children(), std::vector<pid_t>{living});
    gate.release();
  };
  spawn_shell(t, listening, "exit 0", with_descriptors({}));
  EXPECT_EQ(processes.get_children().size(), 2u);
  t.reactor().run();
  EXPECT_TRUE(processes.get_children().empty());
}

/// So many that wait at `gate`. The last that ends stops the reactor.
std::vector<std::shared_ptr<ChildListener>> spawn_many(CaseContext& t, const Gate& gate,
                                                       std::size_t count) {
  const auto left = std::make_shared<std::size_t>(count);
  std::vector<std::shared_ptr<ChildListener>> listeners;
  for (std::size_t i = 0; i < count; ++i) {
    listeners.push_back(std::make_shared<ChildListener>(t));
    listeners.back()->on_ended = [&t, left] {
      if (--*left == 0) t.reactor().stop();
    };
    spawn_shell(t, listeners.back(), "read word <&3",
                with_descriptors({{3, Inherit{gate.number()}}}));
  }
  return listeners;
}

void expect_all_are_reaped(const std::vector<std::shared_ptr<ChildListener>>& listeners) {
  for (const auto& listening : listeners) EXPECT_EQ(listening->ends.size(), 1u);
  EXPECT_TRUE(has_no_child());
}

CASE("PROC-END-11", NoZombieIsLeft, "children that end together are all reaped, and all told of",
     "proc_zombies_left") {
  Gate gate;
  const auto listeners = spawn_many(t, gate, 25);
  t.reactor().call_later(0s, [&] { gate.release(); });
  t.reactor().run();
  expect_all_are_reaped(listeners);
}

CASE("PROC-END-11", NoZombieIsLeftBySignals,
     "without pidfds, children that end together, with fewer SIGCHLD than there are of them, are "
     "all reaped, and all told of",
     "proc_one_a_signal") {
  const DefaultDispositions clean;
  kernel::use_virtual_clock();
  kernel::fail_pidfds(ENOSYS);
  Gate gate;
  const auto listeners = spawn_many(t, gate, 25);
  t.reactor().call_later(10s, [&] {
    gate.release();
    for (const pid_t pid : query<ReactorProcess>(t.reactor()).get_children()) await_end(pid);
  });
  complain_when_idle(t);
  signals(t).run();
  expect_all_are_reaped(listeners);
}

CASE("PROC-END-12", ClosingPipesTellWithoutHandlers,
     "in a run without handlers the end of a child with pipes is noticed when they close, also "
     "where the system gives no pidfd",
     "proc_closing_pipes_tell_nothing") {
  kernel::use_virtual_clock();
  kernel::fail_pidfds(ENOSYS);
  Gate gate;
  const auto listening = listener(t);
  const auto child = spawn_shell(
      t, listening, "read word <&3; exit 3",
      with_descriptors({{0, ParentWrites()}, {1, ParentReads()}, {3, Inherit{gate.number()}}}));
  t.reactor().call_later(10s, [&] {
    EXPECT_TRUE(listening->exits.empty());
    gate.release();
    await_end(child->pid().value());
  });
  complain_when_idle(t);
  t.reactor().run();
  ASSERT_EQ(listening->ends.size(), 1u);
  ASSERT_TRUE(terminated(listening->ends[0]).has_value());
  EXPECT_EQ(terminated(listening->ends[0])->exit_code, 3);
}

/// A child that has pipes and does not care for them. It exits with 7.
struct Indifferent {
  explicit Indifferent(CaseContext& t)
      : listening(listener(t)),
        child(spawn_shell(t, listening, "read word <&3; exit 7",
                          with_descriptors({{0, ParentWrites()},
                                            {1, ParentReads()},
                                            {2, ParentReads()},
                                            {3, Inherit{gate.number()}}}))) {}
  Gate gate;
  std::shared_ptr<ChildListener> listening;
  std::shared_ptr<ProcessTransport> child;
};

CASE("PROC-END-13", StopKillsNoChild,
     "when the reactor stops, the pipes to a child are closed, also paused ones, and each is told "
     "of; the child lives, and no exit is told",
     "proc_killed_by_the_stop, proc_wake_is_an_exit") {
  Indifferent kid(t);
  kid.child->pause_producing();
  t.run_window();
  ASSERT_TRUE(kid.child->pid().has_value());
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(*kid.child->pid()), &ended, WEXITED | WNOWAIT | WNOHANG);
  EXPECT_EQ(ended.si_pid, 0) << "it has ended";
  EXPECT_EQ(kid.listening->losses.size(), 3u);
  EXPECT_TRUE(kid.listening->exits.empty());
  EXPECT_EQ(query<ReactorProcess>(t.reactor()).get_children().size(), 1u);
  kid.gate.release();
  t.reactor().run();
  ASSERT_EQ(kid.listening->ends.size(), 1u);
  ASSERT_TRUE(terminated(kid.listening->ends[0]).has_value());
  EXPECT_EQ(terminated(kid.listening->ends[0])->exit_code, 7);
  EXPECT_TRUE(has_no_child());
}

CASE("PROC-END-13", NextRunTellsOfTheExit,
     "a child that ends between two runs is told of, and reaped, in the second",
     "proc_next_run_does_not_look") {
  kernel::use_virtual_clock();
  Indifferent kid(t);
  t.run_window();
  EXPECT_TRUE(kid.listening->exits.empty());
  kid.gate.release();
  await_end(kid.child->pid().value());
  complain_when_idle(t);
  t.reactor().run();
  ASSERT_EQ(kid.listening->ends.size(), 1u);
  ASSERT_TRUE(terminated(kid.listening->ends[0]).has_value());
  EXPECT_EQ(terminated(kid.listening->ends[0])->exit_code, 7);
  EXPECT_TRUE(has_no_child());
}

CASE("PROC-END-14", OtherChildrenAreLeftAlone,
     "a child that the application has forked itself is not reaped by the reactor",
     "proc_reaps_all_children") {
  const DefaultDispositions clean;
  const pid_t own = ::fork();
  ASSERT_GE(own, 0);
  if (own == 0) ::_exit(5);
  await_end(own);
  const auto listening = listener(t);
  spawn_shell(t, listening, "exit 3");
  signals(t).run();
  ASSERT_TRUE(terminated(listening->ends.at(0)).has_value());
  EXPECT_EQ(terminated(listening->ends.at(0))->exit_code, 3);
  int status = 0;
  ASSERT_EQ(::waitpid(own, &status, 0), own);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

}  // namespace
}  // namespace loopmark::conformance
