// SPDX-License-Identifier: MIT
#include "reactors/parts/loop_reactor.h"

#include <algorithm>
#include <stdexcept>

#include "reactors/parts/sigpipe_block.h"

namespace loopmark {

LoopReactor::LoopReactor(const std::function<std::unique_ptr<Loop>(LoopClient& client)>& make_loop)
    : loop_(make_loop(*this)),
      events_(errors_, [this](std::string_view event) { enter_during_phase(event); }),
      thread_calls_(errors_),
      delayed_calls_(*loop_, errors_),
      descriptors_(*loop_, errors_) {}

void LoopReactor::run() {
  if (in_reactor_thread() || run_ != Run::kNone) throw ReactorAlreadyRunning();
  const SigpipeBlock no_sigpipe;
  thread_ = std::this_thread::get_id();
  run_ = Run::kServing;
  events_.fire("startup");
  serve();
  run_ = Run::kNone;
  thread_ = std::thread::id();
}

/// The loop is told before a pass, or asks in it; so nobody needs to tell it what a callback has changed.
bool LoopReactor::may_wait() const noexcept {
  return run_ < Run::kStopping && !thread_calls_.pending();
}

// In line, for this is done for nearly every event: it saves a stack frame.
[[gnu::always_inline]] inline void LoopReactor::iteration(Duration wait) {
  thread_calls_.run_batch();
  if (!may_wait()) {
    if (run_ == Run::kOver) return;
    wait = Duration::zero();
  }
  descriptors_.begin_pass();
  const bool waited = errors_.guard("waiting for events", [&] { loop_->pass(wait); });
  descriptors_.end_pass();
  failed_waits_ = waited ? 0 : failed_waits_ + 1;
  if (failed_waits_ > 1) back_off();
}

/// A wait that fails again and again must not become a busy loop (CORE-RUN-15).
void LoopReactor::back_off() const {
  std::this_thread::sleep_for(std::chrono::milliseconds(1 << std::min(failed_waits_, 9)));
}

void LoopReactor::serve() {
  while (run_ < Run::kCrashed) {
    iteration(kNever);
    if (run_ != Run::kStopping) continue;
    thread_calls_.run_batch();  // those queued by now still belong to the batch (CORE-STOP-06)
    if (run_ != Run::kStopping) continue;
    run_ = Run::kShutting;
    events_.abandon(
        "startup");  // if it still waits for a Deferred, it never gets any further (CORE-STOP-09, 10)
    events_.fire("shutdown");
  }
}

void LoopReactor::enter_during_phase(std::string_view event) {
  if (event == "startup" && run_ != Run::kNone) {
    running_ = true;
    start_pool();
  } else if (event == "shutdown") {
    running_ = false;
    if (run_ != Run::kNone) run_ = Run::kOver;
    // Without memory they are told all the same.
    descriptors_.disconnect_all(
        Failure::made_by([] { return ConnectionLost("the reactor was stopped"); }));
    join_pool();
  }
}

void LoopReactor::stop() {
  if (run_ != Run::kServing) throw ReactorNotRunning();
  run_ = Run::kStopping;
}

void LoopReactor::crash() {
  if (run_ == Run::kNone || run_ == Run::kOver) return;
  run_ = Run::kCrashed;
  running_ = false;
  events_.abandon("startup");
  events_.abandon("shutdown");
}

void LoopReactor::iterate(Duration wait) {
  if (in_reactor_thread()) throw std::logic_error("iterate() must not be called in a callback");
  if (wait < Duration::zero()) throw std::invalid_argument("iterate: negative wait");
  const SigpipeBlock no_sigpipe;
  thread_ = std::this_thread::get_id();
  iteration(wait);
  thread_ = std::thread::id();
}

std::optional<TriggerId> LoopReactor::call_when_running(Callback function) {
  if (!function) throw std::invalid_argument("call_when_running: the function must not be empty");
  if (!running_) return events_.add(Phase::kAfter, "startup", std::move(function));
  function();
  return std::nullopt;
}

TriggerId LoopReactor::add_system_event_trigger(Phase phase, std::string_view event,
                                                Trigger trigger) {
  return events_.add(phase, event, std::move(trigger));
}

void LoopReactor::set_error_observer(ErrorObserver observer) {
  errors_.set_observer(std::move(observer));
}

DelayedCallRef LoopReactor::call_later(Duration delay, Callback function) {
  return delayed_calls_.call_later(delay, std::move(function));
}

std::vector<DelayedCallRef> LoopReactor::get_delayed_calls() const {
  return delayed_calls_.pending();
}

void LoopReactor::add_reader(std::shared_ptr<Descriptor> descriptor) {
  descriptors_.add(std::move(descriptor), Interest::kRead);
}

void LoopReactor::add_writer(std::shared_ptr<Descriptor> descriptor) {
  descriptors_.add(std::move(descriptor), Interest::kWrite);
}

void LoopReactor::remove_reader(Descriptor& descriptor) {
  descriptors_.remove(descriptor, Interest::kRead);
}

void LoopReactor::remove_writer(Descriptor& descriptor) {
  descriptors_.remove(descriptor, Interest::kWrite);
}

std::vector<std::shared_ptr<Descriptor>> LoopReactor::remove_all() {
  return descriptors_.remove_all();
}

std::vector<std::shared_ptr<Descriptor>> LoopReactor::get_readers() const {
  return descriptors_.list(Interest::kRead);
}

std::vector<std::shared_ptr<Descriptor>> LoopReactor::get_writers() const {
  return descriptors_.list(Interest::kWrite);
}

void LoopReactor::call_from_thread(Callback function) {
  const bool first = thread_calls_.add(std::move(function));
  if (first && !in_reactor_thread()) loop_->wake();  // our own thread asks before each wait
}

void LoopReactor::call_in_thread(Callback function) {
  pool()->call_in_thread(std::move(function));
}

void LoopReactor::suggest_thread_pool_size(std::size_t max_threads) {
  if (max_threads == 0) throw std::invalid_argument("a thread pool needs at least one thread");
  const std::lock_guard lock(pool_mutex_);
  max_threads_ = max_threads;
  if (pool_) pool_->set_max_threads(max_threads);
}

std::shared_ptr<ThreadPool> LoopReactor::thread_pool() {
  return pool();
}

void LoopReactor::start_pool() {
  std::shared_ptr<WorkerThreads> pool;
  {
    const std::lock_guard lock(pool_mutex_);
    pool_starts_ = true;
    pool = pool_;
  }
  if (pool) pool->start();  // which may report: the observer may ask for the pool
}

void LoopReactor::join_pool() {
  std::shared_ptr<WorkerThreads> pool;
  {
    const std::lock_guard lock(pool_mutex_);
    pool_starts_ = false;
    pool.swap(pool_);
  }
  if (pool) pool->join();
}

std::shared_ptr<WorkerThreads> LoopReactor::pool() {
  const std::lock_guard lock(pool_mutex_);
  if (!pool_) {
    pool_ = std::make_shared<WorkerThreads>(errors_, max_threads_);
    if (pool_starts_) pool_->start();
  }
  return pool_;
}

bool LoopReactor::in_reactor_thread() const {
  return thread_ == std::this_thread::get_id();
}

}  // namespace loopmark
