// SPDX-License-Identifier: MIT
//
// What is there after a case that was not there before.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace loopmark::conformance {

/// Of this process. Descriptors are told with their kind: "socket", "anon_inode:[eventpoll]", or a path.
struct Holdings {
  std::map<int, std::string> descriptors;
  std::size_t threads = 0;
};
Holdings holdings();

namespace faults {

/// A backend has bound a socket to a path, or has tried to remove it.
void note_path(const std::string& path);
void forget_path(const std::string& path);

/// What is left, by kind: {"descriptors": 1, "threads": 0, ...}; and, if it can be said, what it is. Threads that are just
/// ending are waited for. Children count when `owns_children`.
nlohmann::ordered_json left_over(const Holdings& before, const Holdings& after, bool owns_children);

}  // namespace faults
}  // namespace loopmark::conformance
