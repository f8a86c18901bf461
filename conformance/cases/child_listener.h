// SPDX-License-Identifier: MIT
//
// What the cases of child processes have in common.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/cases/gate.h"
#include "conformance/cases/passes.h"
#include "conformance/promises.h"
#include "reactors/services/processes.h"

namespace loopmark::conformance {

/// A protocol that keeps what it is told, notes it in the case's log ("lost 1"), and does what its functions say.
class ChildListener : public ProcessProtocol {
 public:
  explicit ChildListener(CaseContext& t) : context(t) {}

  void connection_made() override {
    context.log("made");
    if (on_made) on_made();
  }
  void child_data_received(int number, std::string_view data) override {
    story.go_on("child_data_received");
    promises::handed_on(data.size());
    received[number] += data;
    if (on_data) on_data(number);
  }
  void child_connection_lost(int number) override {
    story.go_on("child_connection_lost");
    context.log("lost " + std::to_string(number));
    losses.push_back(number);
    if (on_lost) on_lost(number);
  }
  void process_exited(const Failure& reason) override {
    story.go_on("process_exited");
    context.log("exited");
    exits.push_back(reason);
    if (on_exited) on_exited();
  }
  void process_ended(const Failure& reason) override {
    story.end();
    context.log("ended");
    ends.push_back(reason);
    if (on_ended) on_ended();
  }

  ProcessTransport& child() { return *transport(); }

  std::function<void()> on_made;
  std::function<void(int number)> on_data;
  std::function<void(int number)> on_lost;
  std::function<void()> on_exited;
  std::function<void()> on_ended;

  CaseContext& context;
  std::map<int, std::string> received;
  std::vector<int> losses;
  std::vector<Failure> exits;
  std::vector<Failure> ends;
  promises::Story story;
};

/// One whose on_ended stops the reactor.
inline std::shared_ptr<ChildListener> listener(CaseContext& t) {
  const auto made = std::make_shared<ChildListener>(t);
  made->on_ended = [&t] { t.reactor().stop(); };
  return made;
}

inline std::shared_ptr<ProcessTransport> spawn(CaseContext& t,
                                               std::shared_ptr<ChildListener> listener,
                                               const std::string& executable,
                                               const std::vector<std::string>& arguments,
                                               const ProcessOptions& options = {}) {
  return query<ReactorProcess>(t.reactor())
      .spawn_process(std::move(listener), executable, arguments, options);
}

/// A shell that runs `script`. What it is to wait for it should read from a pipe of ours, so that it ends with us.
inline std::shared_ptr<ProcessTransport> spawn_shell(CaseContext& t,
                                                     std::shared_ptr<ChildListener> listener,
                                                     const std::string& script,
                                                     const ProcessOptions& options = {}) {
  return spawn(t, std::move(listener), "/bin/sh", {"sh", "-c", script}, options);
}

/// For a child with these descriptors alone.
inline ProcessOptions with_descriptors(std::map<int, ChildDescriptor> descriptors) {
  ProcessOptions options;
  options.descriptors = std::move(descriptors);
  return options;
}

/// What ended a child, if that is how it ended.
inline std::optional<ProcessTerminated> terminated(const Failure& reason) {
  try {
    if (reason) reason.rethrow();
  } catch (const ProcessTerminated& how) {
    return how;
  } catch (...) {
  }
  return std::nullopt;
}

}  // namespace loopmark::conformance
