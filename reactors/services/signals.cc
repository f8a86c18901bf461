// SPDX-License-Identifier: MIT
#include "reactors/services/signals.h"

#include <csignal>
#include <stdexcept>
#include <utility>
#include <vector>

#include "reactors/services/signal_pipe.h"

namespace loopmark {
namespace {

auto handler_of(int number) {
  struct sigaction now {};
  ::sigaction(number, nullptr, &now);
  return now.sa_handler;
}

void take_over(SignalPipe& pipe) {
  // An ignored SIGINT is how a shell starts what is to run in the background.
  if (handler_of(SIGINT) == SIG_DFL) pipe.take(SIGINT);
  pipe.take(SIGTERM);
  if (handler_of(SIGCHLD) == SIG_DFL || handler_of(SIGCHLD) == SIG_IGN) pipe.take(SIGCHLD);
}

/// When the reactor stops, signals change nothing more; before that they are missed.
void report_loss(Reactor& reactor, const Failure& reason) {
  if (reactor.running()) reactor.report_error(reason, "signals");
}

/// For its life, `reactor` hears of signals: from the startup on that fires next, if one does.
class Handlers {
 public:
  Handlers(Reactor& reactor, SignalPipe::Arrived arrived)
      : reactor_(reactor),
        pipe_(std::make_shared<SignalPipe>(std::move(arrived), [&reactor](const Failure& reason) {
          report_loss(reactor, reason);
        })) {
    startup_ = reactor_.add_system_event_trigger(Phase::kDuring, "startup", [this] {
      startup_.reset();
      take_over(*pipe_);
    });
    try {
      reactor_.add_reader(pipe_);
    } catch (...) {
      reactor_.remove_system_event_trigger(*startup_);
      throw;
    }
  }
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;
  ~Handlers() {
    if (startup_) reactor_.remove_system_event_trigger(*startup_);
    reactor_.remove_reader(*pipe_);
    pipe_->give_back();  // whoever may still hold it
  }

 private:
  Reactor& reactor_;
  const std::shared_ptr<SignalPipe> pipe_;
  std::optional<TriggerId> startup_;  // until it has run
};

class Signals final : public ReactorSignals {
 public:
  explicit Signals(Reactor& reactor) : reactor_(reactor) {}

  void run() override {
    if (reactor_.in_reactor_thread()) throw ReactorAlreadyRunning();
    const Handlers handlers(
        reactor_, [this](int number) { number == SIGCHLD ? child_signal() : stop_signal(number); });
    exit_signal_.reset();
    reactor_.run();
  }

  std::optional<int> exit_signal() const override { return exit_signal_; }

  void on_child_signal(Callback function) override {
    if (!function) throw std::invalid_argument("on_child_signal: the function must not be empty");
    on_child_signal_.push_back(std::move(function));
  }

 private:
  void stop_signal(int number) {
    try {
      reactor_.stop();
      exit_signal_ = number;
    } catch (const ReactorNotRunning&) {  // it is being stopped already
    }
  }

  void child_signal() {
    for (std::size_t i = 0; i < on_child_signal_.size(); ++i) {
      try {
        const Callback function = on_child_signal_[i];  // which may add another one
        function();
      } catch (...) {
        reactor_.report_error(Failure::current(), "SIGCHLD");
      }
    }
  }

  Reactor& reactor_;
  std::optional<int> exit_signal_;
  std::vector<Callback> on_child_signal_;
};

}  // namespace

template <>
std::shared_ptr<ReactorSignals> adapt<ReactorSignals>(Reactor& reactor) {
  return std::make_shared<Signals>(reactor);
}

}  // namespace loopmark
