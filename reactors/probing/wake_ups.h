// SPDX-License-Identifier: MIT
//
// Activation by hand, and what other threads do.
#pragma once

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "reactors/probing/chains.h"

namespace loopmark::profile {

/// `make` makes a watcher that calls a function, and `activate` has it called.
template <class Loop, class Watcher, Watcher* (*make)(Loop&, Function),
          void (*activate)(Loop&, Watcher*)>
struct Activation {
  static Answer activation(const Backend& row, Kernel&) {
    Loop loop(row);
    int calls = 0, calls_inside = 0;
    Watcher* const second = make(loop, [&] { ++calls; });
    Watcher* const first = make(loop, [&] {
      activate(loop, second);
      calls_inside = calls;
    });
    activate(loop, first);
    loop.poll();
    if (calls_inside > 0) return {"inside", "it was called inside that call"};
    return {"deferred", "it was called after the callback that had activated it"};
  }

  static Answer activation_chain(const Backend& row, Kernel&) {
    Loop loop(row);
    Watcher* chain = nullptr;
    return chain_answer(loop, [&](const std::function<bool()>& goes_on) {
      chain = make(loop, [&loop, &chain, goes_on] {
        if (goes_on()) activate(loop, chain);
      });
      activate(loop, chain);
    });
  }
};

/// `make` starts what another thread may wake the loop by, `wake` does.
template <class Loop, class Waker, Waker* (*make)(Loop&, Function), void (*wake)(Loop&, Waker*)>
Answer wake_coalescing(const Backend& row, Kernel&) {
  Loop loop(row);
  std::size_t calls = 0;
  Waker* const waker = make(loop, [&] { ++calls; });
  for (int i = 0; i < 3; ++i) wake(loop, waker);
  poll_thrice(loop);
  return repeats_answer(calls);
}

/// Whether `act`, in another thread, ends a wait: a pipe that becomes ready behind it does so in any case, and then is
/// the only descriptor that the wait tells of.
template <class Loop, class Act>
bool ends_wait(Loop& loop, Kernel& kernel, Act act) {
  const Line line = make_pipe();
  loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    loop.stop();
  });
  kernel.forget_waits();
  kernel.on_next_block([&] {
    std::thread(act).join();
    line.put();
  });
  loop.run();
  return kernel.waits().front().result > 1;
}

/// For from_thread(): watches a pipe that has data.
template <class Loop>
Function watch_there(Loop& loop) {
  const auto line = std::make_shared<Line>(make_pipe());
  line->put();
  return
      [&loop, line] { loop.watch(line->near.get(), kRead, [line](Directions) { line->take(); }); };
}

/// Whether a thread of this process waits for something, by proc(5).
inline bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string number, name, state;
  return file >> number >> name >> state && state == "S";
}

/// Whether another thread that stops a watcher waits for the watcher's callback, which is running, to return.
template <class Loop, bool (*prepare)()>
Answer cancel_while_called(const Backend& row, Kernel&) {
  prepare();
  Loop loop(row);
  const Line line = make_pipe();
  bool waits = false;
  std::atomic<pid_t> id = 0;
  std::atomic<bool> returned = false;
  std::thread other;
  decltype(loop.watch(0, kRead, Call())) watcher = nullptr;
  watcher = loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    other = std::thread([&] {
      id = ::gettid();
      loop.remove(watcher);
      returned = true;
    });
    while (!returned && !(id > 0 && sleeps(id))) std::this_thread::yield();
    waits = !returned;
  });
  line.put();
  loop.poll();
  other.join();
  if (waits) return {"waits", "it returned after the callback"};
  return {"returns", "it returned while the callback was running"};
}

/// `prepare` does what the library asks for before threads are used, and returns whether there is such a thing; `act` is
/// made ready in the loop's thread, and returns what the other one does.
template <class Loop, Function (*act)(Loop&), bool (*prepare)()>
Answer from_thread(const Backend& row, Kernel& kernel) {
  const auto wakes = [&] {
    Loop loop(row);
    return ends_wait(loop, kernel, act(loop));
  };
  if (wakes()) return {"wakes", "it ended the wait"};
  if (!prepare()) return {"not-noticed", "it did not end the wait"};
  if (wakes()) return {"wakes-if-set-up", "it ended the wait only where threads were prepared for"};
  return {"not-noticed", "it did not end the wait, nor did it where threads were prepared for"};
}

}  // namespace loopmark::profile
