// SPDX-License-Identifier: MIT
#include "conformance/programs/interpreter.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "conformance/kernel.h"
#include "conformance/programs/lines.h"
#include "conformance/programs/performance.h"

namespace loopmark::conformance::programs {
namespace {

using std::chrono::milliseconds;

constexpr Duration kRunIsOver =
    std::chrono::hours(1);  // when a run is stopped that nothing else has stopped
constexpr int kSettlingPasses = 64;

bool keeps_order(const Backend& backend) {
  return std::none_of(backend.deviations.begin(), backend.deviations.end(),
                      [](const Deviation& each) { return each.clause == "TIME-ORDER-02"; });
}

/// A program that runs.
class Interpreter final : public Performance {
 public:
  Interpreter(const Backend& backend, const std::function<void(const std::string&)>& broken)
      : Performance(backend, broken, keeps_order(backend)), lines_(*this) {
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
      } else {
        execute(action, in_callback);
      }
    }
  }

  void execute(const Action& action, bool in_callback) {
    using Kind = Action::Kind;
    switch (action.kind) {
      case Kind::kRemoveAll:
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
        if (in_callback)
          return refused<ReactorAlreadyRunning>("run()", [this] { reactor_->run(); });
        return run(action.body);
      case Kind::kSettle:
        if (in_callback) {
          return refused<std::logic_error>("iterate()",
                                           [this] { reactor_->iterate(Duration::zero()); });
        }
        return settle(milliseconds(action.first));
      default:
        return;  // a line's
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
      reactor_stops_ = true;
    });
  }

  void run(const Program& body) {
    reactor_->call_when_running([&] { call([&] { execute(body, true); }); });
    const DelayedCallRef last = reactor_->call_later(kRunIsOver, [this] {
      entered([this] {
        if (const auto owed = anything_owed()) throw Broken{*owed};
      });
      if (run_ != Run::kServing) return;
      run_ = Run::kEnding;
      reactor_->stop();
    });
    run_ = Run::kServing;
    reactor_->run();
    if (run_ != Run::kEnding)
      throw Broken{"run() returned without stop() or crash() (CORE-RUN-02)"};
    run_ = Run::kNone;
    if (last->active()) last->cancel();
    if (reactor_stops_) watch_shutdown();
    reactor_stops_ = false;
  }

  std::optional<std::string> anything_owed() const {
    if (auto owed = lines_.owed()) return owed;
    return model_.owed(reactor_->now());
  }

  /// Lets `time` pass, and then the reactor serve all that is owed; and in two more passes, nothing else.
  void settle(Duration time) {
    kernel::advance(time);
    int passes = 0;
    while (const auto owed = anything_owed()) {
      if (passes++ == kSettlingPasses) throw Broken{*owed};
      reactor_->iterate(Duration::zero());
    }
    reactor_->iterate(Duration::zero());
    reactor_->iterate(Duration::zero());
    lines_.compare_lists();
    if (reactor_->get_delayed_calls().size() != model_.pending())
      throw Broken{"get_delayed_calls() is wrong (TIME-STATE-03)"};
  }

  std::size_t turn() const { return kernel::wait_count(); }

  Lines lines_;
  std::vector<DelayedCallRef> timers_;
  std::size_t thread_calls_ = 0;
  Run run_ = Run::kNone;
};

}  // namespace

Performed perform(const Program& program, const Backend& backend,
                  const std::function<void(const std::string&)>& broken) {
  kernel::observe_this_thread();
  kernel::use_virtual_clock();
  return Interpreter(backend, broken).perform(program);
}

}  // namespace loopmark::conformance::programs
