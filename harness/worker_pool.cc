// SPDX-License-Identifier: MIT
#include "harness/worker_pool.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

namespace loopmark::harness {
namespace {

struct Busy {
  std::size_t number;
  std::unique_ptr<WorkerProcess> worker;
};

void wait_for_one(const std::vector<Busy>& busy, const Interruption& interruption) {
  if (busy.empty()) return;
  std::vector<pollfd> entries{{interruption.fd(), POLLIN, 0}};
  TimePoint wake = TimePoint::max();
  for (const Busy& each : busy) {
    each.worker->add_poll_entries(entries);
    wake = std::min(wake, each.worker->wake_at());
  }
  ::poll(entries.data(), entries.size(), poll_timeout(wake));
}

}  // namespace

std::size_t default_jobs() {
  return std::max(1U, std::thread::hardware_concurrency());  // which is 0 where it is not known
}

bool run_workers(std::size_t count, std::size_t jobs, Interruption& interruption,
                 const std::function<std::optional<WorkerCommand>(std::size_t)>& command,
                 const std::function<void(std::size_t, const WorkerOutcome&)>& done) {
  std::vector<Busy> busy;
  for (std::size_t next = 0; next < count || !busy.empty();) {
    if (interruption.requested()) return false;
    for (; next < count && busy.size() < jobs; ++next) {
      if (std::optional<WorkerCommand> wanted = command(next))
        busy.push_back({next, std::make_unique<WorkerProcess>(std::move(*wanted))});
    }
    wait_for_one(busy, interruption);
    for (const Busy& each : busy) {
      each.worker->serve();
      if (each.worker->ended()) done(each.number, each.worker->outcome());
    }
    std::erase_if(busy, [](const Busy& each) { return each.worker->ended(); });
  }
  return true;
}

}  // namespace loopmark::harness
