// SPDX-License-Identifier: MIT
#include "harness/run_differences.h"

#include <fmt/format.h>

#include <map>

#include "harness/environment.h"
#include "harness/exit_code.h"

namespace loopmark::harness {
namespace {

constexpr const char* kMachine[] = {"system",          "kernel",           "architecture",
                                    "processor",       "processors",       "usable_processors",
                                    "virtual_machine", "governor",         "clock",
                                    "cgroup_cpu_max",  "io_uring_disabled"};
constexpr const char* kTool[] = {"version", "compiler", "flags", "build_type", "sanitizer", "libc"};

std::string shown_value(const Json& value) {
  if (value.is_null()) return "unknown";
  if (value.is_string())
    return value.get<std::string>().empty() ? "none" : value.get<std::string>();
  return value.dump();
}

/// Adds a line when `before` and `after` have different members `name`.
void compare_member(const Json& before, const Json& after, const char* name, std::string label,
                    std::vector<std::string>& lines) {
  const auto member = [name](const Json& json) {
    return json.is_object() && json.contains(name) ? json.at(name) : Json(nullptr);
  };
  const Json was = member(before);
  const Json is = member(after);
  if (was == is) return;
  for (char& c : label) c = c == '_' ? ' ' : c;
  lines.push_back(label + ": " + shown_value(was) + ", now " + shown_value(is));
}

std::string commit_of(const Json& record) {
  return record.at("tool").value("commit", "");
}

std::map<std::string, std::string> versions(const Json& part) {
  std::map<std::string, std::string> all;
  for (const Json& backend : part.at("backends"))
    all[backend.at("backend")] = backend.value("runtime_version", "");
  return all;
}

}  // namespace

std::vector<std::string> differences_of_origin(const Json& before, const Json& after,
                                               bool with_contract) {
  std::vector<std::string> lines;
  for (const char* name : kMachine)
    compare_member(before.value("machine", Json()), after.value("machine", Json()), name, name,
                   lines);
  const Json was = before.value("tool", Json());
  const Json is = after.value("tool", Json());
  for (const char* name : kTool)
    compare_member(was, is, name, name == kTool[0] ? "loopmark" : name, lines);
  if (with_contract && was.value("contract", "") != is.value("contract", ""))
    lines.emplace_back("contract: another text");
  return lines;
}

std::string difference_of_commits(const Json& before, const Json& after) {
  const std::string was = commit_of(before);
  const std::string is = commit_of(after);
  if (was.empty() || is.empty() || was == is) return "";
  return "commit: " + was + ", now " + is;
}

void require_own(const Json& record) {
  const Json here{{"machine", machine()}, {"tool", tool()}};
  std::vector<std::string> lines = differences_of_origin(record, here, true);
  if (commit_of(record) != commit_of(here))
    lines.push_back(fmt::format("commit: {}, now {}", shown_value(commit_of(record)),
                                shown_value(commit_of(here))));
  if (lines.empty()) return;
  throw UsageError(
      fmt::format("{}: was begun by another build or on another machine, and cannot go on here; "
                  "begin a new run:\n  {}",
                  record.at("id").get<std::string>(), fmt::join(lines, "\n  ")));
}

std::vector<std::string> differences_of_libraries(const Json& before, const Json& after) {
  const auto was = versions(before);
  std::vector<std::string> lines;
  for (const auto& [backend, version] : versions(after)) {
    const auto found = was.find(backend);
    if (found == was.end() || found->second == version) continue;
    lines.push_back(backend + ": " + shown_value(found->second) + ", now " + shown_value(version));
  }
  return lines;
}

}  // namespace loopmark::harness
