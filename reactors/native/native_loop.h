// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "reactors/native/event_provider.h"
#include "reactors/native/timer_queue.h"
#include "reactors/native/waker.h"

namespace loopmark {

/// Our own loop over an event provider. A pass serves the delayed calls that are due, by one reading of the clock, and
/// then waits and dispatches once.
class NativeLoop final : public Loop, private ProviderClient {
 public:
  NativeLoop(LoopClient& client, std::unique_ptr<EventProvider> provider);

  void pass(Duration at_most) override;
  void watch(int fd, Interest interest) override;
  void unwatch(int fd) noexcept override;
  void arm(TimerSlot slot, TimePoint deadline) override { timers_.arm(slot, deadline); }
  void disarm(TimerSlot slot) noexcept override { timers_.disarm(slot); }
  void wake() noexcept override { waker_.wake(); }
  std::string evidence() const override { return provider_->evidence(); }

 private:
  struct Slot {
    Interest want = Interest::kNone;
    Interest have = Interest::kNone;  // what the provider was told last
    bool changed = false;             // it is in changed_
    bool anew = false;                // unwatched since the provider was told
    std::uint32_t generation = 0;  // of the present registration; events of an older one are stale
  };

  void ready(int fd, Ready what, std::uint32_t generation) noexcept override;
  void refused(int fd, int error, std::uint32_t generation) noexcept override;

  void serve_and_wait(Duration at_most);
  Duration serve_timers();
  Slot& slot(int fd) { return slots_[static_cast<std::size_t>(fd)]; }
  void make_room(std::size_t number);
  void collect_changes();
  void note_change(int fd, Slot& slot);
  void note_stale(const Slot& slot);
  void apply_all_again();

  LoopClient& client_;
  std::unique_ptr<EventProvider> provider_;
  TimerQueue timers_;
  Waker waker_;
  int waker_error_ = 0;      // with which the kernel has refused to watch that, in this pass
  std::vector<Slot> slots_;  // by file descriptor
  std::vector<int>
      changed_;  // numbers whose interest has to be told to the provider before the next wait
  std::vector<InterestChange> changes_;
  std::uint32_t last_generation_ = 0;
  bool kernel_holds_stale_ =
      false;  // an event came of a registration that had ended, or a wait failed
};

/// For a backend's row: make = make_loop_reactor<make_native_loop<SelectProvider>>.
template <class Provider>
std::unique_ptr<Loop> make_native_loop(LoopClient& client) {
  return std::make_unique<NativeLoop>(client, std::make_unique<Provider>());
}

}  // namespace loopmark
