// SPDX-License-Identifier: MIT
#include "conformance/programs/interpreter.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/kernel.h"
#include "conformance/programs/connections.h"
#include "conformance/programs/lines.h"
#include "conformance/programs/performance.h"

namespace loopmark::conformance::programs {
namespace {

using std::chrono::milliseconds;

constexpr Duration kRunIsOver =
    std::chrono::hours(1);            // when a run is stopped that nothing else has stopped
constexpr int kIdlePasses = 64;       // after which what is owed is overdue
constexpr int kKernelsPasses = 1000;  // that the kernel gets at most, to bring what is owed

bool keeps_order(const Backend& backend) {
  return std::none_of(backend.deviations.begin(), backend.deviations.end(),
                      [](const Deviation& each) { return each.clause == "TIME-ORDER-02"; });
}

/// A program that runs.
class Interpreter final : public Performance {
 public:
  Interpreter(const Backend& backend, const std::filesystem::path& folder,
              const std::function<void(const std::string&)>& broken)
      : Performance(backend, broken, keeps_order(backend)),
        lines_(*this),
        connections_(*this, folder) {
    reactor_->set_error_observer(
        [this](const ErrorReport&) { entered([this] { model_.error_reported(); }); });
    watch_shutdown();
  }

  Performed perform(const Program& program) {
    entered([&] {
      execute(program, false);
      settle(Duration::zero());
    });
    reactor_.reset();
    return performed_;
  }

  void execute_body(const Program& body) override { execute(body, true); }

 private:
  enum class Run { kNone, kServing, kEnding };

  void execute(const Program& program, bool in_callback) {
    for (const Action& action : program) {
      ++performed_.actions;
      if (is_of_line(action.kind)) {
        lines_.execute(action);
      } else if (is_of_connection(action.kind)) {
        connections_.execute(action);
      } else {
        execute(action, in_callback);
      }
    }
  }

  void execute(const Action& action, bool in_callback) {
    using Kind = Action::Kind;
    switch (action.kind) {
      case Kind::kRemoveAll:
        connections_.all_removed();
        return lines_.removed_all(reactor_->remove_all());
      case Kind::kCallLater:
        return call_later(action);
      case Kind::kCancel:
      case Kind::kReset:
      case Kind::kDelay:
        return change_timer(action);
      case Kind::kCallFromThread:
        return call_from_thread(action.body, false);
      case Kind::kCallFromOther:
        return call_from_thread(action.body, true);
      case Kind::kThrow:
        if (in_callback) throw Thrown("the program throws");
        return;
      case Kind::kStop:
        if (run_ != Run::kServing)
          return refused<ReactorNotRunning>("stop()", [this] { reactor_->stop(); });
        run_ = Run::kEnding;
        return reactor_->stop();
      case Kind::kCrash:
        if (run_ == Run::kServing) run_ = Run::kEnding;
        return reactor_->crash();
      case Kind::kRun:
        if (!in_callback) return run(action.body);
        if (!reactor_serves_) return;
        return refused<ReactorAlreadyRunning>("run()", [this] { reactor_->run(); });
      case Kind::kSettle:
        if (!in_callback) return settle(milliseconds(action.first));
        if (!reactor_serves_) return;
        return refused<std::logic_error>("iterate()",
                                         [this] { reactor_->iterate(Duration::zero()); });
      default:
        return;  // a line's or a connection's
    }
  }

  void call_later(const Action& action) {
    const std::size_t id = timers_.size();
    const auto delay = milliseconds(action.first);
    timers_.push_back(reactor_->call_later(delay, [this, id, body = action.body] {
      call([&] {
        model_.timer_called(id, reactor_->now(), turn());
        execute(body, true);
      });
    }));
    expect_deadline(id, reactor_->now() + delay);
    model_.made(id, timers_.back()->deadline(), turn());
  }

  void change_timer(const Action& action) {
    if (timers_.empty()) return;
    const std::size_t id = static_cast<std::size_t>(action.first) % timers_.size();
    const DelayedCallRef timer = timers_[id];
    const auto milli = milliseconds(action.second);
    const TimePoint moved_to =
        action.kind == Action::Kind::kDelay ? timer->deadline() + milli : reactor_->now() + milli;
    const auto change = [&] {
      if (action.kind == Action::Kind::kCancel) timer->cancel();
      if (action.kind == Action::Kind::kReset) timer->reset(milli);
      if (action.kind == Action::Kind::kDelay) timer->delay(milli);
    };
    if (timer->active() != model_.is_pending(id)) throw Broken{"active() is wrong (TIME-STATE-01)"};
    if (!timer->active())
      return refused<std::exception>("the change of a timer that is over", change);
    change();
    if (timer->active()) {
      expect_deadline(id, moved_to);
      model_.moved(id, timer->deadline(), turn());
    } else {
      model_.cancelled(id);
    }
  }

