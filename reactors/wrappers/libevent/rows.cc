// SPDX-License-Identifier: MIT
#include "reactors/backend.h"
#include "reactors/parts/loop_reactor.h"
#include "reactors/wrappers/libevent/libevent_loop.h"

namespace loopmark {
namespace {

using Timers = LibeventLoop::Timers;

std::unique_ptr<Loop> make_epoll(LoopClient& client) {
  return std::make_unique<LibeventLoop>(client, "epoll", Timers::kCoarse);
}
std::unique_ptr<Loop> make_poll(LoopClient& client) {
  return std::make_unique<LibeventLoop>(client, "poll", Timers::kCoarse);
}
std::unique_ptr<Loop> make_select(LoopClient& client) {
  return std::make_unique<LibeventLoop>(client, "select", Timers::kCoarse);
}
std::unique_ptr<Loop> make_epoll_precise(LoopClient& client) {
  return std::make_unique<LibeventLoop>(client, "epoll", Timers::kPrecise);
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

// CLOCK_MONOTONIC_COARSE moves once a tick, which is longest at 100 Hz.
constexpr Duration kTick = std::chrono::milliseconds(10);

constexpr Backend row(std::string_view name, std::string_view alias, std::string_view description,
                      std::string_view mechanism, Duration timer_resolution,
                      std::span<const Deviation> deviations, std::unique_ptr<Reactor> (*make)()) {
  return {.name = name,
          .alias = alias,
          .description = description,
          .library = "libevent",
          .mechanism = mechanism,
          .compiled_version = LIBEVENT_VERSION,
          .runtime_version = runtime_version,
          .timer_resolution = timer_resolution,
          .deviations = deviations,
          .make = make};
}

constexpr Backend kRows[] = {
    row("libevent/epoll", "libevent", "libevent over epoll(7), its default", "epoll", kTick,
        kOfEpoll, make_loop_reactor<make_epoll>),
    row("libevent/poll", {}, "libevent over poll(2)", "poll", kTick, kOfAll,
        make_loop_reactor<make_poll>),
    row("libevent/select", {}, "libevent over select(2)", "select", kTick, kOfAll,
        make_loop_reactor<make_select>),
    row("libevent/epoll+precise", {}, "libevent over epoll(7), with its precise timers", "epoll",
        std::chrono::microseconds(1), kOfEpoll, make_loop_reactor<make_epoll_precise>),
};
constexpr Module kModule = {.rows = kRows, .row_count = std::size(kRows)};

}  // namespace
}  // namespace loopmark

const loopmark::Module* loopmark_module() {
  return &loopmark::kModule;
}
