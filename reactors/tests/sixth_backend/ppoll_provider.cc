// SPDX-License-Identifier: MIT
//
// A backend that is not in the tree: our own loop over ppoll(2), in one file. A test adds it to a
// copy of the tree by one line and runs the conformance suite on it.
//
// Notes on the mechanism.
//
// a) ppoll(2) is poll(2) with a timeout in nanoseconds, so nothing is rounded. Its signal mask is
// not used. b) The kernel walks the whole list at each call, so finding a number by walking it,
// too, costs no more. c) A number that is closed is reported as POLLNVAL, at once and for ever: it
// is refused, and taken out.
#include <poll.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "reactors/backend.h"
#include "reactors/base/check.h"
#include "reactors/native/native_loop.h"
#include "reactors/parts/loop_reactor.h"

namespace loopmark {
namespace {

class PpollProvider final : public EventProvider {
 public:
  void apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                      ProviderClient& client) override {
    for (const InterestChange& change : changes) apply(change);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timespec limit{seconds.count(), (timeout - seconds).count()};
    const int ready =
        ::ppoll(watched_.data(), watched_.size(), timeout == kNever ? nullptr : &limit, nullptr);
    if (ready < 0 && errno != EINTR) throw_errno("ppoll");
    if (ready <= 0) return;
    for (std::size_t i = 0; i < watched_.size();) {
      const auto [fd, mask, seen] = watched_[i];
      const std::uint32_t generation = generations_[i];
      if ((seen & POLLNVAL) != 0) {
        take_out(fd);
        client.refused(fd, EBADF, generation);
        continue;
      }
      if (seen != 0) client.ready(fd, to_ready(static_cast<unsigned>(seen)), generation);
      ++i;
    }
  }

  std::string evidence() const override { return "ppoll(2)"; }

 private:
  void apply(const InterestChange& change) {
    take_out(change.fd);
    if (change.now == Interest::kNone) return;
    watched_.push_back({change.fd, static_cast<short>(change.now), 0});
    generations_.push_back(change.generation);
  }

  void take_out(int fd) {
    const auto same = [fd](const pollfd& watched) { return watched.fd == fd; };
    const auto found = std::find_if(watched_.begin(), watched_.end(), same);
    if (found == watched_.end()) return;
    generations_.erase(generations_.begin() + (found - watched_.begin()));
    watched_.erase(found);
  }

  std::vector<pollfd> watched_;
  std::vector<std::uint32_t> generations_;  // of watched_, at the same index
};

std::string kernel_release() {
  utsname system{};
  return ::uname(&system) == 0 ? std::string("Linux ") + system.release : "unknown";
}

constexpr Backend kRows[] = {{
    .name = "ppoll",
    .description = "our own loop over ppoll(2)",
    .library = "loopmark",
    .mechanism = "ppoll",
    .compiled_version = "1",
    .runtime_version = kernel_release,
    .timer_resolution = std::chrono::nanoseconds(1),
    .make = make_loop_reactor<make_native_loop<PpollProvider>>,
}};

constexpr Module kModule{.rows = kRows, .row_count = std::size(kRows)};

}  // namespace
}  // namespace loopmark

const loopmark::Module* loopmark_module() {
  return &loopmark::kModule;
}
