// SPDX-License-Identifier: MIT
//
// What has nothing to do any more leaves the loop asleep.
#include <string>
#include <thread>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"
#include "conformance/talker.h"

namespace loopmark::conformance {
namespace {

/// Stops the reactor when it blocks. The case fails when it goes on and on without that.
void stop_when_blocked(CaseContext& t) {
  kernel::limit_waits(kernel::wait_count() + 1000);
  kernel::on_next_block([&t] {
    std::thread([&t] { t.reactor().call_from_thread([&t] { t.reactor().stop(); }); }).join();
  });
}

CASE("CORE-RUN-05", ConnectionThatHasSentAllCostsNoPass,
     "the loop blocks when a connection has sent all that the kernel had no room for",
     "xp_write_set_never_left") {
  Meeting<> meeting(t);
  const std::string much(5'000'000, 's');
  meeting.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) { self.wire().write(much); };
  };
  meeting.client->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      if (self.received.size() == much.size()) stop_when_blocked(t);
    };
  };
  meeting.run();
  EXPECT_EQ(meeting.client->only().received.size(), much.size());
}

CASE("CORE-RUN-05", ConnectionThatIsHalfClosedCostsNoPass,
     "the loop blocks when a connection has shut its sending side, and its peer sends nothing",
     "xp_shut_stays_in_the_write_set") {
  Meeting<HalfCloseableTalker> meeting(t);
  meeting.server->configure = [&](HalfCloseableTalker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_write_connection(); };
  };
  meeting.client->configure = [&](HalfCloseableTalker& talker) {
    talker.on_read_lost = [&](Talker&) { stop_when_blocked(t); };
  };
  meeting.run();
  EXPECT_EQ(meeting.server->only().write_losses, 1);
  EXPECT_EQ(meeting.client->only().read_losses, 1);
}

CASE("FD-ADD-06", RemovedFileLetsTheLoopSleep, "the loop blocks when a regular file was removed",
     "fd_file_stays_ready") {
  const auto file = probe(regular_file("content"));
  file->on_read = [&](Probe& p) {
    t.reactor().remove_reader(p);
    stop_when_blocked(t);
    return Progress::more();
  };
  t.reactor().add_reader(file);
  t.reactor().run();
  EXPECT_EQ(file->reads, 1);
}

}  // namespace
}  // namespace loopmark::conformance
