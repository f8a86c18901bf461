// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>

#include "conformance/probe.h"
#include "reactors/reactor.h"

namespace loopmark::conformance {

/// A process cannot take back what it has installed: runs `function` in a child, and answers what it answers, a
/// complaint or nothing. A child that dies is a complaint, too.
inline std::string in_a_child(const std::function<std::string()>& function) {
  auto [from_child, to_parent] = make_pipe();
  const pid_t child = ::fork();
  if (child < 0) return "no child";
  if (child == 0) {
    std::string complaint;
    try {
      complaint = function();
    } catch (const std::exception& error) {
      complaint = error.what();
    }
    put(to_parent, complaint);
    std::_Exit(0);
  }
  to_parent.reset();
  int status = 0;
  ::waitpid(child, &status, 0);
  std::string complaint(4096, '\0');
  const ssize_t length = ::read(from_child.get(), complaint.data(), complaint.size());
  complaint.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return status == 0 ? complaint : "the child died: status " + std::to_string(status);
}

/// Whether the reactor runs, and by the mechanism that its row tells.
inline std::string complaint_about(Reactor& reactor, std::string_view mechanism) {
  bool called = false;
  reactor.call_later(Duration::zero(), [&] {
    called = true;
    reactor.stop();
  });
  reactor.run();
  if (!called) return "the reactor does not run";
  if (reactor.evidence().find(mechanism) != std::string::npos) return {};
  return "not by " + std::string(mechanism) + ", but: " + reactor.evidence();
}

}  // namespace loopmark::conformance
