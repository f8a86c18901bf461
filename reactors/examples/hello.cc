// SPDX-License-Identifier: MIT
//
// The smallest program: tell the reactor what to call, and let it run.
#include <cstdio>

#include "reactors/install.h"

int main() {
  // The process's reactor. Nobody has made one yet, so this installs the default one.
  loopmark::Reactor& reactor = loopmark::installed_reactor();

  reactor.call_when_running([&reactor] {
    std::puts("Hello! The reactor is running, and it has called me back.");
    reactor.stop();  // else it would wait for something to happen, for ever
  });

  std::puts("About to start the reactor.");
  reactor.run();  // returns when it was stopped
  std::puts("The reactor was stopped.");
}
