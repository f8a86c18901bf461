// SPDX-License-Identifier: MIT
#include "reactors/parts/delayed_calls.h"

#include <stdexcept>
#include <utility>

namespace loopmark {

class DelayedCalls::Call final : public DelayedCall, public std::enable_shared_from_this<Call> {
 public:
  Call(DelayedCalls& owner, TimerSlot slot, Callback function)
      : owner_(&owner), slot_(slot), function_(std::move(function)) {}

  void cancel() override {
    require_active();
    end(State::kCancelled);
  }

  void reset(Duration delay) override {
    require_active();
    if (delay < Duration::zero()) throw std::invalid_argument("reset: negative delay");
    owner_->schedule(*this, later_by(owner_->loop_.now(), delay));
  }

  void delay(Duration by) override {
    require_active();
    owner_->schedule(*this, later_by(deadline_, by));
  }

  bool active() const override { return state_ == State::kPending; }
  TimePoint deadline() const override { return deadline_; }

  std::string to_string() const override {
    if (state_ == State::kCalled) return "delayed call, called";
    if (state_ == State::kCancelled) return "delayed call, cancelled";
    if (deadline_ == TimePoint::max()) return "delayed call, pending, due never";
    const std::chrono::duration<double> left = deadline_ - owner_->loop_.now();
    return "delayed call, pending, due in " + std::to_string(left.count()) + " s";
  }

 private:
  friend class DelayedCalls;
  enum class State { kPending, kCalled, kCancelled };

  void require_active() const {
    if (state_ == State::kCalled) throw AlreadyCalled();
    if (state_ == State::kCancelled) throw AlreadyCancelled();
  }

  /// Leaves the slot and gives up the function, whose captures may call back into anything when they are destroyed.
  Callback end(State state) noexcept {
    const std::shared_ptr<Call> self = shared_from_this();
    Callback function = std::exchange(function_, nullptr);
    state_ = state;
    std::exchange(owner_, nullptr)->release(*this);
    return function;
  }

  DelayedCalls* owner_;
  TimerSlot slot_;
  State state_ = State::kPending;
  bool armed_ = false;  // false also for a deadline of never
  TimePoint deadline_ = TimePoint::max();
  Callback function_;
};

DelayedCalls::~DelayedCalls() {
  for (std::size_t slot = 0; slot < calls_.size(); ++slot) {
    // A destructor of a capture may cancel another call.
    if (const std::shared_ptr<Call> call = calls_[slot]) call->end(Call::State::kCancelled);
  }
}

DelayedCallRef DelayedCalls::call_later(Duration delay, Callback function) {
  if (delay < Duration::zero()) throw std::invalid_argument("call_later: negative delay");
  if (!function) throw std::invalid_argument("call_later: the function must not be empty");
  if (free_slots_.empty()) {
    if (calls_.size() == free_slots_.capacity())  // so that release() needs no memory
      free_slots_.reserve(2 * calls_.size() + 1);
    calls_.emplace_back();
    free_slots_.push_back(static_cast<TimerSlot>(calls_.size() - 1));
  }
  const TimerSlot slot = free_slots_.back();
  const auto call = std::make_shared<Call>(*this, slot, std::move(function));
  schedule(*call, later_by(loop_.now(), delay));
  free_slots_.pop_back();
  calls_[slot] = call;
  return call;
}

std::vector<DelayedCallRef> DelayedCalls::pending() const {
  std::vector<DelayedCallRef> pending;
  for (const std::shared_ptr<Call>& call : calls_) {
    if (call) pending.push_back(call);
  }
  return pending;
}

void DelayedCalls::due(TimerSlot slot) noexcept {
  Call& call = *calls_[slot];
  call.armed_ = false;
  if (call.deadline_ > seen_) seen_ = loop_.now();
  if (call.deadline_ > seen_) {  // the loop's clock is coarser than ours, or cached
    errors_.guard("delayed call", [&] { schedule(call, call.deadline_); });
    return;
  }
  const Callback function = call.end(Call::State::kCalled);
  errors_.guard("delayed call", function);
}

void DelayedCalls::schedule(Call& call, TimePoint deadline) {
  if (deadline == TimePoint::max()) {
    if (call.armed_) loop_.disarm(call.slot_);
    call.armed_ = false;
  } else {
    loop_.arm(call.slot_, deadline);
    call.armed_ = true;
  }
  call.deadline_ = deadline;
}

void DelayedCalls::release(Call& call) noexcept {
  if (call.armed_) loop_.disarm(call.slot_);
  call.armed_ = false;
  free_slots_.push_back(call.slot_);
  calls_[call.slot_] = nullptr;
}

}  // namespace loopmark
