// SPDX-License-Identifier: MIT
#include "harness/exact_counters.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "harness/build_info.h"
#include "harness/executables.h"
#include "harness/file_text.h"
#include "harness/sys_enter.h"
#include "harness/timed_region.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kAnnounced = kAnnouncement;

/// Why nothing can be counted with `program` and `preloaded`; empty: it can.
std::string why_not(const std::string& program, const std::string& preloaded) {
  if (kSanitizer[0] != '\0') return "the build has a sanitizer, which would be counted, too";
  if (!program.empty() && find_program(program).empty()) return program + " is not installed";
  if (!fs::exists(program_folder() / preloaded)) return preloaded + " is not built";
  return "";
}

constexpr const char* kMarks = "libloopmark-marks.so";
constexpr const char* kAllocations = "libloopmark-allocations.so";
constexpr const char* kCalls = "libloopmark-calls.so";

std::string preload(const char* library) {
  return "LD_PRELOAD=" + (program_folder() / library).string();
}

/// Calls `take` with each line of `text`.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Puts together what lies between the places that are announced.
class SlotReader {
 public:
  void count(std::string_view name, double number) {
    if (inside_) open_.sums[std::string(name)] += number;
  }

  /// "begins", "ends" or "slot", and what is counted there.
  void announced(std::string_view place) {
    std::istringstream words{std::string(place)};
    std::string word;
    words >> word;
    const bool slot_ends = word == "slot";
    if (word == (inside_ ? "begins" : "ends") || (slot_ends && inside_))
      throw std::runtime_error("a timed region was announced out of turn");
    if (word == "begins") inside_ = true;
    if (word == "ends") inside_ = false;
    while (words >> word) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) continue;
      const double number = std::strtod(word.c_str() + equals + 1, nullptr);
      (slot_ends ? open_.states : open_.sums)[word.substr(0, equals)] += number;
    }
    if (slot_ends) slots_.push_back(std::exchange(open_, {}));
  }

  std::vector<SlotCounts> take() { return std::move(slots_); }

 private:
  bool inside_ = false;
  SlotCounts open_;
  std::vector<SlotCounts> slots_;
};

/// The name in a line such as "123 epoll_wait(5, ...", if a call begins there.
std::string_view call_in(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of("0123456789 "), line.size()));
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789");
  return end != std::string_view::npos && line[end] == '(' ? line.substr(0, end) : "";
}

std::vector<std::string> trace_prefix(const fs::path& folder, bool one_thread) {
  std::vector<std::string> words{
      "/usr/bin/env", "strace",       "-q", "-e",
      "raw=!write",  // else a thousand descriptors of a poll are written out
      "-e",           "signal=none",  "-o", folder / "trace",
      "-E",           preload(kMarks)};
  if (!one_thread) words.emplace_back("-f");
  return words;
}

std::vector<SlotCounts> trace_in(const WorkerOutcome&, const fs::path& folder) {
  return read_trace(file_text(folder / "trace").value_or(""));
}

std::vector<std::string> profile_prefix(const fs::path& folder, bool one_thread) {
  return {"/usr/bin/env",
          preload(kMarks),
          "valgrind",
          "-q",
          "--tool=callgrind",
          "--callgrind-out-file=" + (folder / "part").string(),
          std::string("--separate-threads=") + (one_thread ? "yes" : "no"),
          "--dump-after=loopmark_region_begins",
          "--dump-before=loopmark_region_ends",
          "--dump-before=loopmark_slot_ends"};
}

std::vector<SlotCounts> profile_in(const WorkerOutcome&, const fs::path& folder) {
  std::vector<std::string> parts;
  for (int number = 1;; ++number) {
    fs::path part = folder / fmt::format("part.{}", number);
    if (!fs::exists(part)) part += "-01";  // of the first thread, where they are kept apart
    if (!fs::exists(part)) return read_profile(parts);
    parts.push_back(file_text(part).value_or(""));
  }
}

std::vector<std::string> allocation_prefix(const fs::path&, bool) {
  return {"/usr/bin/env", preload(kAllocations)};
}

std::vector<std::string> kernel_prefix(const fs::path&, bool one_thread) {
  return {"/usr/bin/env", preload(kCalls),
          std::string("LOOPMARK_COUNTS=") + (one_thread ? "thread" : "process")};
}

std::vector<SlotCounts> announcements_in(const WorkerOutcome& outcome, const fs::path&) {
  return read_announcements(outcome.errors);
}

}  // namespace

std::vector<Counter> exact_counters() {
  Counter calls = calls_by_kernel();
  if (!calls.missing.empty()) calls = calls_by_tracer();
  return {
      {"allocations", why_not("", kAllocations), allocation_prefix, announcements_in, true},
      std::move(calls),
      {"instructions", why_not("valgrind", kMarks), profile_prefix, profile_in, false},
  };
}

Counter calls_by_kernel() {
  std::string missing = why_not("", kCalls);
  if (missing.empty()) {
    const UniqueFd counter(open_sys_enter(true));
    if (!counter) missing = "the kernel does not let this process count them";
  }
  return {"system_calls", std::move(missing), kernel_prefix, announcements_in, true};
}

Counter calls_by_tracer() {
  return {"system_calls", why_not("strace", kMarks), trace_prefix, trace_in, false};
}

std::vector<SlotCounts> read_trace(std::string_view log) {
  SlotReader reader;
  each_line(log, [&](std::string_view line) {
    const std::string_view call = call_in(line);
    const std::size_t mark = call == "write" ? line.find(kAnnounced) : line.npos;
    if (mark == line.npos) return call.empty() ? void() : reader.count(call, 1);
    const std::string_view place = line.substr(mark + kAnnounced.size());
    reader.announced(place.substr(0, place.find('\\')));
  });
  return reader.take();
}

std::vector<SlotCounts> read_profile(const std::vector<std::string>& parts) {
  SlotReader reader;
  for (const std::string& part : parts) {
    std::string trigger;
    double instructions = -1;
    each_line(part, [&](std::string_view line) {
      const std::size_t function = line.find("loopmark_");
      if (line.starts_with("desc: Trigger:") && function != line.npos)
        trigger = line.substr(function);
      if (line.starts_with("totals: ")) instructions = std::strtod(line.data() + 8, nullptr);
    });
    if (instructions < 0) throw std::runtime_error("callgrind wrote a part without its total");
    reader.count("user", instructions);
    if (trigger == "loopmark_region_begins") reader.announced("begins");
    if (trigger == "loopmark_region_ends") reader.announced("ends");
    if (trigger == "loopmark_slot_ends") reader.announced("slot");
  }
  return reader.take();
}

std::vector<SlotCounts> read_announcements(std::string_view errors) {
  SlotReader reader;
  each_line(errors, [&](std::string_view line) {
    const std::size_t mark = line.find(kAnnounced);
    if (mark != line.npos) reader.announced(line.substr(mark + kAnnounced.size()));
  });
  return reader.take();
}

Counts per_event(const Counts& shorter, const Counts& longer, double events) {
  Counts growth = longer;
  for (const auto& [name, number] : shorter) growth[name] -= number;
  for (auto& [_, number] : growth) number /= events;
  return growth;
}

}  // namespace loopmark::harness
