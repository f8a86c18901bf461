// SPDX-License-Identifier: MIT
#include "conformance/programs/trial.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "conformance/cases/folder.h"
#include "conformance/open_descriptors.h"
#include "conformance/spin.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::conformance {
namespace programs {
namespace {

constexpr unsigned kMostSeconds = 20;  // then it hangs

/// The end of the pipe that the child of try_program() tells its fault through; -1 elsewhere.
int to_parent = -1;

[[noreturn]] void tell(const std::string& fault) {
  [[maybe_unused]] const ssize_t written = ::write(to_parent, fault.data(), fault.size());
  ::_exit(1);
}

[[noreturn]] void be_child(const Program& program, const Backend& backend, const Folder& folder,
                           int pipe) {
  to_parent = pipe;
  ::alarm(kMostSeconds);
  try {
    const auto before = open_descriptors();
    const Performed performed = perform(program, backend, folder.path(), tell);
    if (open_descriptors() != before) tell("descriptors were left open (ERR-06)");
    if (::write(pipe, &performed, sizeof performed) != sizeof performed) ::_exit(1);
  } catch (const std::exception& error) {
    tell(std::string("the program threw: ") + error.what());
  }
  ::_exit(0);
}

std::string read_all(int fd) {
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t count = ::read(fd, bytes, sizeof bytes);
    if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
  }
}

std::string end_of(int status) {
  if (WTERMSIG(status) == SIGALRM) return "hangs";
  return std::string("was killed by ") + ::strsignal(WTERMSIG(status));
}

}  // namespace

Tried try_program(const Program& program, const Backend& backend) {
  const Folder folder;
  int ends[2];
  check_call(::pipe2(ends, O_CLOEXEC), "pipe2");
  const UniqueFd from_child(ends[0]);
  UniqueFd to_us(ends[1]);
  const pid_t child = check_call(::fork(), "fork");
  if (child == 0) be_child(program, backend, folder, to_us.get());
  to_us.reset();
  const std::string told = read_all(from_child.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  Tried tried;
  if (WIFSIGNALED(status)) {
    tried.fault = end_of(status);
  } else if (WEXITSTATUS(status) != 0 || told.size() != sizeof tried.performed) {
    tried.fault = told.empty() ? "ended with status " + std::to_string(WEXITSTATUS(status)) : told;
  } else {
    std::memcpy(&tried.performed, told.data(), sizeof tried.performed);
  }
  return tried;
}

}  // namespace programs

void report_spin(const char* call, std::size_t limit) {
  programs::tell("the loop spins: more than " + std::to_string(limit) + " calls of " + call +
                 " (CORE-RUN-05)");
}

}  // namespace loopmark::conformance
