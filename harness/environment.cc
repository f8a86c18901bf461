// SPDX-License-Identifier: MIT
#include "harness/environment.h"

#include <gnu/libc-version.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "harness/build_info.h"
#include "harness/commit.h"

namespace loopmark::harness {
namespace {

Json limit(__rlimit_resource resource) {
  rlimit value{};
  if (::getrlimit(resource, &value) != 0 || value.rlim_cur == RLIM_INFINITY) return nullptr;
  return value.rlim_cur;
}

Json load() {
  double averages[3];
  if (::getloadavg(averages, 3) != 3) return nullptr;
  return {averages[0], averages[1], averages[2]};
}

}  // namespace

Json machine() {
  utsname system{};
  ::uname(&system);
  const bool virtual_machine =
      value_in("/proc/cpuinfo", "flags", ':').find(" hypervisor") != std::string::npos;
  return {{"system", value_in("/etc/os-release", "PRETTY_NAME", '=')},
          {"kernel", std::string(system.sysname) + " " + system.release},
          {"architecture", system.machine},
          {"processor", value_in("/proc/cpuinfo", "model name", ':')},
          {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"usable_processors", usable_processors()},
          {"mhz", value_in("/proc/cpuinfo", "cpu MHz", ':')},
          {"virtual_machine", virtual_machine},
          {"governor", line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
          {"clock", line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
          {"cgroup_cpu_max", line_of("/sys/fs/cgroup/cpu.max")},
          {"memory", value_in("/proc/meminfo", "MemTotal", ':')},
          {"load", load()},
          {"limits",
           {{"descriptors", limit(RLIMIT_NOFILE)},
            {"processes", limit(RLIMIT_NPROC)},
            {"locked_memory", limit(RLIMIT_MEMLOCK)}}},
          {"io_uring_disabled", line_of("/proc/sys/kernel/io_uring_disabled")}};
}

Json tool() {
  return {{"version", kVersion},       {"commit", kCommit},
          {"compiler", kCompiler},     {"flags", kCompilerFlags},
          {"build_type", kBuildType},  {"sanitizer", kSanitizer},
          {"contract", kContractHash}, {"libc", std::string("glibc ") + ::gnu_get_libc_version()}};
}

std::string value_in(const std::string& path, const std::string& key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t at = line.find(separator);
    const std::size_t from = at == std::string::npos ? at : line.find_first_not_of(" \t\"", at + 1);
    if (from == std::string::npos) return "";
    return line.substr(from, line.find_last_not_of(" \t\"") + 1 - from);
  }
  return "";
}

Json line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? Json(line) : Json(nullptr);
}

std::size_t usable_processors() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 0;  // more of them than a set holds
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

}  // namespace loopmark::harness
