// SPDX-License-Identifier: MIT
//
// What a backend says of itself: one row. A module is a shared object with rows, which exports one function.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reactors/base/flags.h"
#include "reactors/base/time.h"
#include "reactors/library_loop.h"
#include "reactors/library_profile.h"
#include "reactors/reactor.h"

namespace loopmark {

/// What a backend offers beyond the four basic interfaces; a case that needs what is not offered is "not supported".
enum class Capability : std::uint32_t {
  kNone = 0,
  kBasic = 1,  // core, time, descriptors, threads: every backend
  // What only a loop of our own promises:
  kPassOrder =
      2,  // a pass is: thread calls, then due delayed calls, then one wait-and-dispatch (CORE-RUN-13)
  kExactWaits =
      4,  // waits without limit when nothing is pending, else exactly to the next deadline (TIME-WAIT-01)
};
template <>
inline constexpr bool kIsFlags<Capability> = true;

/// What becomes of a case of a clause that a backend does not keep.
enum class Deviates : std::uint8_t { kFails, kCrashes, kHangs };

/// A clause that a wrapped library does not keep. It is an error to declare one that is kept after all.
struct Deviation {
  std::string_view clause;   // its id in CONTRACT.md
  Deviates how;              // the expected outcome
  std::string_view reason;   // one sentence: what the library does instead
  std::string_view source;   // its manual or source file, where that is said
  std::string_view program;  // a program in the tree that shows it on the library's own interface
};

struct Backend {
  std::string_view name;  // [a-z0-9_+], with one '/' between library and mechanism: "libev/epoll"
  std::string_view alias =
      {};  // a second name, where the library's default mechanism is meant: "libev"
  std::string_view description;  // one line
  std::string_view library;      // "loopmark" for our own loop
  std::string_view mechanism;    // the system call it waits in: "epoll", "poll", "select"
  std::string_view compiled_version;
  std::string (*runtime_version)();
  Capability capabilities = Capability::kBasic;
  Duration timer_resolution;  // deadlines closer than this may be served in any order
  std::span<const Deviation> deviations = {};
  std::string_view left_to_chance =
      {};  // one sentence: what the library draws by lot, so that counts of one work can differ

  /// Makes a reactor. Throws std::system_error or std::runtime_error when it cannot work on this machine.
  std::unique_ptr<Reactor> (*make)();

  /// Makes the library's own loop with the same mechanism and the same options, for the benchmarks; null where there is
  /// no library. Throws as make().
  std::unique_ptr<LibraryLoop> (*make_library_loop)() = nullptr;

  /// What shows how the library behaves by itself with the same mechanism; null where there is no library.
  std::vector<profile::Probe> (*probes)() = nullptr;
};

/// The row's interface: raised with each change of Backend, Reactor, Loop or what they are made of.
inline constexpr std::uint32_t kBackendInterface = 5;

/// What a module's entry function returns. The first two members keep their place for ever.
struct Module {
  std::uint32_t interface = kBackendInterface;
  std::uint32_t row_size = sizeof(Backend);
  const Backend* rows = nullptr;
  std::size_t row_count = 0;
};

/// The one symbol that a module exports:  extern "C" const loopmark::Module* loopmark_module() { ... }
inline constexpr const char* kModuleEntry = "loopmark_module";
using ModuleEntry = const Module* (*)();

}  // namespace loopmark

extern "C" __attribute__((visibility("default"))) const loopmark::Module* loopmark_module();
