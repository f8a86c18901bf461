// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "bench/second_thread.h"
#include "bench/traffic.h"
#include "bench/workload.h"

namespace loopmark::bench {

/// Why such a slot does not repeat exactly.
inline constexpr const char* kLeftToChance =
    "the client in the second thread never sleeps, and its looks are counted, too";

/// One slot of a server, which `carrier` carries here, and of its client in `thread`: `count` times
/// the `unit` ("request"). It lasts from when the client is awake until that rings the server's bell.
/// Returns how many were completed, and puts into `record` their rate and what the two threads used.
template <class Server, class Client>
std::uint64_t client_slot(Server& server, Carrier& carrier, Client& client, SecondThread& thread,
                          std::uint64_t count, const std::string& unit, SlotRecord& record) {
  server.begin();
  client.begin(count, record.operation);
  record.stopwatch.stop();
  thread.begin([&] {
    client.run();
    server.bell().ring();
  });
  const std::int64_t cpu_before = thread_cpu_time();
  record.stopwatch.start();
  carrier.carry();
  record.stopwatch.stop();
  const std::int64_t cpu_used = thread_cpu_time() - cpu_before;
  // The loop may have ended for another reason than the bell.
  client.stop();
  thread.wait();

  const std::uint64_t completed = client.completed();
  const auto wall = static_cast<double>(record.stopwatch.used().wall);
  record.values[unit + "s a second"] = static_cast<double>(completed) / wall * 1e9;
  if (completed > 0) {
    record.values["loop's processor time a " + unit + ", ns"] =
        static_cast<double>(cpu_used) / static_cast<double>(completed);
  }
  record.values["client's share of its processor"] = static_cast<double>(thread.cpu_used()) / wall;
  record.values["client's looks that found nothing"] = client.idle_share();
  return completed;
}

}  // namespace loopmark::bench
