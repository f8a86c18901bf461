// SPDX-License-Identifier: MIT
#include "reactors/services/processes.h"

#include <stdexcept>

#include "reactors/services/child_process.h"

namespace loopmark {
namespace {

class Processes final : public ReactorProcess {
 public:
  explicit Processes(Reactor& reactor) : reactor_(reactor), watch_(ChildWatch::of(reactor)) {}

  std::shared_ptr<ProcessTransport> spawn_process(std::shared_ptr<ProcessProtocol> protocol,
                                                  const std::string& executable,
                                                  const std::vector<std::string>& arguments,
                                                  const ProcessOptions& options) override {
    if (!protocol) throw std::invalid_argument("spawn_process: no protocol");
    const auto process = std::make_shared<ChildProcess>(reactor_, watch_, std::move(protocol));
    process->spawn({executable, arguments, options.environment, options.working_directory},
                   options.descriptors);
    return process;
  }

  std::vector<pid_t> get_children() const override { return watch_.pids(); }

 private:
  Reactor& reactor_;
  ChildWatch& watch_;
};

}  // namespace

template <>
std::shared_ptr<ReactorProcess> adapt<ReactorProcess>(Reactor& reactor) {
  return std::make_shared<Processes>(reactor);
}

}  // namespace loopmark
