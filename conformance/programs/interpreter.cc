// SPDX-License-Identifier: MIT
#include "conformance/programs/interpreter.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/kernel.h"
#include "conformance/probe.h"
#include "conformance/programs/model.h"

namespace loopmark::conformance::programs {
namespace {

using std::chrono::milliseconds;

constexpr Duration kRunIsOver =
    std::chrono::hours(1);  // when a run is stopped that nothing else has stopped
constexpr int kSettlingPasses = 64;
constexpr int kReadAtOnce = 4;

/// What a program throws.
struct Thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A program that runs.
class Interpreter {
 public:
  Interpreter(const Backend& backend, const std::function<void(const std::string&)>& broken)
      : broken_(broken),
        model_(backend.timer_resolution, keeps_order(backend)),
        reactor_(backend.make()) {
    reactor_->set_error_observer(
        [this](const ErrorReport&) { entered([this] { model_.error_reported(); }); });
    watch_shutdown();
    for (int i = 0; i < kLines; ++i) lines_.push_back(new_line(i));
  }

  Performed perform(const Program& program) {
    entered([&] {
      execute(program, false);
      settle(Duration::zero());
    });
    reactor_.reset();
    return performed_;
  }

 private:
  enum class Run { kNone, kServing, kEnding };

  /// What the reactor calls, and what it may let out.
  template <class Function>
  auto call(Function function) {
    ++performed_.calls;
    return entered(function);
  }

  template <class Function>
  auto entered(Function function) -> decltype(function()) {
    try {
      return function();
    } catch (const Broken& how) {
      broken_(how.what);
    } catch (const Thrown&) {
      model_.threw();
      throw;
    } catch (const std::exception& error) {
      broken_(std::string("the reactor threw: ") + error.what());
    }
    std::abort();  // broken_ does not return
  }

  /// The near end of a line, and what it does when it is called: a body once, each.
  class End : public Descriptor {
   public:
    End(Interpreter& program, UniqueFd near, UniqueFd far, Watched watched)
        : program_(program),
          near_(std::move(near)),
          far_(std::move(far)),
          state(std::move(watched)) {}

    int fileno() const override { return near_.get(); }
    Progress do_read() override {
      return program_.call([this] { return read(); });
    }
    Progress do_write() override {
      return program_.call([this] { return write(); });
    }
    void connection_lost(const Failure&) override {
      program_.call([this] {
        program_.model_.lost(state);
        program_.execute(std::exchange(on_lost, {}), true);
        return 0;
      });
    }

    void close() {
      near_.reset();
      far_.reset();
    }
    const UniqueFd& far() const { return far_; }
    void close_far() { far_.reset(); }

   protected:
    void end_of_reading() {
      program_.call([this] {
        program_.model_.read_lost(state);
        try {
          program_.execute(std::exchange(on_lost, {}), true);
        } catch (const Thrown&) {
          lose();
          throw;
        }
        return 0;
      });
    }

   private:
    Progress read() {
      program_.model_.read(state);
      char bytes[kReadAtOnce];
      const ssize_t count = ::read(near_.get(), bytes, sizeof bytes);
      const auto expected = static_cast<ssize_t>(std::min<std::size_t>(sizeof bytes, state.bytes));
      if (count != expected)
        throw Broken{state.name + ": the socket gives other bytes than were put"};
      if (count == 0) {
        if (state.half_closeable) {
          ++state.ends_owed;
          state.reading = false;
        } else {
          lose();
        }
        return Progress::lost(Failure::of(ConnectionDone()));
      }
      state.bytes -= static_cast<std::size_t>(count);
      run_body(on_read);
      return Progress::more();
    }

    Progress write() {
      program_.model_.wrote(state);
      if (--state.writes_left == 0) program_.reactor_->remove_writer(*this);
      run_body(on_write);
      return Progress::more();
    }

    /// One that throws disconnects (FD-ERR-02).
    void run_body(Program& body) {
      try {
        program_.execute(std::exchange(body, {}), true);
      } catch (const Thrown&) {
        lose();
        throw;
      }
    }

    void lose() {
      ++state.losses_owed;
      state.leave();
    }

    Interpreter& program_;
    UniqueFd near_;
    UniqueFd far_;

   public:
    Watched state;
    Program on_read, on_write, on_lost;
  };

  class HalfCloseableEnd final : public End, public HalfCloseable {
   public:
    using End::End;
    void read_connection_lost(const Failure&) override { end_of_reading(); }
    void write_connection_lost(const Failure&) override {}
  };

  static bool keeps_order(const Backend& backend) {
    return std::none_of(backend.deviations.begin(), backend.deviations.end(),
                        [](const Deviation& each) { return each.clause == "TIME-ORDER-02"; });
  }

  std::shared_ptr<End> new_line(int number) {
    auto [near, far] = socket_pair();
    Watched watched{.name = "line " + std::to_string(number),
                    .half_closeable = number >= kLines / 2};
    std::shared_ptr<End> made;
    if (watched.half_closeable) {
      made = std::make_shared<HalfCloseableEnd>(*this, std::move(near), std::move(far),
                                                std::move(watched));
    } else {
      made = std::make_shared<End>(*this, std::move(near), std::move(far), std::move(watched));
    }
    ends_.push_back(made);
    return made;
  }

