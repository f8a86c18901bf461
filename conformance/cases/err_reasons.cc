// SPDX-License-Identifier: MIT
//
// Section 18, Errors, logging, leaks: reasons, and what catches them.
#include <stdexcept>

#include "conformance/talker.h"
#include "reactors/errors.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/process_errors.h"

namespace loopmark::conformance {
namespace {

template <class Base, class Error>
bool catches(const Error& error) {
  try {
    throw error;
  } catch (const Base&) {
    return Failure::of(error).template is<Base>();
  } catch (...) {
    return false;
  }
}

CASE("ERR-09", ReasonsCanBeCaughtByTheirBase,
     "reasons form a tree: what is meant to be handled alike has a base of its own, and what is "
     "not has none",
     "", .uncaught = "the types are compiled into the case itself; the next case has its mutant") {
  EXPECT_TRUE((catches<ConnectionClosed>(ConnectionDone())));
  EXPECT_TRUE((catches<ConnectionClosed>(ConnectionLost())));
  EXPECT_TRUE((catches<ConnectionLost>(ConnectionAborted())));
  EXPECT_FALSE((catches<ConnectionLost>(ConnectionDone())));
  EXPECT_FALSE((catches<ConnectionDone>(ConnectionLost())));

  const std::error_code code(1, std::generic_category());
  EXPECT_TRUE((catches<ConnectError>(ConnectionRefused(code, ""))));
  EXPECT_TRUE((catches<ConnectError>(TCPTimedOutError(code, ""))));
  EXPECT_TRUE((catches<ConnectError>(NoRouteError(code, ""))));
  EXPECT_TRUE((catches<ConnectError>(ConnectBindError(code, ""))));
  EXPECT_TRUE((catches<ConnectError>(DNSLookupError(""))));
  EXPECT_TRUE((catches<ConnectError>(UserError())));
  EXPECT_TRUE((catches<UserError>(TimeoutError())));
  EXPECT_FALSE((catches<UserError>(TCPTimedOutError(code, ""))));
  EXPECT_FALSE((catches<ConnectionClosed>(ConnectionRefused(code, ""))));

  EXPECT_TRUE((catches<ConnectionDone>(ProcessDone())));
  EXPECT_TRUE((catches<ConnectionLost>(ProcessTerminated::by_exit(3))));
  EXPECT_TRUE((catches<ConnectionLost>(ProcessTerminated::by_signal(15))));
  EXPECT_FALSE((catches<ConnectionDone>(ProcessTerminated::by_exit(3))));
}

CASE("ERR-09", ReasonsAreHandedOverWithTheirBases,
     "the reason of a connection that was aborted is caught by each of its bases where it is "
     "handed over",
     "err_aborted_is_not_lost") {
  Meeting<> meeting(t);
  meeting.server->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().abort_connection(); };
  };
  meeting.stop_when_over();
  meeting.run();
  const Failure& reason = meeting.server->only().losses.at(0);
  EXPECT_TRUE(reason.is<ConnectionAborted>()) << reason.message();
  EXPECT_TRUE(reason.is<ConnectionLost>());
  EXPECT_TRUE(reason.is<ConnectionClosed>());
}

}  // namespace
}  // namespace loopmark::conformance
