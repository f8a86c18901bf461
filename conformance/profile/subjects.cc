// SPDX-License-Identifier: MIT
#include "conformance/profile/subjects.h"

#include <algorithm>

#include "reactors/library_profile.h"

namespace loopmark::profile {
namespace {

constexpr std::string_view kOfOrder =
    "by-number by-number-reversed as-added as-added-reversed as-ready as-ready-reversed varies";
constexpr std::string_view kOfClosed =
    "silent called-ready error-told run-fails refused aborts spins";
constexpr std::string_view kOfDirections = "read write read+write nothing";
constexpr std::string_view kOfThreads = "wakes wakes-if-set-up not-noticed";

constexpr Subject kSubjects[] = {
    {"nothing-registered", "running", "Does a run with nothing registered return?", "returns waits",
     "waits", "CORE-RUN-04"},
    {"stop-before-run", "running", "What becomes of a stop before the run?",
     "forgotten remembered refused", "refused", "CORE-STOP-01"},
    {"exit-before-run", "running",
     "What becomes of an orderly stop (that lets what is ready run) before the run?",
     "forgotten remembered refused", "refused", "CORE-STOP-01"},
    {"batch-after-stop", "running",
     "What becomes of callbacks that are collected already when one of them stops the loop?",
     "run kept dropped", "run", "CORE-STOP-06"},
    {"batch-after-exit", "running", "What becomes of collected callbacks after the orderly stop?",
     "run kept dropped", "run", "CORE-STOP-06"},
    {"run-again", "running", "Does a run after a stopped one serve?", "serves refused", "serves",
     "CORE-RUN-08"},
    {"run-in-callback", "running", "What does a run inside a callback do?",
     "refused nests returns hangs", "refused", "CORE-RUN-06"},
    {"run-interrupted", "running", "Does a signal that interrupts the wait end the run?",
     "goes-on returns", "goes-on", "CORE-RUN-16"},
    {"wait-fails", "running", "What follows when the wait fails with another error than EINTR?",
     "goes-on returns-error aborts spins", "goes-on", "CORE-RUN-15"},

    {"pass-order", "passes", "A timer is due and a descriptor ready: which is called first?",
     "timers-first io-first", "timers-first", "CORE-RUN-13"},
    {"io-order", "passes", "In which order are descriptors called that are ready together?",
     kOfOrder, "-", ""},
    {"once-all", "passes", "Does a run of one pass serve all that is ready, or one callback?",
     "all one", "all", "CORE-ITER-02"},
    {"once-interrupted", "passes",
     "Does a run of one pass return when a signal interrupts its wait, with nothing called?",
     "returns goes-on", "-", "CORE-RUN-16"},
    {"once-far-timer", "passes",
     "Does a run of one pass return before its only timer is due, 1000 s ahead, with nothing "
     "called?",
     "returns goes-on", "-", "CORE-ITER-05"},
    {"polling-run", "passes",
     "A descriptor stays ready: how many passes does a run make that shall not wait?",
     "one until-idle", "one", "CORE-ITER-01 CORE-ITER-02"},
    {"priorities", "passes", "Can descriptors of a high priority shut out those of a low one?",
     "none orders starves", "none", "CORE-RUN-14"},
    {"idle-wait", "passes", "Does an idle loop wait without end?", "endless bounded", "endless",
     "TIME-WAIT-01"},

    {"equal-deadlines", "timers", "Do timers with equal deadlines run in the order they were made?",
     "made-order other-order", "made-order", "TIME-ORDER-02"},
    {"timer-base-callback", "timers",
     "From which reading of the clock is a delay counted that is armed in a callback?",
     "fresh cached", "fresh", "TIME-CLOCK-03"},
    {"timer-base-idle", "timers",
     "From which reading is a delay counted that is armed outside a run?", "fresh cached", "fresh",
     "TIME-CLOCK-03"},
    {"timer-at-deadline", "timers", "Is a timer called when the clock shows exactly its deadline?",
     "at-deadline past-deadline before-deadline", "at-deadline", "TIME-BASIC-02"},
    {"timer-coarse-clock", "timers",
     "Can a timer be early since the clock that the library reads moves in ticks?",
     "never-early early", "never-early", "TIME-BASIC-01"},
    {"timer-below-ms", "timers", "How long does the loop wait for a timer of 300 us?",
     "exact rounded-up too-short", "rounded-up", "TIME-WAIT-02"},
    {"repeat-overrun", "timers",
     "A repeating timer's callback takes 2.5 periods: when does the next one come?",
     "keeps-schedule restarts one-at-once catches-up otherwise", "-", ""},
    {"repeat-drift", "timers",
     "Each call of a repeating timer takes a quarter of the period: does the schedule slip?",
     "keeps drifts", "-", ""},
    {"negative-delay", "timers", "What does a timer with a negative delay do?",
     "at-once refused never aborts", "refused", "TIME-BASIC-06"},
    {"largest-delay", "timers",
     "What does a timer with the largest delay do that its type can hold?",
     "never at-once refused aborts", "never", "TIME-BASIC-07"},
    {"zero-timer-chain", "timers",
     "Does an endless chain of timers without delay shut out descriptors?", "served starved",
     "served", "CORE-RUN-14"},
    {"cancel-due-timer", "timers",
     "Two timers are due, and the first called cancels the other: is that one called?",
     "dropped called", "dropped", "TIME-CANCEL-05"},

    {"activation", "wake-ups",
     "Is a callback called inside the call that activates it by hand, or later?", "deferred inside",
     "deferred", "THR-FROM-04"},
    {"activation-chain", "wake-ups",
     "Does a callback that activates itself again and again shut out descriptors?",
     "served starved", "served", "CORE-RUN-14"},
    {"wake-coalescing", "wake-ups", "Three wake-ups before the loop gets there: how many calls?",
     "one each", "each", "THR-FROM-07"},
    {"wake-from-thread", "wake-ups",
     "Does the wake-up of another thread end a wait? (if-set-up: after a call that prepares "
     "threads)",
     kOfThreads, "wakes", "THR-FROM-02"},
    {"timer-from-thread", "wake-ups", "Does a timer that another thread starts end a wait?",
     kOfThreads, "as-thread-call", "THR-FROM-01"},
    {"watcher-from-thread", "wake-ups",
     "Does a watcher that another thread adds, of a descriptor that is ready, end a wait?",
     kOfThreads, "as-thread-call", "FD-PASS-04"},
    {"stop-from-thread", "wake-ups", "Does a stop from another thread end a wait?", kOfThreads,
     "as-thread-call", "THR-FROM-11"},
    {"cancel-while-called", "wake-ups",
     "Another thread stops a watcher whose callback is running: does that wait for its end?",
     "waits returns", "as-thread-call", "THR-FROM-01"},

    {"readiness", "descriptors", "Is a watcher called again for what it has left unread?",
     "level edge", "level", "FD-READ-02"},
    {"watcher-stays", "descriptors", "Does a watcher stay after its call, unless told otherwise?",
     "stays ends", "stays", "FD-READ-02"},
    {"edge-on-request", "descriptors", "Can edge-triggered readiness be asked for?",
     "edge ignored refused", "-", ""},
    {"two-readers", "descriptors", "Two watchers read one descriptor: who is called?",
     "both one refused", "-", "FD-ADD-05"},
    {"cancel-collected", "descriptors",
     "Two watchers are ready, and the first called removes the other: is that one called?",
     "dropped called", "dropped", "FD-RM-04"},
    {"watch-closed", "descriptors", "What does watching a number do that is not open?", kOfClosed,
     "refused", "FD-ADD-07"},
    {"closed-while-watched", "descriptors",
     "A watched descriptor is closed and the library not told: what follows?", kOfClosed, "-",
     "FD-ERR-08"},
    {"closed-open-elsewhere", "descriptors",
     "A watched descriptor is closed, but the file is open under another number and ready: what "
     "follows?",
     kOfClosed, "-", "FD-ERR-08"},
    {"number-reused", "descriptors",
     "A watched number is closed and given to another file, the library not told: is the watcher "
     "called for the new one?",
     "follows deaf aborts", "-", "FD-ERR-07"},
    {"number-restarted", "descriptors",
     "A watcher is stopped, its number given to another file, and started again as it is: is it "
     "called?",
     "heard deaf aborts", "heard", "FD-RM-09"},
    {"regular-file", "descriptors", "What is a regular file?", "ready refused silent aborts",
     "ready", "FD-ADD-06"},
    {"number-1500", "descriptors", "Can a descriptor with the number 1500 be watched?",
     "works refused aborts silent", "-", "FD-ADD-09"},
    {"accept", "descriptors", "Three clients wait: how many does one readiness of a listener take?",
     "all one", "all", "TCPL-15"},
    {"udp-refused", "descriptors",
     "A connected UDP socket's datagram is refused: what is a reader told?", kOfDirections, "read",
     "UDP-10"},
    {"udp-refused-unconnected", "descriptors",
     "An unconnected UDP socket's datagram is refused: what is a reader told?", kOfDirections,
     "nothing", "UDP-11"},

    {"hangup-reader", "hang-ups",
     "The peer of a socket is gone: what is a watcher for reading told?", kOfDirections, "read",
     "FD-READ-05"},
    {"hangup-writer", "hang-ups",
     "The peer of a socket is gone: what is a watcher for writing told?", kOfDirections, "write",
     "FD-WRITE-03"},
    {"hangup-both", "hang-ups", "The peer of a socket is gone: what is a watcher for both told?",
     kOfDirections, "read+write", "FD-ERR-09"},
    {"error-reader", "hang-ups",
     "Nobody reads a full pipe any more: what is a watcher of its end to write told, for reading?",
     kOfDirections, "-", "FD-ERR-09"},
    {"error-writer", "hang-ups", "Nobody reads a full pipe any more: what is it told for writing?",
     kOfDirections, "write", "FD-WRITE-03"},
    {"error-both", "hang-ups", "Nobody reads a full pipe any more: what is it told for both?",
     kOfDirections, "-", "FD-ERR-09"},
    {"disconnect-event", "hang-ups", "Can the peer's end be watched for without reading?",
     "told silent refused", "-", ""},

    {"signal-two-loops", "signals", "Two loops watch one signal: which hears it?",
     "first-added last-added both neither aborts", "-", ""},
    {"signal-repeats", "signals", "Three signals before the loop gets there: how many calls?",
     "one each", "-", ""},
    {"signal-restart", "signals", "Do system calls go on after a watched signal (SA_RESTART)?",
     "restarts interrupts", "restarts", "SIG-11"},
    {"signal-handler-after", "signals",
     "What is the signal's handler when its last watcher is gone?", "restored default kept",
     "restored", "SIG-09"},
    {"sigchld", "signals", "Does making the default loop take over SIGCHLD?", "taken left", "left",
     "SIG-05"},
    {"child-reaping", "signals", "Whose ended children does a loop reap that watches children?",
     "all own", "own", "PROC-END-14"},
    {"sigpipe", "signals", "Is SIGPIPE raised by a write towards a reader that is gone?",
     "raised prevented", "prevented", "FD-WRITE-04"},

    {"exception", "process", "A C++ exception leaves a callback: what follows?",
     "caught leaves-run breaks-loop aborts", "caught", "ERR-01 ERR-04"},
    {"fork-untold", "process",
     "A child of fork() removes a watcher in its copy of the loop: is the parent still called?",
     "separate shared", "-", ""},
    {"fork-told", "process",
     "A child of fork() tells the library so, and removes a watcher: is the parent still called?",
     "separate shared", "-", ""},
    {"environment", "process", "Can the environment take away the mechanism asked for?",
     "heeded ignored", "ignored", "INST-DEF-02"},
};

}  // namespace

std::span<const Subject> subjects() {
  return kSubjects;
}

const Subject* find_subject(std::string_view id) {
  const auto found = std::find_if(std::begin(kSubjects), std::end(kSubjects),
                                  [id](const Subject& each) { return each.id == id; });
  return found == std::end(kSubjects) ? nullptr : found;
}

bool is_answer(const Subject& subject, std::string_view word) {
  if (word == kNotApplicable || word == kNotProbed) return true;
  for (std::string_view rest = subject.answers; !rest.empty();) {
    const std::string_view each = rest.substr(0, rest.find(' '));
    if (each == word) return true;
    rest.remove_prefix(std::min(each.size() + 1, rest.size()));
  }
  return false;
}

}  // namespace loopmark::profile
