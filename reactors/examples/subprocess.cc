// SPDX-License-Identifier: MIT
//
// A child process beside everything else that the reactor does: system(3) would have blocked it.
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "reactors/install.h"
#include "reactors/services/processes.h"

namespace {

class Sorter : public loopmark::ProcessProtocol {
 public:
  explicit Sorter(loopmark::Reactor& reactor) : reactor_(reactor) {}

 private:
  void connection_made() override {
    transport()->write("pear\napple\nfig\n");
    transport()->close_stdin();  // behind what was written: sort begins when it has read the end
  }
  void child_data_received(int, std::string_view data) override { sorted_ += data; }
  void process_ended(const loopmark::Failure& reason) override {
    std::printf("%sthe child has ended: %s\n", sorted_.c_str(), reason.message().c_str());
    reactor_.stop();
  }

  loopmark::Reactor& reactor_;
  std::string sorted_;
};

}  // namespace

int main() {
  loopmark::Reactor& reactor = loopmark::installed_reactor();
  int ticks = 0;
  const std::function<void()> tick = [&] {
    ++ticks;  // the loop turns while the child works
    reactor.call_later(std::chrono::milliseconds(1), tick);
  };
  tick();
  try {
    loopmark::query<loopmark::ReactorProcess>(reactor).spawn_process(
        std::make_shared<Sorter>(reactor), "/bin/sh", {"sh", "-c", "sleep 0.1; exec sort"});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "subprocess: %s\n", error.what());
    return 1;
  }
  reactor.run();
  std::puts(ticks > 10 ? "the loop went on meanwhile" : "the loop was blocked");
}
