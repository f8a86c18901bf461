// SPDX-License-Identifier: MIT
//
// What the cases of signals have in common.
#pragma once

#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "conformance/case.h"
#include "reactors/services/signals.h"

namespace loopmark::conformance {

using Handler = void (*)(int);

inline Handler handler_of(int number) {
  struct sigaction now {};
  ::sigaction(number, nullptr, &now);
  return now.sa_handler;
}

/// The handlers of all signals but those of real time.
inline std::vector<Handler> all_handlers() {
  std::vector<Handler> handlers;
  for (int number = 1; number < 32; ++number) handlers.push_back(handler_of(number));
  return handlers;
}

/// For its life, signal `number` has this handler, without SA_RESTART.
class Disposition {
 public:
  Disposition(int number, Handler handler) : number_(number) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(number, &action, &before_);
  }
  Disposition(const Disposition&) = delete;
  Disposition& operator=(const Disposition&) = delete;
  ~Disposition() { ::sigaction(number_, &before_, nullptr); }

 private:
  int number_;
  struct sigaction before_ {};
};

/// For its life, what a run with handlers takes is as a program finds it that was started in the foreground.
struct DefaultDispositions {
  Disposition interrupt{SIGINT, SIG_DFL};
  Disposition terminate{SIGTERM, SIG_DFL};
  Disposition child{SIGCHLD, SIG_DFL};
};

inline ReactorSignals& signals(CaseContext& t) {
  return query<ReactorSignals>(t.reactor());
}

/// Raises signal `number` in this thread. Where it has no handler and would end the process, complains, and stops the
/// reactor instead.
inline void raise_handled(CaseContext& t, int number) {
  if (handler_of(number) != SIG_DFL) {
    ::raise(number);
    return;
  }
  ADD_FAILURE() << "signal " << number << " has no handler";
  // In a thread of its own, so that the loop is woken also when it was just about to wait.
  std::thread([&t] { t.reactor().call_from_thread([&t] { t.reactor().stop(); }); }).join();
}

/// Waits until the thread `tid` of this process sleeps in a system call.
inline void await_sleep(pid_t tid) {
  for (std::string line; line.find(") S ") == std::string::npos; std::this_thread::yield()) {
    std::ifstream stat("/proc/self/task/" + std::to_string(tid) + "/stat");
    std::getline(stat, line);
  }
}

}  // namespace loopmark::conformance
