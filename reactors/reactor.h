// SPDX-License-Identifier: MIT
//
// The four basic interfaces of a reactor, modelled on Twisted's. Every backend offers all four; networking, processes and
// signals are services written on top of them. Clause ids (CORE-RUN-02, ...) refer to conformance/CONTRACT.md.
//
//   auto reactor = loopmark::make_reactor("epoll");
//   reactor->call_later(std::chrono::seconds(1), [&] { reactor->stop(); });
//   reactor->run();
//
// A reactor belongs to the thread that runs it. Other threads may call call_from_thread(), call_in_thread() and
// in_reactor_thread(), and nothing else; calls on a reactor that does not run must be made one at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactors/base/deferred.h"
#include "reactors/base/failure.h"
#include "reactors/base/time.h"
#include "reactors/descriptor.h"
#include "reactors/errors.h"
#include "reactors/service_shelf.h"
#include "reactors/thread_pool.h"

namespace loopmark {

using Callback = std::function<void()>;

/// An exception that a callback let out, as the reactor reports it: once, and then it goes on (ERR-01, ERR-02).
struct ErrorReport {
  Failure failure;
  std::string context;  // what was being called; for a descriptor, its log_prefix()
};
using ErrorObserver = std::function<void(const ErrorReport&)>;

/// The three phases in which the triggers of a system event run.
enum class Phase { kBefore, kDuring, kAfter };

/// Names one registration of a trigger; never used again.
enum class TriggerId : std::uint64_t {};

/// What a trigger calls. A function of the before phase that returns a Deferred holds back the during phase until that
/// is completed; elsewhere a result is ignored.
class Trigger {
 public:
  template <std::invocable F>
  requires(!std::same_as<std::remove_cvref_t<F>, Trigger>)
      Trigger(F function) {  // implicit, so that a lambda can be passed
    if constexpr (std::is_pointer_v<F> || requires { function.operator bool(); }) {
      if (!function) return;
    }
    if constexpr (std::convertible_to<std::invoke_result_t<F>, Deferred>) {
      call_ = std::move(function);
    } else {
      call_ = [function = std::move(function)]() mutable {
        function();
        return Deferred::succeeded();
      };
    }
  }

  explicit operator bool() const { return static_cast<bool>(call_); }
  Deferred operator()() { return call_(); }

 private:
  std::function<Deferred()> call_;
};

/// Running and stopping, and what happens around them.
class ReactorCore {
 public:
  virtual ~ReactorCore() = default;

  /// Fires the system event "startup", serves until stop() has taken effect or crash() was called, and returns. Every
  /// callback is called from here, on this thread; exceptions they let out are reported, never thrown from here.
  /// With nothing registered it waits without using the processor. May be called again when it has returned: pending
  /// delayed calls and queued thread calls are then served by the new run.
  /// Throws ReactorAlreadyRunning when the reactor is in a run.
  virtual void run() = 0;

  /// Ends the run in order: what is in the current batch still runs, then the system event "shutdown" is fired
  /// (descriptors get connection_lost, the thread pool is joined), then run() returns. Returns at once.
  /// Throws ReactorNotRunning outside a run, and when the run is being stopped already.
  virtual void stop() = 0;

  /// Ends the run without "shutdown": descriptors stay registered, delayed calls stay pending. Outside a run, nothing.
  virtual void crash() = 0;

  /// One pass by hand, which waits at most `wait` (negative is refused: std::invalid_argument). Not for use in a
  /// callback (std::logic_error).
  virtual void iterate(Duration wait) = 0;

  /// From the first action of startup's during phase to that of shutdown's (CORE-STATE-01 to 03).
  virtual bool running() const = 0;

  /// Calls `function` when the reactor runs: at once if it does (exceptions then reach the caller), else at the end of
  /// startup, before any other callback, in order of registration. The id, where there is one, takes it back.
  virtual std::optional<TriggerId> call_when_running(Callback function) = 0;

  /// Registers `trigger` for the next firing of `event`: "startup", "shutdown", or a name of the application's own. It
  /// runs at most once. Throws std::invalid_argument when `trigger` is empty or `phase` is none of the three.
  virtual TriggerId add_system_event_trigger(Phase phase, std::string_view event,
                                             Trigger trigger) = 0;

  /// Throws std::invalid_argument when the trigger is gone: removed, run, or never added.
  virtual void remove_system_event_trigger(TriggerId id) = 0;

  /// Runs the triggers of `event`: before, during, after; each phase in order of registration. Returns when all have
  /// run, or when the before phase waits for a Deferred; the rest then runs when that is completed.
  virtual void fire_system_event(std::string_view event) = 0;

  /// Replaces what is told of errors (the default writes one line to stderr). Called on the thread where the error
  /// happened, so also from the pool's threads.
  virtual void set_error_observer(ErrorObserver observer) = 0;

