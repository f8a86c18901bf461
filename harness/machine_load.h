// SPDX-License-Identifier: MIT
//
// What others did to a measurement: time that the host of a virtual machine gave to others, and time
// in which something here waited for a processor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/json.h"
#include "reactors/base/time.h"

namespace loopmark::harness {

/// The kernel's sums since it started; proc(5), /proc/stat and /proc/pressure/cpu.
struct MachineLoad {
  std::uint64_t all_ticks = 0;             // of all processors
  std::uint64_t steal_ticks = 0;           // that the host gave to others
  std::optional<std::int64_t> waiting_us;  // in which a task waited; empty: the kernel does not say
  TimePoint when{};

  /// As they are now. What cannot be read is 0 or empty.
  static MachineLoad now();

  /// From the text of the two files.
  static MachineLoad parse(std::string_view stat, std::string_view pressure);

  /// From then until now, as fractions of the time: {"steal", "pressure"}, null where it is not known.
  Json since(const MachineLoad& then) const;
};

/// "steal 0.3 %, CPU pressure 12 %", from that.
std::string load_text(const Json& fractions);

}  // namespace loopmark::harness
