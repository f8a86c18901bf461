// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "reactors/services/child_pipe.h"
#include "reactors/services/child_spawn.h"
#include "reactors/services/child_watch.h"
#include "reactors/services/processes.h"

namespace loopmark {

/// A child and the pipes to it: brings what pipes and watch tell to the protocol, in order. ChildWatch owns it until it is
/// reaped, and each of its pipes until that is lost. Reactor thread.
class ChildProcess final : public ChildWatch::Child,
                           public ProcessTransport,
                           private ChildPipe::Owner {
 public:
  ChildProcess(Reactor& reactor, ChildWatch& watch, std::shared_ptr<ProcessProtocol> protocol);

  /// As ReactorProcess::spawn_process().
  void spawn(const ChildProgram& program, const std::map<int, ChildDescriptor>& descriptors);

  // ProcessTransport
  std::optional<pid_t> pid() const override;
  void write_to_child(int number, std::string_view data) override;
  void close_child_fd(int number) override;
  void lose_connection() override;
  void signal_process(int number) override { signal(number); }
  void pause_producing() override;
  void resume_producing() override;

  // ChildWatch::Child
  void exited(const Failure& reason) override;
  void abandon() override;
  std::string log_prefix() const override;

 private:
  void pipe_received(int number, std::string_view data) override;
  void pipe_lost(int number) override;

  pid_t start(const ChildProgram& program, const std::map<int, ChildDescriptor>& descriptors);
  UniqueFd open_reader(int number);
  UniqueFd open_writer(int number);
  std::shared_ptr<ChildPipe::Owner> as_owner();
  std::vector<std::shared_ptr<ChildPipe>> pipes() const;
  void end_if_over();
  template <class Function>
  void guard(Function&& function);

  Reactor& reactor_;
  ChildWatch& watch_;
  std::shared_ptr<ProcessProtocol> protocol_;  // until the end
  std::map<int, std::shared_ptr<ChildReader>> readers_;
  std::map<int, std::shared_ptr<ChildWriter>> writers_;
  std::set<int> writable_;  // those that had a writer
  Failure exit_;            // once it has ended
};

}  // namespace loopmark
