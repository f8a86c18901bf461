// SPDX-License-Identifier: MIT
#include "reactors/backend.h"
#include "reactors/parts/loop_reactor.h"
#include "reactors/wrappers/libev/libev_library_loop.h"
#include "reactors/wrappers/libev/libev_loop.h"
#include "reactors/wrappers/libev/probes.h"

namespace loopmark {
namespace {

#define LOOPMARK_TEXT_OF(number) #number
#define LOOPMARK_VERSION_OF(major, minor) LOOPMARK_TEXT_OF(major) "." LOOPMARK_TEXT_OF(minor)

std::string runtime_version() {
  return std::to_string(ev_version_major()) + "." + std::to_string(ev_version_minor());
}

template <unsigned backend>
std::unique_ptr<Loop> make_loop(LoopClient& client) {
  return std::make_unique<LibevLoop>(client, backend);
}

template <unsigned backend>
std::unique_ptr<LibraryLoop> make_library_loop() {
  return std::make_unique<LibevLibraryLoop>(backend);
}

// The last one stands in the row of poll only.
constexpr Deviation kDeviations[] = {
    {.clause = "TIME-ORDER-02",
     .how = Deviates::kFails,
     .reason = "timers with equal deadlines run in the order in which a heap gives them up",
     .source = "libev 4.33, ev.c: upheap() and downheap() compare ANHE_at only",
     .program = "reactors/wrappers/libev/programs/equal_deadlines.c"},
    {.clause = "FD-ERR-08",
     .how = Deviates::kCrashes,
     .reason = "a watched descriptor that was closed meanwhile is answered with a failed assertion",
     .source = "libev 4.33, ev_poll.c: poll_poll() asserts that POLLNVAL does not occur",
     .program = "reactors/wrappers/libev/programs/closed_descriptor.c"},
};
constexpr std::span<const Deviation> kOfAll = std::span(kDeviations).first<1>();
constexpr std::span<const Deviation> kOfPoll = kDeviations;

template <unsigned backend>
constexpr Backend row(std::string_view name, std::string_view alias, std::string_view description,
                      std::string_view mechanism, Duration timer_resolution,
                      std::span<const Deviation> deviations) {
  return {.name = name,
          .alias = alias,
          .description = description,
          .library = "libev",
          .mechanism = mechanism,
          .compiled_version = LOOPMARK_VERSION_OF(EV_VERSION_MAJOR, EV_VERSION_MINOR),
          .runtime_version = runtime_version,
          .timer_resolution = timer_resolution,
          .deviations = deviations,
          .make = make_loop_reactor<make_loop<backend>>,
          .make_library_loop = make_library_loop<backend>,
          .probes = libev::probes};
}

constexpr Backend kRows[] = {
    row<EVBACKEND_EPOLL>("libev/epoll", "libev", "libev over epoll(7), its default", "epoll",
                         std::chrono::milliseconds(1), kOfAll),
    row<EVBACKEND_POLL>("libev/poll", {}, "libev over poll(2)", "poll",
                        std::chrono::milliseconds(1), kOfPoll),
    row<EVBACKEND_SELECT>("libev/select", {}, "libev over select(2)", "select",
                          std::chrono::microseconds(1), kOfAll),
};
constexpr Module kModule = {.rows = kRows, .row_count = std::size(kRows)};

}  // namespace
}  // namespace loopmark

const loopmark::Module* loopmark_module() {
  return &loopmark::kModule;
}
