// SPDX-License-Identifier: MIT
//
// Section 9, Child processes: their ends, as they are told.
#include <sys/wait.h>

#include <csignal>

#include "conformance/cases/child_listener.h"
#include "conformance/kernel.h"

namespace loopmark::conformance {
namespace {

CASE("PROC-END-01", ExitIsToldWhilePipesAreOpen,
     "process_exited() is called once, and as soon as the child has ended, though a child of its "
     "own still holds its pipes",
     "proc_exit_waits_for_pipes") {
  const auto listening = listener(t);
  const auto child = spawn_shell(t, listening, "cat <&3 & echo $!; exit 5",
                                 with_descriptors({{1, ParentReads()}, {3, ParentWrites()}}));
  listening->on_data = [&, first = true](int) mutable {
    if (!std::exchange(first, false)) return;
    if (child->pid()) await_end(*child->pid());
    after_passes(t, 3, [&] {
      EXPECT_EQ(listening->exits.size(), 1u) << "it has ended";
      EXPECT_TRUE(listening->ends.empty()) << "its pipes are open";
      child->write_to_child(3, "still there");
      child->close_child_fd(3);
    });
  };
  t.reactor().run();
  EXPECT_EQ(listening->exits.size(), 1u);
  EXPECT_NE(listening->received[1].find("still there"), std::string::npos);
}

CASE("PROC-END-02", EndIsToldLast,
     "process_ended() is called once, after process_exited() and the loss of every pipe, when all "
     "output was received",
     "proc_end_does_not_wait_for_pipes, proc_exit_drops_the_output") {
  const auto listening = listener(t);
  std::size_t received_by_then = 0;
  listening->on_ended = [&] {
    received_by_then = listening->received[1].size();
    after_passes(t, 3, [&] { t.reactor().stop(); });
  };
  // The output waits in its pipe until the exit was told; it is less than any pipe holds.
  const auto child = spawn(t, listening, "/usr/bin/head", {"head", "-c", "4000", "/dev/zero"});
  child->pause_producing();
  listening->on_exited = [&] { after_passes(t, 3, [&] { child->resume_producing(); }); };
  t.reactor().run();
  EXPECT_EQ(received_by_then, 4000u);
  EXPECT_EQ(listening->exits.size(), 1u);
  EXPECT_EQ(listening->losses.size(), 3u);
  EXPECT_EQ(listening->ends.size(), 1u);
  EXPECT_EQ(t.events().back(), "ended");
}

CASE("PROC-END-04", ReasonTellsHowItEnded,
     "status 0 is ProcessDone, any other one ProcessTerminated with that code, and a signal "
     "ProcessTerminated with that signal",
     "proc_signal_is_a_code") {
  const auto reason_of = [&](const std::string& script) {
    const auto listening = listener(t);
    spawn_shell(t, listening, script);
    t.reactor().run();
    EXPECT_EQ(listening->exits.at(0).message(), listening->ends.at(0).message());
    return listening->ends.at(0);
  };
  const Failure done = reason_of("exit 0");
  EXPECT_TRUE(done.is<ProcessDone>());
  EXPECT_TRUE(done.is<ConnectionDone>());

  const Failure failed = reason_of("exit 3");
  ASSERT_TRUE(terminated(failed).has_value()) << failed.message();
  EXPECT_EQ(terminated(failed)->exit_code, 3);
  EXPECT_EQ(terminated(failed)->signal, std::nullopt);
  EXPECT_TRUE(failed.is<ConnectionLost>());

  const Failure killed = reason_of("kill -TERM $$");
  ASSERT_TRUE(terminated(killed).has_value()) << killed.message();
  EXPECT_EQ(terminated(killed)->exit_code, std::nullopt);
  EXPECT_EQ(terminated(killed)->signal, SIGTERM);
}

CASE("PROC-END-04", SignalProcessSignalsTheChild,
     "signal_process() sends the child the signal, which is then why it has ended",
     "proc_signal_is_a_code") {
  for (const int number : {SIGHUP, SIGKILL, SIGTERM}) {
    const auto listening = listener(t);
    spawn(t, listening, "/bin/cat", {"cat"})->signal_process(number);
    t.reactor().run();
    ASSERT_TRUE(terminated(listening->ends.at(0)).has_value());
    EXPECT_EQ(terminated(listening->ends.at(0))->signal, number);
  }
}

CASE("PROC-END-05", PidIsThereUntilTheExit,
     "the transport has a pid until process_exited(), and none in it and afterwards",
     "proc_pid_until_ended") {
  const auto listening = listener(t);
  std::vector<bool> has_pid;
  const auto look = [&, kid = listening.get()] {
    has_pid.push_back(kid->child().pid().has_value());
  };
  listening->on_made = look;
  listening->on_exited = look;
  listening->on_ended = [&] {
    look();
    t.reactor().stop();
  };
  const auto child = spawn_shell(t, listening, "exit 0");
  t.reactor().run();
  look();
  EXPECT_EQ(has_pid, (std::vector<bool>{true, false, false, false}));
}

CASE("PROC-END-06", ExitedChildCannotBeSignalled,
     "signal_process() throws ProcessExitedAlready from process_exited() on, and sends nothing to "
     "whoever has the number by then",
     "proc_exited_process_ignored, proc_signals_the_reaped") {
  const auto listening = listener(t);
  listening->on_exited = [&, kid = listening.get()] {
    EXPECT_THROW(kid->child().signal_process(SIGTERM), ProcessExitedAlready);
  };
  const auto child = spawn_shell(t, listening, "exit 0");
  t.reactor().run();
  EXPECT_EQ(listening->exits.size(), 1u);
  EXPECT_THROW(child->signal_process(0), ProcessExitedAlready);
  EXPECT_THROW(child->signal_process(SIGKILL), ProcessExitedAlready);
  EXPECT_EQ(kernel::signals_sent(), 0u);
}

CASE("PROC-END-06", ChildReapedByOthersCannotBeSignalled,
     "signal_process() throws ProcessExitedAlready for a child that somebody else has reaped; its "
     "end is then told without a status",
     "proc_missing_process_ignored") {
  const auto listening = listener(t);
  const auto child = spawn_shell(t, listening, "exit 3");
  ASSERT_EQ(::waitpid(child->pid().value(), nullptr, 0), child->pid().value());
  EXPECT_THROW(child->signal_process(SIGTERM), ProcessExitedAlready);
  t.reactor().run();
  const auto how = terminated(listening->ends.at(0));
  ASSERT_TRUE(how.has_value());
  EXPECT_EQ(how->exit_code, std::nullopt);
  EXPECT_EQ(how->signal, std::nullopt);
}

CASE("PROC-END-07", ClosedPipesAreNoExit,
     "a child that has closed all its pipes has not ended; that is told when it does",
     "proc_closed_pipes_are_an_exit") {
  Gate gate;
  const auto listening = listener(t);
  const auto child = spawn_shell(t, listening, "exec 0<&- 1>&- 2>&-; read word <&3; exit 4",
                                 with_descriptors({{0, ParentWrites()},
                                                   {1, ParentReads()},
                                                   {2, ParentReads()},
                                                   {3, Inherit{gate.number()}}}));
  listening->on_lost = [&](int) {
    if (listening->losses.size() < 3) return;
    after_passes(t, 3, [&] {
      EXPECT_TRUE(listening->exits.empty());
      EXPECT_TRUE(child->pid().has_value());
      gate.release();
    });
  };
  t.reactor().run();
  ASSERT_TRUE(terminated(listening->ends.at(0)).has_value());
  EXPECT_EQ(terminated(listening->ends.at(0))->exit_code, 4);
  EXPECT_EQ(listening->exits.size(), 1u);
}

CASE("PROC-END-09", ThrowingProtocolsLoseNothing,
     "what process_exited(), process_ended() and the other calls throw is reported once, and the "
     "child is reaped and forgotten all the same",
     "proc_exit_throws_out") {
  struct Thrown : std::runtime_error {
    using runtime_error::runtime_error;
  };
  const auto listening = std::make_shared<ChildListener>(t);
  listening->on_made = [] { throw Thrown("made"); };
  listening->on_data = [](int) { throw Thrown("data"); };
  // It exits after that: else what is thrown at the exit could be made up for at the loss.
  listening->on_lost = [&](int) {
    listening->child().signal_process(SIGKILL);
    throw Thrown("lost");
  };
  listening->on_exited = [] { throw Thrown("exited"); };
  listening->on_ended = [&] {
    t.reactor().stop();
    throw Thrown("ended");
  };
  EXPECT_NO_THROW(spawn_shell(t, listening, "echo out; exec sleep 100 >&-",
                              with_descriptors({{1, ParentReads()}})));
  t.reactor().run();
  std::vector<std::string> reported;
  for (const ErrorReport& error : t.take_errors()) {
    EXPECT_TRUE(error.failure.is<Thrown>());
    EXPECT_EQ(error.context, listening->log_prefix());
    reported.push_back(error.failure.message());
  }
  std::sort(reported.begin(), reported.end());
  EXPECT_EQ(reported, (std::vector<std::string>{"data", "ended", "exited", "lost", "made"}));
  EXPECT_TRUE(has_no_child());
  EXPECT_TRUE(query<ReactorProcess>(t.reactor()).get_children().empty());
}

}  // namespace
}  // namespace loopmark::conformance