  void execute(const Program& program, bool in_callback) {
    for (const Action& action : program) {
      ++performed_.actions;
      execute(action, in_callback);
    }
  }

  template <class Error, class Function>
  void refused(const char* what, Function function) {
    try {
      function();
    } catch (const Error&) {
      return;
    }
    throw Broken{std::string(what) + " was not refused"};
  }

  void execute(const Action& action, bool in_callback) {
    using Kind = Action::Kind;
    const std::shared_ptr<End> end = lines_[static_cast<std::size_t>(action.first % kLines)];
    Watched& state = end->state;
    switch (action.kind) {
      case Kind::kAddReader:
        state.reading = true;
        return reactor_->add_reader(end);
      case Kind::kAddWriter:
        state.writes_left = std::max(action.second, 1);
        return reactor_->add_writer(end);
      case Kind::kRemoveReader:
        state.reading = false;
        return reactor_->remove_reader(*end);
      case Kind::kRemoveWriter:
        state.writes_left = 0;
        return reactor_->remove_writer(*end);
      case Kind::kRemoveAll:
        return remove_all();
      case Kind::kPut:
        return put(*end, std::max(action.second, 1));
      case Kind::kHalfClosePeer:
        if (!state.gone) ::shutdown(end->far().get(), SHUT_WR);
        state.ended = true;
        return;
      case Kind::kClosePeer:
        end->close_far();
        state.ended = state.gone = true;
        return;
      case Kind::kReopen:
        return reopen(action.first % kLines);
      case Kind::kOnRead:
        end->on_read = action.body;
        return;
      case Kind::kOnWrite:
        end->on_write = action.body;
        return;
      case Kind::kOnLost:
        end->on_lost = action.body;
        return;
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
    }
  }

  void remove_all() {
    const auto registered = std::count_if(ends_.begin(), ends_.end(),
                                          [](const auto& end) { return end->state.registered(); });
    for (const auto& end : ends_) end->state.leave();
    if (std::cmp_not_equal(reactor_->remove_all().size(), registered)) {
      throw Broken{"remove_all() does not return what is registered (FD-ALL-01)"};
    }
  }

  static void put(End& end, int count) {
    if (end.state.ended) return;
    conformance::put(end.far(), std::string(static_cast<std::size_t>(count), 'x'));
    end.state.bytes += static_cast<std::size_t>(count);
  }

  void reopen(int number) {
    std::shared_ptr<End>& line = lines_[static_cast<std::size_t>(number)];
    line->state.leave();
    reactor_->remove_reader(*line);
    reactor_->remove_writer(*line);
    line->close();
    line = new_line(number);
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

  /// At the end of the phase before shutdown, whoever is registered is owed its loss (CORE-STOP-13).
  void watch_shutdown() {
    reactor_->add_system_event_trigger(Phase::kBefore, "shutdown", [this] {
      for (const auto& end : ends_) {
        if (!end->state.registered()) continue;
        ++end->state.losses_owed;
        end->state.leave();
      }
      shut_down_ = true;
    });
  }

  void run(const Program& body) {
    shut_down_ = false;
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
    if (shut_down_) watch_shutdown();
  }

  std::optional<std::string> anything_owed() const {
    for (const auto& end : ends_) {
      if (auto owed = Model::owed(end->state)) return owed;
    }
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
    compare_lists();
  }

  void compare_lists() const {
    const auto count = [this](auto is_counted) {
      return std::count_if(ends_.begin(), ends_.end(), is_counted);
    };
    if (reactor_->get_delayed_calls().size() != model_.pending())
      throw Broken{"get_delayed_calls() is wrong (TIME-STATE-03)"};
    if (std::cmp_not_equal(reactor_->get_readers().size(),
                           count([](const auto& end) { return end->state.reading; }))) {
      throw Broken{"get_readers() is wrong (FD-GET-01)"};
    }
    if (std::cmp_not_equal(reactor_->get_writers().size(),
                           count([](const auto& end) { return end->state.writes_left > 0; }))) {
      throw Broken{"get_writers() is wrong (FD-GET-01)"};
    }
  }

  std::size_t turn() const { return kernel::wait_count(); }

  const std::function<void(const std::string&)>& broken_;
  Model model_;
  std::unique_ptr<Reactor> reactor_;
  std::vector<std::shared_ptr<End>> lines_;
  std::vector<std::shared_ptr<End>>
      ends_;  // those before them, too: they may still be owed something
  std::vector<DelayedCallRef> timers_;
  std::size_t thread_calls_ = 0;
  Run run_ = Run::kNone;
  bool shut_down_ = false;
  Performed performed_;
};

}  // namespace

Performed perform(const Program& program, const Backend& backend,
                  const std::function<void(const std::string&)>& broken) {
  kernel::observe_this_thread();
  kernel::use_virtual_clock();
  return Interpreter(backend, broken).perform(program);
}

}  // namespace loopmark::conformance::programs
