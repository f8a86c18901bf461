// SPDX-License-Identifier: MIT
//
// Section 9, Child processes: what they begin with, descriptors and signals.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "conformance/cases/child_listener.h"
#include "conformance/cases/dispositions.h"

namespace loopmark::conformance {
namespace {

/// A copy of `fd` at the lowest free number from `number` on, which a child would inherit.
UniqueFd inheritable(const UniqueFd& fd, int number) {
  return UniqueFd(::fcntl(fd.get(), F_DUPFD, number));
}

std::string path_of(const UniqueFd& fd) {
  return "/proc/self/fd/" + std::to_string(fd.get());
}

CASE("PROC-FD-01", ParentWritesZeroAndReadsOneAndTwo,
     "by default the parent writes to the child's 0 and reads from its 1 and 2",
     "proc_all_output_is_stdout") {
  const auto listening = listener(t);
  const auto child = spawn_shell(t, listening, "read word; echo out $word; echo err $word >&2");
  child->write("abc\n");
  t.reactor().run();
  EXPECT_EQ(listening->received[1], "out abc\n");
  EXPECT_EQ(listening->received[2], "err abc\n");
}

CASE("PROC-FD-02", ChildHasTheDescriptorsOfTheMap,
     "a map gives the child pipes that the parent writes to or reads from, and descriptors of the "
     "parent, each at its number",
     "proc_all_output_is_stdout") {
  const UniqueFd file = regular_file("from a file");
  const auto listening = listener(t);
  const auto child = spawn_shell(
      t, listening, "read word <&3; echo got $word >&4; cat <&5 >&4",
      with_descriptors({{3, ParentWrites()}, {4, ParentReads()}, {5, Inherit{file.get()}}}));
  child->write_to_child(3, "abc\n");
  t.reactor().run();
  EXPECT_EQ(listening->received[4], "got abc\nfrom a file");
  EXPECT_EQ(listening->received.size(), 1u);
}

CASE("PROC-FD-02", DescriptorsMayChangePlaces,
     "two descriptors of the parent may have each other's number in the child",
     "proc_swap_loses_one") {
  const UniqueFd first = regular_file("first "), second = regular_file("second ");
  const auto listening = listener(t);
  spawn(t, listening, "/bin/cat", {"cat", path_of(first), path_of(second)},
        with_descriptors({{1, ParentReads()},
                          {first.get(), Inherit{second.get()}},
                          {second.get(), Inherit{first.get()}}}));
  t.reactor().run();
  EXPECT_EQ(listening->received[1], "second first ");
}

CASE("PROC-FD-03", NothingElseIsInherited,
     "the child has no descriptor of its parent's above those of the map",
     "proc_descriptors_leak") {
  const UniqueFd file = regular_file("");
  const UniqueFd low = inheritable(file, 20), high = inheritable(file, 400);
  const auto listening = listener(t);
  spawn(t, listening, "/bin/ls", {"ls", "/proc/self/fd"});
  t.reactor().run();
  EXPECT_EQ(listening->received[1], "0\n1\n2\n3\n") << "3 is what ls reads them from";
}

CASE("PROC-FD-03", GapsInTheMapAreClosed,
     "the child has no descriptor of its parent's between those of the map", "proc_gaps_leak") {
  const UniqueFd file = regular_file("");
  const UniqueFd between = inheritable(file, 20);
  const auto listening = listener(t);
  spawn(t, listening, "/bin/ls", {"ls", "/proc/self/fd"},
        with_descriptors({{1, ParentReads()}, {between.get() + 1, Inherit{file.get()}}}));
  t.reactor().run();
  EXPECT_EQ(listening->received[1], "0\n1\n" + std::to_string(between.get() + 1) + "\n")
      << "0 is what ls reads them from";
}

CASE("PROC-FD-04", IgnoredSignalsAreDefaultAgain,
     "a signal that the parent ignores has its default disposition in the child",
     "proc_ignored_signals_stay") {
  const Disposition ignored(SIGUSR1, SIG_IGN);
  const auto listening = listener(t);
  spawn_shell(t, listening, "kill -USR1 $$; exit 9");
  t.reactor().run();
  const auto how = terminated(listening->ends.at(0));
  ASSERT_TRUE(how.has_value());
  EXPECT_EQ(how->signal, SIGUSR1);
}

CASE("PROC-FD-04", NoSignalIsBlocked,
     "no signal is blocked or ignored in a child, whatever is in the thread that spawns it",
     "proc_mask_inherited") {
  const Disposition ignored(SIGUSR1, SIG_IGN);
  const auto listening = listener(t);
  t.reactor().call_later(0s, [&] {
    spawn(t, listening, "/bin/grep", {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"});
  });
  t.reactor().run();
  EXPECT_EQ(listening->received[1], "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

}  // namespace
}  // namespace loopmark::conformance
