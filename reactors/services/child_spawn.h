// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace loopmark {

/// A program to be run. See ReactorProcess::spawn_process().
struct ChildProgram {
  const std::string& executable;
  const std::vector<std::string>& arguments;
  const std::optional<std::map<std::string, std::string>>& environment;
  const std::string& working_directory;
};

/// Starts a child that has the descriptors `sources` alone: by its numbers, the parent's that they are copies of. Answers
/// its pid when it runs the program. Throws std::system_error, std::invalid_argument.
///
/// Notes on the mechanism:
/// (a) posix_spawn(3) tells of a failing exec as of any other error, and there never is a second copy of the parent.
/// (b) Its actions are done one after the other. A source that stands where another one is to go would be lost, so all are
///     copied first to above the highest number of the child; two that change places are then nothing special.
/// (c) The copies, as all that we open, are close-on-exec; what others opened without that is closed by an action
///     (posix_spawn_file_actions_addclosefrom_np(3), glibc 2.34).
/// (d) A disposition of "ignored" and the signal mask survive an exec, and the reactor's thread blocks SIGPIPE: both are
///     set for the child.
pid_t spawn_child(const ChildProgram& program, const std::map<int, int>& sources);

}  // namespace loopmark