  /// The clock stands still in a callback, so that it is known to the nanosecond.
  void expect_deadline(std::size_t id, TimePoint expected) const {
    if (timers_[id]->deadline() != expected)
      throw Broken{"timer " + std::to_string(id) + " has the wrong deadline (TIME-STATE-02)"};
  }

  void call_from_thread(const Program& body, bool in_other_thread) {
    const std::size_t id = thread_calls_++;
    model_.queued(id, in_other_thread);
    const auto make = [&] {
      reactor_->call_from_thread([this, id, body] {
        call([&] {
          model_.thread_call_called(id);
          execute(body, true);
        });
      });
    };
    if (in_other_thread) {
      std::thread(make).join();
    } else {
      make();
    }
  }

  void watch_shutdown() {
    reactor_->add_system_event_trigger(Phase::kBefore, "shutdown", [this] {
      lines_.reactor_stops();
      connections_.reactor_stops();
      reactor_stops_ = true;
    });
  }

  void run(const Program& body) {
    reactor_->call_when_running([&] { call([&] { execute(body, true); }); });
    idle_passes_ = kernels_passes_ = 0;
    end_later();
    run_ = Run::kServing;
    reactor_serves_ = true;
    reactor_->run();
    reactor_serves_ = false;
    if (run_ != Run::kEnding)
      throw Broken{"run() returned without stop() or crash() (CORE-RUN-02)"};
    run_ = Run::kNone;
    if (end_of_run_->active()) end_of_run_->cancel();
    if (reactor_stops_) watch_shutdown();
    reactor_stops_ = false;
  }

  /// Ends the run when nothing else has, and nothing is owed any more.
  void end_later() {
    end_of_run_ = reactor_->call_later(kRunIsOver, [this] {
      entered([this] {
        const auto owed = anything_owed();
        if (owed && is_overdue()) throw Broken{*owed};
        if (owed) return end_later();
        if (run_ != Run::kServing) return;
        run_ = Run::kEnding;
        reactor_->stop();
      });
    });
  }

  std::optional<std::string> anything_owed() const {
    if (auto owed = lines_.owed()) return owed;
    if (auto owed = connections_.owed()) return owed;
    return model_.owed(reactor_->now());
  }

  /// Asked after a pass, when something is owed: whether the reactor has had its time.
  bool is_overdue() {
    if (std::exchange(calls_before_, performed_.calls) != performed_.calls) {
      idle_passes_ = kernels_passes_ = 0;
      return false;
    }
    if (connections_.await_kernel() && ++kernels_passes_ < kKernelsPasses) return false;
    return ++idle_passes_ > kIdlePasses;
  }

  /// Lets `time` pass, and then the reactor serve all that is owed; and in two more passes, nothing else.
  void settle(Duration time) {
    kernel::advance(time);
    idle_passes_ = kernels_passes_ = 0;
    for (int quiet_passes = 0; quiet_passes < 2; ++quiet_passes) {
      const auto owed = anything_owed();
      const std::size_t calls = performed_.calls;
      reactor_serves_ = true;
      reactor_->iterate(Duration::zero());
      reactor_serves_ = false;
      if (owed && is_overdue()) throw Broken{*owed};
      if (owed || performed_.calls != calls) quiet_passes = -1;
    }
    lines_.compare_lists();
    connections_.compare_lists();
    if (reactor_->get_delayed_calls().size() != model_.pending())
      throw Broken{"get_delayed_calls() is wrong (TIME-STATE-03)"};
  }

  std::size_t turn() const { return kernel::wait_count(); }

  Lines lines_;
  Connections connections_;
  std::vector<DelayedCallRef> timers_;
  std::size_t thread_calls_ = 0;
  Run run_ = Run::kNone;
  bool reactor_serves_ = false;  // else a callback is one of stop_connecting(), made by the program
  DelayedCallRef end_of_run_;
  std::size_t calls_before_ = 0;  // when something was owed last
  int idle_passes_ = 0;           // in which nothing was called, and the kernel had brought all
  int kernels_passes_ = 0;        // in which it had not
};

}  // namespace

Performed perform(const Program& program, const Backend& backend,
                  const std::filesystem::path& folder,
                  const std::function<void(const std::string&)>& broken) {
  kernel::observe_this_thread();
  kernel::use_virtual_clock();
  return Interpreter(backend, folder, broken).perform(program);
}

}  // namespace loopmark::conformance::programs
