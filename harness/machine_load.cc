// SPDX-License-Identifier: MIT
#include "harness/machine_load.h"

#include <fmt/format.h>

#include <sstream>

#include "harness/file_text.h"

namespace loopmark::harness {
namespace {

// Of the columns behind "cpu": user, nice, system, idle, iowait, irq, softirq, steal. Those behind
// them are in user and nice already.
constexpr int kColumns = 8;

}  // namespace

MachineLoad MachineLoad::now() {
  MachineLoad load =
      parse(file_text("/proc/stat").value_or(""), file_text("/proc/pressure/cpu").value_or(""));
  load.when = Clock::now();
  return load;
}

MachineLoad MachineLoad::parse(std::string_view stat, std::string_view pressure) {
  MachineLoad load;
  std::istringstream columns{std::string(stat)};
  std::string word;
  columns >> word;
  std::uint64_t ticks = 0;
  for (int column = 0; column < kColumns && columns >> ticks; ++column) {
    load.all_ticks += ticks;
    if (column == kColumns - 1) load.steal_ticks = ticks;
  }
  std::istringstream words{std::string(pressure)};
  while (words >> word && word != "full") {  // of a whole machine, "full" is always 0
    if (word.starts_with("total=")) load.waiting_us = std::stoll(word.substr(6));
  }
  return load;
}

Json MachineLoad::since(const MachineLoad& then) const {
  Json fractions{{"steal", nullptr}, {"pressure", nullptr}};
  if (all_ticks > then.all_ticks) {
    fractions["steal"] = static_cast<double>(steal_ticks - then.steal_ticks) /
                         static_cast<double>(all_ticks - then.all_ticks);
  }
  const auto span = std::chrono::duration<double, std::micro>(when - then.when).count();
  if (waiting_us && then.waiting_us && span > 0)
    fractions["pressure"] = static_cast<double>(*waiting_us - *then.waiting_us) / span;
  return fractions;
}

std::string load_text(const Json& fractions) {
  const auto percent = [&](const char* name) {
    const Json value = fractions.is_object() ? fractions.value(name, Json()) : Json();
    return value.is_number() ? fmt::format("{:.2g} %", 100 * value.get<double>()) : "unknown";
  };
  return fmt::format("steal {}, CPU pressure {}", percent("steal"), percent("pressure"));
}

}  // namespace loopmark::harness
