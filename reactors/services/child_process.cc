// SPDX-License-Identifier: MIT
#include "reactors/services/child_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "reactors/base/check.h"
#include "reactors/services/report.h"

namespace loopmark {
namespace {

struct PipeEnds {
  UniqueFd reading;
  UniqueFd writing;
};

PipeEnds make_pipe() {
  int ends[2];
  check_call(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Needs no memory: perhaps there is none.
template <class Pipes>
void discard_all(Pipes& pipes) {
  while (!pipes.empty()) pipes.extract(pipes.begin()).mapped()->discard();
}

/// Our end alone: the child's is as programs expect it.
void set_non_blocking(const UniqueFd& ours) {
  check_call(::fcntl(ours.get(), F_SETFL, O_NONBLOCK), "fcntl");
}

}  // namespace

ChildProcess::ChildProcess(Reactor& reactor, ChildWatch& watch,
                           std::shared_ptr<ProcessProtocol> protocol)
    : Child(watch), reactor_(reactor), watch_(watch), protocol_(std::move(protocol)) {}

void ChildProcess::spawn(const ChildProgram& program,
                         const std::map<int, ChildDescriptor>& descriptors) {
  const auto self = std::static_pointer_cast<ChildProcess>(shared_from_this());
  pid_t started = 0;
  watch_.expect(self);
  try {
    started = start(program, descriptors);
  } catch (...) {
    watch_.forget(*this);
    discard_all(readers_);
    discard_all(writers_);
    throw;
  }
  watch_.add(self, started);
  guard([&] { protocol_->make_connection(self); });
}

/// The pipes are watched first: where that fails, there is no child yet.
pid_t ChildProcess::start(const ChildProgram& program,
                          const std::map<int, ChildDescriptor>& descriptors) {
  std::map<int, int> sources;
  std::vector<UniqueFd> theirs;  // ends of pipes, until the child has them
  for (const auto& [number, what] : descriptors) {
    if (const auto* const inherited = std::get_if<Inherit>(&what)) {
      sources[number] = inherited->number;
      continue;
    }
    const bool reads = std::holds_alternative<ParentReads>(what);
    theirs.push_back(reads ? open_reader(number) : open_writer(number));
    sources[number] = theirs.back().get();
  }
  return spawn_child(program, sources);
}

/// Both answer the child's end.
UniqueFd ChildProcess::open_reader(int number) {
  auto [ours, theirs] = make_pipe();
  set_non_blocking(ours);
  const auto pipe = std::make_shared<ChildReader>(OpenSockets::of(reactor_));
  readers_.emplace(number, pipe);  // first: what it holds is discarded when something fails
  pipe->start(as_owner(), std::move(ours), number);
  return std::move(theirs);
}

UniqueFd ChildProcess::open_writer(int number) {
  auto [theirs, ours] = make_pipe();
  set_non_blocking(ours);
  const auto pipe = std::make_shared<ChildWriter>(OpenSockets::of(reactor_));
  writers_.emplace(number, pipe);
  pipe->start(as_owner(), std::move(ours), number);
  writable_.insert(number);
  return std::move(theirs);
}

std::shared_ptr<ChildPipe::Owner> ChildProcess::as_owner() {
  return {shared_from_this(), this};
}

std::vector<std::shared_ptr<ChildPipe>> ChildProcess::pipes() const {
  std::vector<std::shared_ptr<ChildPipe>> all;
  for (const auto& [number, reader] : readers_) all.push_back(reader);
  for (const auto& [number, writer] : writers_) all.push_back(writer);
  return all;
}

std::optional<pid_t> ChildProcess::pid() const {
  if (is_reaped()) return std::nullopt;
  return Child::pid();
}

void ChildProcess::write_to_child(int number, std::string_view data) {
  if (!writable_.contains(number)) {
    throw std::invalid_argument("the child's descriptor " + std::to_string(number) +
                                " is no pipe that the parent writes to");
  }
  if (const auto found = writers_.find(number); found != writers_.end()) found->second->write(data);
}

void ChildProcess::close_child_fd(int number) {
  if (const auto found = readers_.find(number); found != readers_.end())
    found->second->lose_connection();
  if (const auto found = writers_.find(number); found != writers_.end())
    found->second->lose_connection();
}

void ChildProcess::lose_connection() {
  for (const std::shared_ptr<ChildPipe>& pipe : pipes()) pipe->lose_connection();
}

void ChildProcess::pause_producing() {
  for (const auto& [number, reader] : readers_) reader->pause();
}

void ChildProcess::resume_producing() {
  for (const auto& [number, reader] : readers_) reader->resume();
}

void ChildProcess::pipe_received(int number, std::string_view data) {
  protocol_->child_data_received(number, data);
}

void ChildProcess::pipe_lost(int number) {
  readers_.erase(number);
  writers_.erase(number);
  guard([&] { protocol_->child_connection_lost(number); });
  watch_.pipe_closed(*this);
  end_if_over();
}

void ChildProcess::exited(const Failure& reason) {
  exit_ = reason;
  guard([&] { protocol_->process_exited(reason); });
  end_if_over();
}

void ChildProcess::end_if_over() {
  if (!exit_ || !readers_.empty() || !writers_.empty()) return;
  const std::shared_ptr<ProcessProtocol> protocol = std::exchange(protocol_, nullptr);
  guarded(
      reactor_, [&] { return protocol->log_prefix(); }, [&] { protocol->process_ended(exit_); });
}

/// Calls the protocol; what it throws costs nothing but a report.
template <class Function>
void ChildProcess::guard(Function&& function) {
  guarded(
      reactor_, [this] { return log_prefix(); }, std::forward<Function>(function));
}

void ChildProcess::abandon() {
  protocol_ = nullptr;
  readers_.clear();
  writers_.clear();
}

std::string ChildProcess::log_prefix() const {
  return protocol_ ? protocol_->log_prefix() : "process";
}

}  // namespace loopmark
