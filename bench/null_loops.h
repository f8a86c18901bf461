// SPDX-License-Identifier: MIT
//
// Loops over a queue in memory, which make no system call: what is left of a benchmark when there is
// nothing to measure. One of each kind that a carrier carries by.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/memory_link.h"
#include "reactors/library_loop.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

inline constexpr const char* kNullEvidence = "a queue in memory";

/// A reactor that has readers only, numbered from 0. Its runs end when nothing is left, too.
class NullReactor final : public Reactor {
 public:
  explicit NullReactor(MemoryQueue& queue) : queue_(queue) {}

  void run() override {
    for (crashed_ = false; !crashed_ && queue_.look();) readers_[queue_.front()]->do_read();
  }
  void crash() override { crashed_ = true; }
  void iterate(Duration) override {
    if (queue_.look()) readers_[queue_.front()]->do_read();
  }
  void add_reader(std::shared_ptr<Descriptor> descriptor) override {
    readers_.push_back(std::move(descriptor));
  }
  std::string evidence() const override { return kNullEvidence; }

  void stop() override { refuse(); }
  bool running() const override { refuse(); }
  std::optional<TriggerId> call_when_running(Callback) override { refuse(); }
  TriggerId add_system_event_trigger(Phase, std::string_view, Trigger) override { refuse(); }
  void remove_system_event_trigger(TriggerId) override { refuse(); }
  void fire_system_event(std::string_view) override { refuse(); }
  void set_error_observer(ErrorObserver) override { refuse(); }
  void report_error(const Failure&, const std::string&) noexcept override {}
  TimePoint now() const override { refuse(); }
  DelayedCallRef call_later(Duration, Callback) override { refuse(); }
  std::vector<DelayedCallRef> get_delayed_calls() const override { refuse(); }
  void add_writer(std::shared_ptr<Descriptor>) override { refuse(); }
  void remove_reader(Descriptor&) override { refuse(); }
  void remove_writer(Descriptor&) override { refuse(); }
  std::vector<std::shared_ptr<Descriptor>> remove_all() override { refuse(); }
  std::vector<std::shared_ptr<Descriptor>> get_readers() const override { refuse(); }
  std::vector<std::shared_ptr<Descriptor>> get_writers() const override { refuse(); }
  void call_from_thread(Callback) override { refuse(); }
  void call_in_thread(Callback) override { refuse(); }
  void suggest_thread_pool_size(std::size_t) override { refuse(); }
  std::shared_ptr<ThreadPool> thread_pool() override { refuse(); }
  bool in_reactor_thread() const override { refuse(); }

 private:
  [[noreturn]] static void refuse() { throw std::logic_error("the null reactor only reads"); }

  MemoryQueue& queue_;
  std::vector<std::shared_ptr<Descriptor>> readers_;
  bool crashed_ = false;
};

/// A library's loop that has readers only, numbered from 0. It ends when nothing is left, too.
class NullLibraryLoop final : public LibraryLoop {
 public:
  explicit NullLibraryLoop(MemoryQueue& queue) : queue_(queue) {}

  void watch_read(int, Call call, void* context) override { readers_.push_back({call, context}); }
  void run() override {
    for (stopped_ = false; !stopped_ && queue_.look();) serve();
  }
  void stop() override { stopped_ = true; }
  void poll() override {
    if (queue_.look()) serve();
  }
  std::string evidence() const override { return kNullEvidence; }

  void watch_write(int, Call, void*) override { refuse(); }
  void unwatch_read(int) override { refuse(); }
  void unwatch_write(int) override { refuse(); }
  std::size_t add_timer(Call, void*) override { refuse(); }
  void arm(std::size_t, Duration) override { refuse(); }
  void disarm(std::size_t) override { refuse(); }
  void on_wake(Call, void*) override { refuse(); }
  void wake() override { refuse(); }

 private:
  struct Reader {
    Call call;
    void* context;
  };

  [[noreturn]] static void refuse() { throw std::logic_error("the null loop only reads"); }
  void serve() {
    const Reader& reader = readers_[queue_.front()];
    reader.call(reader.context);
  }

  MemoryQueue& queue_;
  std::vector<Reader> readers_;
  bool stopped_ = false;
};

}  // namespace loopmark::bench
