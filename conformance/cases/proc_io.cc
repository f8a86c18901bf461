// SPDX-License-Identifier: MIT
//
// Section 9, Child processes: the pipes to them.
#include <csignal>
#include <stdexcept>

#include "conformance/cases/child_listener.h"

namespace loopmark::conformance {
namespace {

/// Text in which every piece is different.
std::string counted_text(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  return text;
}

CASE("PROC-IO-01", BytesArriveInOrder,
     "all that is written reaches the child in order, and what it writes comes with its "
     "descriptor's number",
     "proc_partial_write_is_whole") {
  const std::string text = counted_text(1'000'000);
  const std::string_view all = text;
  const auto listening = listener(t);
  const auto child = spawn_shell(t, listening, "cat; echo error >&2");
  const std::string_view parts[] = {all.substr(0, 7), "", all.substr(7, 500'000)};
  child->write_sequence(parts);
  t.reactor().call_later(0s, [&] {
    child->write(all.substr(500'007));
    child->close_stdin();
  });
  t.reactor().run();
  EXPECT_TRUE(listening->received[1] == text) << listening->received[1].size();
  EXPECT_EQ(listening->received[2], "error\n");
}

CASE("PROC-IO-02", OnlyWritableNumbersAreWrittenTo,
     "write_to_child() throws for a number that is not in the map, and for one that the parent "
     "reads from or has handed down",
     "proc_writes_anywhere") {
  const auto listening = listener(t);
  const Gate gate;
  const auto child = spawn(
      t, listening, "/bin/cat", {"cat"},
      with_descriptors({{0, ParentWrites()}, {1, ParentReads()}, {5, Inherit{gate.number()}}}));
  for (const int number : {1, 2, 5, 13, -1}) {
    EXPECT_THROW(child->write_to_child(number, "x"), std::invalid_argument) << number;
  }
  child->write_to_child(0, "y");
  child->close_stdin();
  t.reactor().run();
  EXPECT_EQ(listening->received[1], "y");
  EXPECT_NO_THROW(child->write_to_child(0, "z")) << "its pipe is closed";
}

CASE("PROC-IO-03", StdinClosesBehindTheLastByte,
     "close_stdin() closes when all that was written has reached the child",
     "proc_stdin_closed_at_once") {
  const std::string text = counted_text(1'000'000);
  const auto listening = listener(t);
  const auto child = spawn(t, listening, "/bin/cat", {"cat"});
  child->write(text);
  child->close_stdin();
  t.reactor().run();
  EXPECT_TRUE(listening->received[1] == text) << listening->received[1].size();
  EXPECT_TRUE(listening->ends.at(0).is<ProcessDone>());
}

CASE("PROC-IO-04", ChildCannotWriteToAClosedPipe,
     "a child that goes on writing to a stdout, or stderr, which the parent has closed, gets "
     "SIGPIPE",
     "proc_close_stdout_forgotten") {
  for (const int number : {1, 2}) {
    const auto listening = listener(t);
    int pieces = 0;
    listening->on_data = [&, kid = listening.get()](int) {
      if (++pieces == 1) return kid->child().close_child_fd(number);
      if (pieces == 2) kid->child().signal_process(SIGKILL);  // or it would go on for ever
    };
    spawn_shell(t, listening,
                number == 1 ? "while echo out; do :; done" : "while echo err >&2; do :; done");
    t.reactor().run();
    EXPECT_EQ(pieces, 1) << "data of a closed pipe";
    const auto how = terminated(listening->ends.at(0));
    ASSERT_TRUE(how.has_value());
    EXPECT_EQ(how->signal, SIGPIPE) << how->what();
  }
}

CASE("PROC-IO-05", EachPipeIsToldOnce,
     "each pipe that closes is told by one child_connection_lost() with its number, when it closes",
     "proc_lost_told_twice") {
  const auto listening = listener(t);
  const auto child = spawn_shell(
      t, listening, "exec 2>&-; read word; exec 1>&-; read word; exec 0<&-; read word <&3",
      with_descriptors(
          {{0, ParentWrites()}, {1, ParentReads()}, {2, ParentReads()}, {3, ParentWrites()}}));
  listening->on_lost = [&](int number) {
    if (number == 2 || number == 1) child->write("\n");
    if (number == 0) child->close_child_fd(3);
  };
  t.reactor().run();
  EXPECT_EQ(listening->losses, (std::vector<int>{2, 1, 0, 3}));
}

CASE("PROC-IO-06", PausedOutputWaits,
     "between pause_producing() and resume_producing() nothing is received that the child writes, "
     "and everything after that",
     "proc_pause_ignored") {
  auto [told, tells] = make_pipe();
  ::fcntl(tells.get(), F_SETFL, 0);
  const auto written = probe(std::move(told));
  const auto listening = listener(t);
  const auto child = spawn_shell(
      t, listening, "echo out; echo err >&2; echo written >&3",
      with_descriptors({{1, ParentReads()}, {2, ParentReads()}, {3, Inherit{tells.get()}}}));
  tells.reset();
  child->pause_producing();
  bool resumed = false;
  written->on_read = [&](Probe& self) {
    t.reactor().remove_reader(self);
    after_passes(t, 3, [&] {
      EXPECT_TRUE(listening->received.empty());
      EXPECT_TRUE(listening->losses.empty());
      child->resume_producing();
      resumed = true;
    });
    return self.read_some();
  };
  t.reactor().add_reader(written);
  t.reactor().run();
  EXPECT_EQ(written->received, "written\n");
  EXPECT_TRUE(resumed) << "all was over before that";
  EXPECT_EQ(listening->received[1], "out\n");
  EXPECT_EQ(listening->received[2], "err\n");
}

}  // namespace
}  // namespace loopmark::conformance
