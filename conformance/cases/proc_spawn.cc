// SPDX-License-Identifier: MIT
//
// Section 9, Child processes: starting them.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "conformance/cases/child_listener.h"
#include "conformance/cases/folder.h"
#include "conformance/kernel.h"
#include "conformance/open_descriptors.h"

namespace loopmark::conformance {
namespace {

/// What a child writes to its stdout until it has ended. Runs the reactor.
std::string output_of(CaseContext& t, const std::string& executable,
                      const std::vector<std::string>& arguments,
                      const ProcessOptions& options = {}) {
  const auto listening = listener(t);
  spawn(t, listening, executable, arguments, options);
  t.reactor().run();
  EXPECT_EQ(listening->received[2], "");
  return listening->received[1];
}

CASE("PROC-SPAWN-01", LoopTurnsBesideTheChild,
     "spawn_process() answers a transport with a pid while the child lives, and the loop keeps "
     "turning",
     "proc_no_pid") {
  const auto listening = listener(t);
  const auto child = spawn(t, listening, "/bin/cat", {"cat"});
  ASSERT_TRUE(child->pid().has_value());
  EXPECT_EQ(::getpgid(*child->pid()), ::getpgid(0)) << "no process has that number";
  after_passes(t, 3, [&] {
    t.log("turned");
    child->close_stdin();
  });
  t.reactor().run();
  ASSERT_GE(t.events().size(), 3u);
  EXPECT_EQ(t.events()[0], "made");
  EXPECT_EQ(t.events()[1], "turned");
  EXPECT_EQ(t.events().back(), "ended");
}

CASE("PROC-SPAWN-02", ProtocolIsConnectedInsideTheCall,
     "connection_made() is called inside spawn_process(), and what it writes reaches the child",
     "proc_connected_later") {
  const auto listening = listener(t);
  listening->on_made = [&kid = *listening] {
    EXPECT_TRUE(kid.child().pid().has_value());
    kid.child().write("written at once");
    kid.child().close_stdin();
  };
  t.reactor().call_later(0s, [&] {
    spawn(t, listening, "/bin/cat", {"cat"});
    t.log("spawned");
  });
  t.reactor().run();
  ASSERT_GE(t.events().size(), 2u);
  EXPECT_EQ(t.events()[0], "made");
  EXPECT_EQ(t.events()[1], "spawned");
  EXPECT_EQ(listening->received[1], "written at once");
}

CASE("PROC-SPAWN-03", ArgumentsArePassedAsTheyAre,
     "the child's argv is what was given, byte for byte: blanks, quotes, backslashes, wildcards, "
     "empty ones, and any byte but NUL",
     "proc_empty_arguments_left_out") {
  // The shell stays the process whose arguments are read: something follows the command.
  const std::vector<std::string> arguments{"a name",  "-c", "cat /proc/$$/cmdline; true",
                                           "a  b",    "\"", "'quoted'",
                                           "back\\n", "",   "*",
                                           "\n\t",    "",   "\xff\x01\x80"};
  std::string expected;
  for (const std::string& argument : arguments) expected += argument + '\0';
  EXPECT_EQ(output_of(t, "/bin/sh", arguments), expected);
  EXPECT_THROW(spawn(t, listener(t), "/bin/cat", {"cat", std::string("a\0b", 3)}),
               std::invalid_argument);
}

CASE("PROC-SPAWN-04", EnvironmentIsEmptyInheritedOrGiven,
     "the child's environment is empty by default, the parent's for null, and exactly the map "
     "otherwise",
     "proc_environment_inherited") {
  ASSERT_EQ(::setenv("LOOPMARK_TEST_VARIABLE", "of the parent", 1), 0);
  ProcessOptions options;
  EXPECT_EQ(output_of(t, "/usr/bin/env", {"env"}), "");
  options.environment = std::nullopt;
  std::string all;
  for (char** line = environ; *line != nullptr; ++line) all += *line + std::string("\n");
  EXPECT_EQ(output_of(t, "/usr/bin/env", {"env"}, options), all);
  options.environment = {{"A", "1"}, {"EMPTY", ""}, {"EQUALS", "x=y"}};
  EXPECT_EQ(output_of(t, "/usr/bin/env", {"env"}, options), "A=1\nEMPTY=\nEQUALS=x=y\n");
  ::unsetenv("LOOPMARK_TEST_VARIABLE");
}

CASE("PROC-SPAWN-05", ChildAloneChangesItsDirectory,
     "the child runs in the working directory given, and the parent stays in its own",
     "proc_directory_ignored") {
  const Folder folder;
  const auto before = std::filesystem::current_path();
  ProcessOptions options;
  options.working_directory = folder.path();
  EXPECT_EQ(output_of(t, "/bin/pwd", {"pwd"}, options),
            std::filesystem::canonical(folder.path()).string() + "\n");
  EXPECT_EQ(std::filesystem::current_path(), before);
}

CASE("PROC-SPAWN-07", ScriptsAreRunByTheirInterpreter,
     "an executable may be a script whose first line names its interpreter",
     "proc_scripts_refused") {
  const Folder folder;
  const std::string script = folder / "script";
  std::ofstream(script) << "#!/bin/sh\necho \"$1, says a script\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  EXPECT_EQ(output_of(t, script, {script, "well"}), "well, says a script\n");
}

CASE("PROC-SPAWN-08", MissingExecutableThrows,
     "what cannot be executed throws the system's error from spawn_process(), tells the protocol "
     "nothing, and leaves no process",
     "proc_exec_error_unheard") {
  const Folder folder;
  std::ofstream(folder / "no_program") << "true\n";
  const auto error_of = [&](const std::string& executable) {
    try {
      spawn(t, listener(t), executable, {"name"});
    } catch (const std::system_error& error) {
      return error.code().value();
    }
    return 0;
  };
  EXPECT_EQ(error_of(folder / "missing"), ENOENT);
  EXPECT_EQ(error_of(folder / "no_program"), EACCES);
  ProcessOptions options;
  options.working_directory = folder / "missing";
  EXPECT_THROW(spawn(t, listener(t), "/bin/cat", {"cat"}, options), std::system_error);
  EXPECT_TRUE(has_no_child());
  t.run_window();
  EXPECT_TRUE(t.events().empty());
  EXPECT_TRUE(query<ReactorProcess>(t.reactor()).get_children().empty());
}

CASE("PROC-SPAWN-09", FailedSpawnClosesItsPipes,
     "a spawn that fails, at whichever of its pipes or at the end, leaves no descriptor open and "
     "none with the reactor",
     "proc_failed_spawn_leaves_pipes") {
  Reactor& reactor = t.reactor();
  const std::ptrdiff_t before = open_descriptors();
  for (int number = 1; number <= 3; ++number) {
    kernel::fail_pipe(number, EMFILE);
    EXPECT_THROW(spawn(t, listener(t), "/bin/cat", {"cat"}), std::system_error);
    EXPECT_EQ(open_descriptors(), before);
  }
  EXPECT_THROW(spawn(t, listener(t), "/missing", {"missing"}), std::system_error);
  EXPECT_THROW(spawn(t, listener(t), "/bin/cat", {"cat"},
                     with_descriptors({{1, ParentReads()}, {5, Inherit{-1}}})),
               std::system_error);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(reactor.get_readers().empty());
  EXPECT_TRUE(has_no_child());
  t.run_window();
  EXPECT_TRUE(t.events().empty());
}

}  // namespace
}  // namespace loopmark::conformance
