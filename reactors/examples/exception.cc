// SPDX-License-Identifier: MIT
//
// A callback that throws harms itself only: the reactor tells of it, and goes on with the next one.
#include <cstdio>
#include <stdexcept>

#include "reactors/install.h"

int main() {
  loopmark::Reactor& reactor = loopmark::installed_reactor();

  // Unless an observer is set, each error is one line on standard error.
  reactor.set_error_observer([](const loopmark::ErrorReport& report) {
    std::printf("[%s threw: %s]\n", report.context.c_str(), report.failure.message().c_str());
  });

  reactor.call_when_running([] {
    std::puts("I fall down.");
    throw std::runtime_error("fallen");
  });
  reactor.call_when_running([&reactor] {
    std::puts("But I get up again.");
    reactor.stop();
  });

  reactor.run();
}
