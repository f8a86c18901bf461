// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "reactors/loop.h"
#include "reactors/parts/delayed_calls.h"
#include "reactors/parts/descriptor_table.h"
#include "reactors/parts/error_reports.h"
#include "reactors/parts/system_events.h"
#include "reactors/parts/thread_calls.h"
#include "reactors/parts/worker_threads.h"
#include "reactors/reactor.h"

namespace loopmark {

/// The reactor over any loop: it runs the loop one pass at a time, and does between the passes what no loop needs to
/// know of. An iteration is: queued thread calls, then one pass of the loop.
class LoopReactor final : public Reactor, private LoopClient {
 public:
  using MakeLoop = std::unique_ptr<Loop> (*)(LoopClient& client);

  /// Throws what `make_loop` throws.
  explicit LoopReactor(const std::function<std::unique_ptr<Loop>(LoopClient& client)>& make_loop);
  ~LoopReactor() override {
    join_pool();           // work in flight may use the reactor, which is whole until then
    services().clear();    // before what they are built on
    thread_calls_.drop();  // what callbacks hold may call the reactor as it dies
    events_.drop();
  }
  LoopReactor(const LoopReactor&) = delete;
  LoopReactor& operator=(const LoopReactor&) = delete;

  void run() override;
  void stop() override;
  void crash() override;
  void iterate(Duration wait) override;
  bool running() const override { return running_; }
  std::optional<TriggerId> call_when_running(Callback function) override;
  TriggerId add_system_event_trigger(Phase phase, std::string_view event, Trigger trigger) override;
  void remove_system_event_trigger(TriggerId id) override { events_.remove(id); }
  void fire_system_event(std::string_view event) override { events_.fire(event); }
  void set_error_observer(ErrorObserver observer) override;
  void report_error(const Failure& failure, const std::string& context) noexcept override {
    errors_.report(failure, context);
  }

  TimePoint now() const override { return loop_->now(); }
  DelayedCallRef call_later(Duration delay, Callback function) override;
  std::vector<DelayedCallRef> get_delayed_calls() const override;

  void add_reader(std::shared_ptr<Descriptor> descriptor) override;
  void add_writer(std::shared_ptr<Descriptor> descriptor) override;
  void remove_reader(Descriptor& descriptor) override;
  void remove_writer(Descriptor& descriptor) override;
  std::vector<std::shared_ptr<Descriptor>> remove_all() override;
  std::vector<std::shared_ptr<Descriptor>> get_readers() const override;
  std::vector<std::shared_ptr<Descriptor>> get_writers() const override;

  void call_from_thread(Callback function) override;
  void call_in_thread(Callback function) override;
  void suggest_thread_pool_size(std::size_t max_threads) override;
  std::shared_ptr<ThreadPool> thread_pool() override;
  bool in_reactor_thread() const override;

  std::string evidence() const override { return loop_->evidence(); }

 private:
  /// How far the present run has got. In that order: first those in which a pass may wait, last those that end the run.
  enum class Run {
    kNone,
    kServing,   // from run()'s beginning on, while startup waits, too
    kShutting,  // "shutdown" was fired
    kStopping,  // stop() was called; the batch is being finished
    kCrashed,
    kOver,  // shutdown's during phase has begun
  };

  void ready(int fd, Ready what) noexcept override { descriptors_.ready(fd, what); }
  void refused(int fd, int error) noexcept override { descriptors_.refused(fd, error); }
  void due(TimerSlot slot) noexcept override { delayed_calls_.due(slot); }
  bool may_wait() const noexcept override;

  void serve();
  void iteration(Duration wait);
  void back_off() const;
  void enter_during_phase(std::string_view event);
  std::shared_ptr<WorkerThreads> pool();
  void start_pool();
  void join_pool();

  ErrorReports errors_;
  std::unique_ptr<Loop> loop_;
  SystemEvents events_;
  ThreadCalls thread_calls_;
  DelayedCalls delayed_calls_;
  DescriptorTable descriptors_;

  Run run_ = Run::kNone;
  bool running_ = false;
  int failed_waits_ = 0;  // in a row
  std::atomic<std::thread::id> thread_{};

  std::mutex pool_mutex_;  // guards the three below
  std::shared_ptr<WorkerThreads> pool_;
  std::size_t max_threads_ = 10;
  bool pool_starts_ = false;  // while running
};

/// For a backend's row: make = make_loop_reactor<make_my_loop>.
template <LoopReactor::MakeLoop make_loop>
std::unique_ptr<Reactor> make_loop_reactor() {
  return std::make_unique<LoopReactor>(make_loop);
}

}  // namespace loopmark
