// SPDX-License-Identifier: MIT
#include "bench/sleep_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "bench/workload.h"

namespace loopmark::bench {

SleepWatch::SleepWatch() {
  const std::string path = "/proc/self/task/" + std::to_string(::gettid()) + "/stat";
  stat_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!stat_) throw Refused("cannot see whether the loop sleeps: " + path + " cannot be read");
}

bool SleepWatch::asleep() const {
  char text[64];  // "pid (name, at most 15 characters) state ...": proc(5)
  const ssize_t length = ::pread(stat_.get(), text, sizeof text, 0);
  const std::string_view seen(text, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  const std::size_t state = seen.rfind(") ");
  return state != seen.npos && seen.substr(state + 2).starts_with('S');
}

}  // namespace loopmark::bench
