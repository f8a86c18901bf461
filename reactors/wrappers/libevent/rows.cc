// SPDX-License-Identifier: MIT
#include "reactors/backend.h"
#include "reactors/parts/loop_reactor.h"
#include "reactors/wrappers/libevent/libevent_library_loop.h"
#include "reactors/wrappers/libevent/libevent_loop.h"
#include "reactors/wrappers/libevent/probes.h"

namespace loopmark {
namespace {

using libevent::Timers;

constexpr char kEpoll[] = "epoll";
constexpr char kPoll[] = "poll";
constexpr char kSelect[] = "select";

template <const char* method, Timers timers>
std::unique_ptr<Loop> make_loop(LoopClient& client) {
  return std::make_unique<LibeventLoop>(client, method, timers);
}

template <const char* method, Timers timers>
std::unique_ptr<LibraryLoop> make_library_loop() {
  return std::make_unique<LibeventLibraryLoop>(method, timers);
}

std::string runtime_version() {
  return event_get_version();
}

// The last one stands in the rows of epoll only.
constexpr Deviation kDeviations[] = {
    {.clause = "TIME-ORDER-02",
     .how = Deviates::kFails,
     .reason = "timers with equal deadlines run in the order in which a binary heap gives them up",
     .source =
         "libevent 2.1.12, minheap-internal.h: min_heap_elem_greater() compares ev_timeout only",
     .program = "reactors/wrappers/libevent/programs/equal_deadlines.c"},
    {.clause = "FD-ADD-06",
     .how = Deviates::kFails,
     .reason = "a regular file is refused with EPERM, as epoll_ctl(2) refuses it",
     .source = "libevent 2.1.12, epoll.c: epoll_apply_one_change() knows no answer to EPERM",
     .program = "reactors/wrappers/libevent/programs/regular_file.c"},
};
constexpr std::span<const Deviation> kOfAll = std::span(kDeviations).first<1>();
constexpr std::span<const Deviation> kOfEpoll = kDeviations;

// poll.c and select.c: evutil_weakrand_range_(). epoll(7) says in what order it found things ready.
constexpr std::string_view kLots =
    "libevent's poll and select begin with a descriptor drawn by lot";

// CLOCK_MONOTONIC_COARSE moves once a tick, which is longest at 100 Hz.
constexpr Duration kTick = std::chrono::milliseconds(10);

template <const char* method, Timers timers = Timers::kCoarse>
constexpr Backend row(std::string_view name, std::string_view alias, std::string_view description,
                      std::span<const Deviation> deviations) {
  return {.name = name,
          .alias = alias,
          .description = description,
          .library = "libevent",
          .mechanism = method,
          .compiled_version = LIBEVENT_VERSION,
          .runtime_version = runtime_version,
          .timer_resolution = timers == Timers::kPrecise ? std::chrono::microseconds(1) : kTick,
          .deviations = deviations,
          .left_to_chance = method == kEpoll ? std::string_view() : kLots,
          .make = make_loop_reactor<make_loop<method, timers>>,
          .make_library_loop = make_library_loop<method, timers>,
          .probes = libevent::probes};
}

constexpr Backend kRows[] = {
    row<kEpoll>("libevent/epoll", "libevent", "libevent over epoll(7), its default", kOfEpoll),
    row<kPoll>("libevent/poll", {}, "libevent over poll(2)", kOfAll),
    row<kSelect>("libevent/select", {}, "libevent over select(2)", kOfAll),
    row<kEpoll, Timers::kPrecise>("libevent/epoll+precise", {},
                                  "libevent over epoll(7), with its precise timers", kOfEpoll),
};
constexpr Module kModule = {.rows = kRows, .row_count = std::size(kRows)};

}  // namespace
}  // namespace loopmark

const loopmark::Module* loopmark_module() {
  return &loopmark::kModule;
}