  /// Hands an error to the observer. For what calls an application back between it and the reactor, such as a transport.
  /// Any thread. `context` says what was being called.
  virtual void report_error(const Failure& failure, const std::string& context) noexcept = 0;
};

/// A call that will be made later. The handle may be dropped: the call is made all the same. Reactor thread only.
class DelayedCall {
 public:
  virtual ~DelayedCall() = default;

  /// Takes it back, and releases the function. Throws AlreadyCalled (also in its own callback) or AlreadyCancelled.
  virtual void cancel() = 0;

  /// Moves the deadline to `delay` from now. Throws as cancel(), and std::invalid_argument when `delay` is negative.
  virtual void reset(Duration delay) = 0;

  /// Moves the deadline by `by`, which may be negative. Throws as cancel().
  virtual void delay(Duration by) = 0;

  /// True until it is called or cancelled; false in its own callback.
  virtual bool active() const = 0;

  /// When it is due, on the reactor's clock; TimePoint::max() for never.
  virtual TimePoint deadline() const = 0;

  /// State and time left, for a log.
  virtual std::string to_string() const = 0;
};

using DelayedCallRef = std::shared_ptr<DelayedCall>;

/// Time and delayed calls.
class ReactorTime {
 public:
  virtual ~ReactorTime() = default;

  /// The reactor's clock, read afresh.
  virtual TimePoint now() const = 0;

  /// Calls `function` once, on the reactor's thread, when `delay` has passed since this call, and never before; zero
  /// means in a later pass. Deadlines are kept in order, equal ones in the order they were made, except where a backend
  /// declares otherwise. kNever is legal. Throws std::invalid_argument when `delay` is negative or `function` empty.
  virtual DelayedCallRef call_later(Duration delay, Callback function) = 0;

  /// Those that are pending, in no particular order.
  virtual std::vector<DelayedCallRef> get_delayed_calls() const = 0;
};

/// Readiness of file descriptors, level-triggered.
class ReactorFDSet {
 public:
  virtual ~ReactorFDSet() = default;

  /// Watches `descriptor` for reading (writing) from the next wait on; again is the same as once. A number may have one
  /// reader and one writer, which may be different objects. Throws and leaves no trace: std::system_error when the file
  /// descriptor is closed (EBADF) or beyond what the backend can watch (EINVAL), std::logic_error when the number has
  /// another reader (writer) already, or the object is registered with another reactor.
  virtual void add_reader(std::shared_ptr<Descriptor> descriptor) = 0;
  virtual void add_writer(std::shared_ptr<Descriptor> descriptor) = 0;

  /// No do_read (do_write) is called after this returns, also not for readiness that was seen already. Not registered
  /// is not an error. The file descriptor may be closed before or right after.
  virtual void remove_reader(Descriptor& descriptor) = 0;
  virtual void remove_writer(Descriptor& descriptor) = 0;

  /// Removes all, calls no connection_lost, and returns each once.
  virtual std::vector<std::shared_ptr<Descriptor>> remove_all() = 0;

  /// Snapshots. The reactor's own descriptors are not among them.
  virtual std::vector<std::shared_ptr<Descriptor>> get_readers() const = 0;
  virtual std::vector<std::shared_ptr<Descriptor>> get_writers() const = 0;
};

/// Ways between the reactor's thread and others.
class ReactorThreads {
 public:
  virtual ~ReactorThreads() = default;

  /// Any thread: calls `function` on the reactor's thread, in a later pass, and wakes the reactor for it. The calls of
  /// one thread keep their order. Made outside a run, it is served by the next. Throws std::invalid_argument when
  /// `function` is empty. `call_from_thread([&] { reactor.stop(); })` is how another thread stops a reactor.
  virtual void call_from_thread(Callback function) = 0;

  /// Any thread: runs `function` in the thread pool, once the reactor runs.
  virtual void call_in_thread(Callback function) = 0;

  /// The bound on the pool's threads, 10 unless set. Throws std::invalid_argument for 0.
  virtual void suggest_thread_pool_size(std::size_t max_threads) = 0;

  /// The pool, made on first use; it starts with the run and is joined and dropped at shutdown.
  virtual std::shared_ptr<ThreadPool> thread_pool() = 0;

  /// Any thread: whether it is the one that is in run() or iterate().
  virtual bool in_reactor_thread() const = 0;
};

/// What every backend makes. Destroy it outside a run, when no other thread uses it any more: calls that are still
/// pending are dropped, descriptors are let go without connection_lost.
class Reactor : public ReactorCore, public ReactorTime, public ReactorFDSet, public ReactorThreads {
 public:
  /// What proves which kernel mechanism runs, as the library or the kernel says it ("method epoll; [eventpoll]").
  virtual std::string evidence() const = 0;

  /// What services keep for this reactor; services/query.h is how to use it.
  ServiceShelf& services() { return services_; }

 private:
  ServiceShelf services_;
};

}  // namespace loopmark
