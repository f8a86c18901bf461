// SPDX-License-Identifier: MIT
#include "harness/machine_check.h"

#include <fmt/format.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "harness/build_info.h"
#include "harness/environment.h"
#include "harness/executables.h"
#include "harness/sys_enter.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::harness {
namespace {

using Level = Finding::Level;
using MachineFindings = std::vector<Finding>;

constexpr const char* kCpu0 = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
constexpr rlim_t kFewDescriptors = 1024;
constexpr double kMiB = 1024;  // of the kB in /proc/meminfo

std::string text_in(const Json& line) {
  return line.is_null() ? "" : line.get<std::string>();
}

std::string why(int error) {
  return std::generic_category().message(error);
}

void check_processors(MachineFindings& findings) {
  const std::size_t usable = usable_processors();
  const Json all = machine();
  findings.push_back(
      {usable == 1 ? Level::kWarning : Level::kGood, "processors",
       fmt::format("{}: {} of {} usable{}", all.value("processor", "unknown"), usable,
                   all.value("processors", 0),
                   usable == 1
                       ? "; scenarios of two threads get no verdict, for they would share it"
                       : "")});
  if (all.value("virtual_machine", false)) {
    findings.push_back({Level::kNote, "virtual machine",
                        "the host decides when and how fast it runs, and nothing here tells"});
  }
  const std::string quota = text_in(line_of("/sys/fs/cgroup/cpu.max"));
  if (!quota.empty() && !quota.starts_with("max")) {
    findings.push_back({Level::kWarning, "quota",
                        "the control group stops processes when it is used up: cpu.max " + quota});
  }
  if (text_in(line_of("/sys/devices/system/cpu/smt/active")) == "1") {
    findings.push_back({Level::kNote, "hyperthreads",
                        "two processors may be halves of one core, which disturb each other"});
  }
}

void check_frequency(MachineFindings& findings) {
  const std::string governor = text_in(line_of(kCpu0));
  if (governor.empty()) {
    findings.push_back({Level::kNote, "frequency", "governor and turbo cannot be controlled here"});
    return;
  }
  const bool fixed = governor == "performance";
  findings.push_back(
      {fixed ? Level::kGood : Level::kWarning, "frequency",
       "governor " + governor + (fixed ? "" : "; better: cpupower frequency-set -g performance")});
  const std::string boost = text_in(line_of("/sys/devices/system/cpu/cpufreq/boost"));
  const std::string no_turbo = text_in(line_of("/sys/devices/system/cpu/intel_pstate/no_turbo"));
  if (boost == "1" || no_turbo == "0")
    findings.push_back({Level::kWarning, "turbo", "is on: speed depends on heat and neighbours"});
}

void check_clock(const SpinGaps& gaps, MachineFindings& findings) {
  const std::string source =
      text_in(line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  // Another source, or a slow one, is read by a system call.
  const bool cheap = gaps.reading_ns < 200;
  findings.push_back({cheap ? Level::kGood : Level::kWarning, "clock",
                      fmt::format("{}, {:.0f} ns a reading", source.empty() ? "unknown" : source,
                                  gaps.reading_ns)});
}

void check_load(MachineFindings& findings) {
  double load = 0;
  const auto usable = static_cast<double>(usable_processors());
  if (::getloadavg(&load, 1) == 1) {
    const bool busy = load > usable / 2;
    findings.push_back({busy ? Level::kWarning : Level::kGood, "load",
                        fmt::format("{:.1f} on {} processors{}", load, usable,
                                    busy ? ": other work is running" : "")});
  }
  const std::string pressure = value_in("/proc/pressure/cpu", "some", '=');
  if (pressure.empty()) {
    findings.push_back({Level::kNote, "pressure", "/proc/pressure/cpu is not there"});
    return;
  }
  const double waiting = std::strtod(pressure.c_str(), nullptr);
  findings.push_back(
      {waiting > 5 ? Level::kWarning : Level::kGood, "pressure",
       fmt::format("in {:.1f} % of the last 10 s some task waited for a processor", waiting)});
}

void check_limits(MachineFindings& findings) {
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  findings.push_back({descriptors.rlim_cur < kFewDescriptors ? Level::kWarning : Level::kGood,
                      "descriptors",
                      fmt::format("limit {}, can be raised to {}; larger scenarios are refused",
                                  descriptors.rlim_cur, descriptors.rlim_max)});
  const auto mib = [](const char* key) {
    return std::strtod(value_in("/proc/meminfo", key, ':').c_str(), nullptr) / kMiB;
  };
  const double swapped = mib("SwapTotal") - mib("SwapFree");
  const bool tight = mib("MemAvailable") < 512 || swapped > 0;
  findings.push_back({tight ? Level::kWarning : Level::kGood, "memory",
                      fmt::format("{:.0f} of {:.0f} MiB available, {:.0f} MiB swapped out",
                                  mib("MemAvailable"), mib("MemTotal"), swapped)});
  const std::string layout = text_in(line_of("/proc/sys/kernel/randomize_va_space"));
  const bool random = layout == "2" || layout == "1";
  findings.push_back({random ? Level::kGood : Level::kNote, "memory layout",
                      random ? "random in each process, so that its effect averages out"
                             : "the same in each process: its luck is part of every result"});
}

/// Whether the processor counts instructions for us.
void check_counters(MachineFindings& findings) {
  perf_event_attr wanted{};
  wanted.type = PERF_TYPE_HARDWARE;
  wanted.size = sizeof wanted;
  wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
  wanted.exclude_kernel = 1;
  const UniqueFd counter(static_cast<int>(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0)));
  findings.push_back({counter ? Level::kGood : Level::kNote, "hardware counters",
                      counter ? "count instructions"
                              : "not offered (" + why(errno) + "); callgrind counts instructions"});
}

void check_io_uring(MachineFindings& findings) {
  io_uring_params parameters{};
  const UniqueFd ring(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &parameters)));
  findings.push_back({ring ? Level::kGood : Level::kNote, "io_uring",
                      ring ? "is allowed" : "is refused: " + why(errno)});
}

