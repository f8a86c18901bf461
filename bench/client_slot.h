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
    "how many requests one look of the server finds goes by the pace of the client, in a second "
    "thread";

/// One slot of a server, which `carrier` carries here, and of its client in `thread`: `count` times
/// the `unit` ("request"). It lasts from when the client is awake until that rings the server's bell.
/// Returns how many were completed, and puts into `record` their rate and what the client used of its processor.
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
  record.stopwatch.start();
  carrier.carry();
  record.stopwatch.stop();
  // The loop may have ended for another reason than the bell.
  client.stop();
  thread.wait();

  const std::uint64_t completed = client.completed();
  const auto wall = static_cast<double>(record.stopwatch.used().wall);
  record.values[unit + "s a second"] = static_cast<double>(completed) / wall * 1e9;
  record.values["client's share of its processor"] = static_cast<double>(thread.cpu_used()) / wall;
  record.values["client's looks that found nothing"] = client.idle_share();
  return completed;
}

}  // namespace loopmark::bench
