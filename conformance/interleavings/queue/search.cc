// SPDX-License-Identifier: MIT
//
// A full search of the queue of thread calls under the memory model of C++, with Relacy. The queue is the product's own source, compiled here with other names for what it uses of the standard
// library (names.h). Around it stand the kernel's eventfd and the few lines of a loop's pass that deal with both.
//
//   queue-search [PREEMPTIONS]   runs every execution of one call, and of larger scenarios those with at most so many
//                                preemptions (4); prints how many they were, or the fault; exit code 1 for a fault
#include "conformance/interleavings/queue/names.h"

#include <cstdlib>
#include <iostream>

#include "reactors/parts/error_reports.h"

#define std on_relacy
#include "reactors/parts/thread_calls.cc"
#undef std

namespace {

loopmark::ErrorReports errors;

/// An eventfd, and the wait for it. Each call on it takes its spin lock (fs/eventfd.c), which orders what is before and
/// behind the calls.
class Eventfd {
 public:
  Eventfd() { readable_.init(true, false, RL_INFO); }
  ~Eventfd() { readable_.deinit(RL_INFO); }

  void write() {
    take_lock();
    readable_.set(RL_INFO);
  }
  void read() {
    readable_.reset(RL_INFO);
    take_lock();
  }
  void wait() {
    readable_.wait(false, false, RL_INFO);
    take_lock();
  }
  bool is_readable() {
    const bool ready = readable_.wait(true, false, RL_INFO) == rl::sema_wakeup_reason_success;
    take_lock();
    return ready;
  }

 private:
  void take_lock() { lock_.fetch_add(1, rl::mo_acq_rel, RL_INFO); }

  rl::generic_event readable_;
  rl::atomic<int> lock_{0};
};

/// A loop, in thread 0, and callers that hand in `each` calls; `own` calls are made by the loop's thread in its first batch.
template <class Suite, int callers, int each, int own>
class Scenario : public rl::test_suite<Suite, 1 + callers> {
 public:
  void before() {
    if (own > 0) calls_.add([this] { hand_in_own(); });
  }

  void thread(unsigned number) {
    if (number == 0) return serve();
    for (short call = 0; call < each; ++call) {
      if (hand_in(static_cast<short>(number), call)) waker_.write();
    }
  }

  void after() {
    RL_ASSERT(left_ == 0);
    RL_ASSERT(in_order_);
  }

 private:
  /// Nothing in the function is larger than what std::function holds without allocating.
  bool hand_in(short thread, short call) {
    return calls_.add([this, thread, call] {
      if (made_[thread]++ != call) in_order_ = false;
      --left_;
    });
  }

  /// As LoopReactor does for its own thread: it asks before each wait, so nobody is woken.
  void hand_in_own() {
    for (short call = 0; call < own; ++call) hand_in(0, call);
  }

  /// LoopReactor::iteration() and NativeLoop::pass(), as far as they concern the queue.
  void serve() {
    while (left_ > 0) {
      calls_.run_batch();
      if (left_ == 0) break;
      if (!calls_.pending()) {
        waker_.wait();
      } else if (!waker_.is_readable()) {
        continue;
      }
      waker_.read();
    }
  }

  loopmark::ThreadCalls calls_{errors};
  Eventfd waker_;
  // These belong to the loop's thread.
  int made_[1 + callers] = {};
  int left_ = callers * each + own;
  bool in_order_ = true;
};

struct OneCall : Scenario<OneCall, 1, 1, 0> {};
struct OneCallerTwice : Scenario<OneCallerTwice, 1, 2, 0> {};
struct TwoCallers : Scenario<TwoCallers, 2, 1, 0> {};
struct CallDuringABatch : Scenario<CallDuringABatch, 1, 1, 1> {};

/// Every execution, or those with at most `bound` preemptions.
constexpr unsigned kUnbounded = 0;

template <class Suite>
bool search(const char* name, unsigned bound) {
  std::ostream nowhere(nullptr);  // a buffer of its own would be one that Relacy does not know
  rl::test_params params;
  params.search_type = bound == kUnbounded ? rl::fair_full_search_scheduler_type
                                           : rl::fair_context_bound_scheduler_type;
  params.context_bound = bound;
  params.output_stream = &nowhere;
  params.progress_stream = &nowhere;
  const bool good = rl::simulate<Suite>(params);
  std::cout << name << ": " << params.stop_iteration << " executions";
  if (bound != kUnbounded) std::cout << " with at most " << bound << " preemptions";
  if (!good) std::cout << ", fault: " << rl::test_result_str(params.test_result);
  std::cout << std::endl;
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned bound = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 4;
  bool good = search<OneCall>("one_call", kUnbounded);
  good = search<OneCallerTwice>("one_caller_twice", bound) && good;
  good = search<CallDuringABatch>("call_during_a_batch", bound) && good;
  good = search<TwoCallers>("two_callers", bound) && good;
  return good ? 0 : 1;
}
