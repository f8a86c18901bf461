// SPDX-License-Identifier: MIT
#include "harness/stacks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? line : "?";
}

}  // namespace

std::vector<std::string> debugger_command(pid_t process) {
  constexpr const char* kGdb = "/usr/bin/gdb";
  if (::access(kGdb, X_OK) != 0) return {};
  return {kGdb,
          "-nx",
          "-batch",
          "-ex",
          "set print frame-arguments none",
          "-ex",
          "thread apply all backtrace 30",
          "-p",
          std::to_string(process)};
}

std::string kernel_view(pid_t process) {
  std::string view;
  std::error_code error;
  const fs::path tasks = fmt::format("/proc/{}/task", process);
  for (const auto& task : fs::directory_iterator(tasks, error)) {
    // The state is the first letter behind the name, which is in parentheses and may hold anything.
    const std::string stat = first_line(task.path() / "stat");
    const std::size_t name_end = stat.rfind(')');
    const std::string state = name_end + 2 < stat.size() ? stat.substr(name_end + 2, 1) : "?";
    view += fmt::format("thread {} {}: state {}, waits in {}, system call {}\n",
                        task.path().filename().string(), first_line(task.path() / "comm"), state,
                        first_line(task.path() / "wchan"), first_line(task.path() / "syscall"));
  }
  return view.empty() ? "nothing is known of its threads\n" : view;
}

}  // namespace loopmark::harness
