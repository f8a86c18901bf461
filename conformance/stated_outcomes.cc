// SPDX-License-Identifier: MIT
#include "conformance/stated_outcomes.h"

#include <string_view>

namespace loopmark::conformance::faults {
namespace {

struct Row {
  std::string_view cases;  // the beginning of their names
  Call call;
  int error;  // kNone: any
  const char* why;
};

// Kept short: each row is a hole in the sweep.
constexpr const char* kDropped = "a datagram for which there is no room is dropped";
constexpr const char* kTriedAgain = "it is tried again, later than the case waits";
constexpr const char* kNoContext =
    "an error is reported without its context when there is no memory for that";
constexpr const char* kLookedAt =
    "a child without a pidfd is looked at now and then, later than the case looks";
constexpr const char* kRefused =
    "the protocol is told by connection_refused(), which has no reason";
constexpr Row kRows[] = {
    {"", Call::kSendto, EAGAIN, kDropped},
    {"", Call::kSendto, ENOBUFS, kDropped},
    {"", Call::kSendto, ECONNREFUSED, kRefused},
    {"", Call::kRecvfrom, ECONNREFUSED, kRefused},
    {"", Call::kWaitid, ECHILD, "the end of a child that somebody else has reaped is not known"},
    {"", Call::kWrite, EPIPE,
     "the protocol is told by child_connection_lost(), which has no reason"},
    {"CORE-RUN-15/AFailedWaitIsReportedOnce", Call::kNew, kBadAlloc, kNoContext},
    {"ERR-02/EveryExceptionIsReportedOnce", Call::kNew, kBadAlloc, kNoContext},
    {"FD-PASS-03/ReportsCarryTheLogPrefix", Call::kNew, kBadAlloc, kNoContext},
    {"PROC-END-01/ExitIsToldWhilePipesAreOpen", Call::kPidfdOpen, kNone, kLookedAt},
    {"PROC-END-01/ExitIsToldWhilePipesAreOpen", Call::kNew, kBadAlloc, kLookedAt},
    {"TCPC-02/NeedlessCallIsNoConnection", Call::kConnect, EAGAIN, kTriedAgain},
    {"TCPC-04/RefusalHasItsNumber", Call::kConnect, EAGAIN, kTriedAgain},
    {"TCPC-05/ErrorsOfTheSystemHaveReasons", Call::kConnect, EAGAIN, kTriedAgain},
    {"TCPL-07/StoppingTurnsNewClientsAwayOnly", Call::kRecv, kShort,
     "the case is over with the first bytes"},
    {"TCPL-19/LogTellsOfPorts", Call::kOpen, kNone, "the log tells of it, which the case counts"},
    {"TIME-WAIT-01/WaitsAreExact", Call::kEpollPwait2, ENOSYS,
     "without this call the kernel waits in milliseconds"},
    {"UDP-17/OneReadinessTakesSeveral", Call::kRecvfrom, EAGAIN,
     "the case counts what a readiness takes, and EAGAIN ends one"},
    {"UDP-12/ThrowingProtocolLosesThatDatagramOnly", Call::kRecvfrom, EAGAIN, "as that one"},
    {"UDP-09/ConnectedPortOutlivesItsPeer", Call::kConnect, kNone, kRefused},
    {"UNIX-05/MissingPathIsAFailedConnection", Call::kConnect, EAGAIN, kTriedAgain},
    {"UNIX-FD-06/QueuedDescriptorsPauseTheProducer", Call::kSendmsg, EAGAIN,
     "the peer of the case does not read, so a socket that was full once stays full"},
};

}  // namespace

std::string stated_outcome(const Fault& fault, const std::string& case_name) {
  for (const Row& row : kRows) {
    if (row.call == fault.call && (row.error == kNone || row.error == fault.error) &&
        case_name.starts_with(row.cases))
      return row.why;
  }
  return "";
}

}  // namespace loopmark::conformance::faults
