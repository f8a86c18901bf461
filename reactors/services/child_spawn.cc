// SPDX-License-Identifier: MIT
#include "reactors/services/child_spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark {
namespace {

/// These calls answer an errno.
void check(int error, const char* what) {
  if (error != 0) throw_errno(what, error);
}

/// What the child does before it runs the program.
class Actions {
 public:
  Actions() { check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }

  void change_directory(const std::string& to) {
    check(::posix_spawn_file_actions_addchdir_np(&actions_, to.c_str()), "chdir");
  }
  void copy(int from, int to) {
    check(::posix_spawn_file_actions_adddup2(&actions_, from, to), "dup2");
  }
  void close(int number) { check(::posix_spawn_file_actions_addclose(&actions_, number), "close"); }
  void close_from(int number) {
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, number), "closefrom");
  }

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Default dispositions, and no signal blocked.
class CleanSignals {
 public:
  CleanSignals() {
    check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t all, none;
    // sigfillset(3) leaves out two that the C library keeps for itself, and posix_spawn(3) would have those ignored.
    std::memset(&all, 0xff, sizeof all);
    sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  CleanSignals(const CleanSignals&) = delete;
  CleanSignals& operator=(const CleanSignals&) = delete;
  ~CleanSignals() { ::posix_spawnattr_destroy(&attributes_); }

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// Text for the system ends with NUL.
const std::string& checked(const std::string& text) {
  if (text.find('\0') == std::string::npos) return text;
  throw std::invalid_argument("spawn_process: a text with NUL in it");
}

/// Texts as exec takes them.
class TextList {
 public:
  explicit TextList(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (std::string& text : texts_) {
      static_cast<void>(checked(text));
      pointers_.push_back(text.data());
    }
    pointers_.push_back(nullptr);
  }
  TextList(const TextList&) = delete;
  TextList& operator=(const TextList&) = delete;

  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

std::vector<std::string> lines_of(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) {
    if (name.empty() || name.find('=') != std::string::npos)
      throw std::invalid_argument("spawn_process: no name for a variable: '" + name + "'");
    lines.push_back(name + "=" + value);
  }
  return lines;
}

}  // namespace

pid_t spawn_child(const ChildProgram& program, const std::map<int, int>& sources) {
  const TextList arguments(program.arguments.empty() ? std::vector{program.executable}
                                                     : program.arguments);
  std::optional<TextList> environment;
  if (program.environment) environment.emplace(lines_of(*program.environment));
  Actions actions;
  if (!program.working_directory.empty())
    actions.change_directory(checked(program.working_directory));
  const int end = sources.empty() ? 0 : sources.rbegin()->first + 1;
  std::vector<UniqueFd> copies;
  for (const auto& [number, source] : sources) {
    copies.push_back(UniqueFd(check_call(::fcntl(source, F_DUPFD_CLOEXEC, end), "fcntl")));
    actions.copy(copies.back().get(), number);
  }
  for (int number = 0; number < end; ++number) {
    if (!sources.contains(number)) actions.close(number);
  }
  actions.close_from(end);
  const CleanSignals signals;
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, checked(program.executable).c_str(), actions.get(), signals.get(),
                    arguments.get(), environment ? environment->get() : environ);
  if (error != 0) throw_errno(("cannot run " + program.executable).c_str(), error);
  return pid;
}

}  // namespace loopmark
