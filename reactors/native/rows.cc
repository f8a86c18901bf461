// SPDX-License-Identifier: MIT
#include "reactors/native/rows.h"

#include <sys/utsname.h>

#include "reactors/native/epoll_provider.h"
#include "reactors/native/native_loop.h"
#include "reactors/native/poll_provider.h"
#include "reactors/native/select_provider.h"
#include "reactors/parts/loop_reactor.h"

namespace loopmark {
namespace {

std::string kernel_release() {
  utsname system{};
  ::uname(&system);  // it fails for a bad pointer alone
  return std::string("Linux ") + system.release;
}

template <class Provider>
constexpr Backend row(std::string_view mechanism, std::string_view description,
                      Duration timer_resolution) {
  return {.name = mechanism,
          .description = description,
          .library = "loopmark",
          .mechanism = mechanism,
          .compiled_version = LOOPMARK_VERSION,
          .runtime_version = kernel_release,
          .capabilities = Capability::kBasic | Capability::kPassOrder | Capability::kExactWaits,
          .timer_resolution = timer_resolution,
          .make = make_loop_reactor<make_native_loop<Provider>>};
}

// The registration line of a mechanism: its name, what it is, and the finest timeout it takes.
constexpr Backend kRows[] = {
    row<SelectProvider>("select", "our own loop over select(2), the default",
                        std::chrono::microseconds(1)),
    row<PollProvider>("poll", "our own loop over poll(2)", std::chrono::milliseconds(1)),
    row<EpollProvider>("epoll", "our own loop over epoll(7)", std::chrono::nanoseconds(1)),
};

}  // namespace

std::span<const Backend> native_rows() {
  return kRows;
}

}  // namespace loopmark
