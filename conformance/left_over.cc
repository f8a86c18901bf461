// SPDX-License-Identifier: MIT
#include "conformance/left_over.h"

#include <sys/wait.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>

#include "conformance/live_blocks.h"

namespace loopmark::conformance {
namespace {

using Entries = std::filesystem::directory_iterator;

constexpr timespec kRound{0, 1'000'000};
constexpr int kRounds = 500;  // until a thread that was joined has left the kernel's list

std::size_t threads() {
  return static_cast<std::size_t>(std::distance(Entries("/proc/self/task"), Entries()));
}

/// "socket" of "socket:[4711]".
std::string kind_of(const std::string& target) {
  const std::size_t number = target.find(":[");
  const bool is_numbered = number != target.npos && number + 2 < target.size() &&
                           std::isdigit(static_cast<unsigned char>(target[number + 2]));
  return is_numbered ? target.substr(0, number) : target;
}

std::mutex mutex;  // guards the one below
std::set<std::string>& paths() {
  static std::set<std::string> all;
  return all;
}

bool has_children() {
  siginfo_t child{};
  return ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

Holdings holdings() {
  Holdings now;
  for (const auto& entry : Entries("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own is, afterwards
    const std::string target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && !target.ends_with("/fd"))
      now.descriptors[std::stoi(entry.path().filename())] = kind_of(target);
  }
  now.threads = threads();
  return now;
}

namespace faults {

void note_path(const std::string& path) {
  const std::lock_guard lock(mutex);
  paths().insert(path);
}

void forget_path(const std::string& path) {
  const std::lock_guard lock(mutex);
  paths().erase(path);
}

nlohmann::ordered_json left_over(const Holdings& before, const Holdings& after,
                                 bool owns_children) {
  std::string what;
  const auto add = [&what](const std::string& text) { what += (what.empty() ? "" : ", ") + text; };
  std::size_t descriptors = 0;
  for (const auto& [number, kind] : after.descriptors) {
    const auto old = before.descriptors.find(number);
    if (old != before.descriptors.end() && old->second == kind) continue;
    ++descriptors;
    add("descriptor " + std::to_string(number) + " (" + kind + ")");
  }
  std::size_t alive = after.threads;
  for (int i = 0; i < kRounds && alive > before.threads; ++i) {
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &kRound, nullptr);
    alive = threads();
  }
  const std::lock_guard lock(mutex);
  for (const std::string& path : paths()) add(path);
  return {{"descriptors", descriptors},
          {"children", owns_children && has_children() ? 1 : 0},
          {"threads", std::max(alive, before.threads) - before.threads},
          {"paths", paths().size()},
          {"blocks", live_blocks()},
          {"what", what}};
}

}  // namespace faults
}  // namespace loopmark::conformance
