// SPDX-License-Identifier: MIT
//
// Time: a call that makes the next one, and stops the reactor in the end.
//   countdown [MILLISECONDS]        between two numbers; 1000 unless told
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "reactors/install.h"

namespace {

class Countdown {
 public:
  Countdown(loopmark::Reactor& reactor, loopmark::Duration step) : reactor_(reactor), step_(step) {}

  void count() {
    if (left_ == 0) {
      std::puts("Stop!");
      return reactor_.stop();
    }
    std::printf("%d ...\n", left_--);
    // While we wait, the reactor does everything else that there is to do.
    reactor_.call_later(step_, [this] { count(); });
  }

 private:
  loopmark::Reactor& reactor_;
  const loopmark::Duration step_;
  int left_ = 5;
};

}  // namespace

int main(int argc, char** argv) {
  loopmark::Reactor& reactor = loopmark::installed_reactor();
  Countdown countdown(reactor, std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 1000));
  reactor.call_when_running([&countdown] { countdown.count(); });
  std::puts("Start!");
  reactor.run();
}