void check_tools(MachineFindings& findings) {
  const UniqueFd counter(open_sys_enter(false));
  findings.push_back({counter ? Level::kGood : Level::kNote, "tracepoints",
                      counter
                          ? "the kernel counts system calls"
                          : "are refused (only root may have them); strace counts system calls, "
                            "and takes longer"});
  for (const auto& [name, package, purpose] : {std::tuple("strace", "strace", "system calls"),
                                               {"valgrind", "valgrind", "instructions"},
                                               {"gnuplot", "gnuplot-nox", "graphs"}}) {
    const bool there = !find_program(name).empty();
    findings.push_back(
        {there ? Level::kGood : Level::kNote, name,
         there ? "is installed"
               : fmt::format("is not installed, so no {}: apt-get install {}", purpose, package)});
  }
}

void check_build(MachineFindings& findings) {
  const std::string type = kBuildType;
  const std::string sanitizer = kSanitizer;
  const bool slow = type == "Debug" || !sanitizer.empty();
  findings.push_back({slow ? Level::kWarning : Level::kGood, "build",
                      type + (sanitizer.empty() ? "" : " with " + sanitizer + " sanitizer") +
                          (slow ? ": times are not those of an optimized build" : "")});
}

void check_quiet(const SpinGaps& gaps, MachineFindings& findings) {
  const double seconds = std::chrono::duration<double>(gaps.watched).count();
  findings.push_back(
      {Level::kNote, "interruptions",
       fmt::format("in {:.1f} s of reading the clock {} gaps over 1 us, {} over 64 us, the longest "
                   "{:.0f} us: no latency below that is the loop's alone",
                   seconds, gaps.over_1us, gaps.over_64us,
                   std::chrono::duration<double, std::micro>(gaps.longest).count())});
}

}  // namespace

std::string_view word(Finding::Level level) {
  switch (level) {
    case Level::kGood:
      return "ok";
    case Level::kNote:
      return "note";
    case Level::kWarning:
      break;
  }
  return "warn";
}

Finding check_stolen(const MachineLoad& before, const MachineLoad& after) {
  const Json steal = after.since(before).at("steal");
  const double share = steal.is_null() ? 0 : 100 * steal.get<double>();
  return {share > 1 ? Level::kWarning : Level::kGood, "stolen time",
          fmt::format("the host took {:.1f} % of the time during these measurements", share)};
}

std::vector<Finding> check_machine(const SpinGaps& gaps) {
  MachineFindings findings;
  check_processors(findings);
  check_frequency(findings);
  check_clock(gaps, findings);
  check_load(findings);
  check_limits(findings);
  check_counters(findings);
  check_io_uring(findings);
  check_tools(findings);
  check_build(findings);
  check_quiet(gaps, findings);
  return findings;
}

}  // namespace loopmark::harness
