// SPDX-License-Identifier: MIT
//
// Notes.
//
// a) A thread is asked by a signal. Its handler, which runs on that thread's stack, looks whose frame is the first; the calls
//    that wait for events are the worker's own (kernel.h). One that blocks the signal does not answer.
// b) Nothing here waits with a time limit of the C++ library's, whose clock may be the virtual one.
#include "conformance/told_hang.h"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <thread>

#include "conformance/faults.h"
#include "conformance/told_errors.h"

namespace loopmark::conformance::faults {
namespace {

constexpr timespec kRound{0, 2'000'000};
constexpr int kPatience = 500;  // rounds
constexpr int kAnswered = 50;   // the same, for an answer

enum class Place { kUnknown, kWorker, kBackend };

std::atomic<Place> answer;
std::atomic<bool> is_over = false;
std::thread* watcher =
    nullptr;  // never destroyed: the process may end without the call that joins it

void rest() {
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &kRound, nullptr);
}

void tell_place(int, siginfo_t*, void* context) {
  const int error = errno;
  answer = was_in_worker(context) ? Place::kWorker : Place::kBackend;
  errno = error;
}

Place place_of(pid_t thread) {
  answer = Place::kUnknown;
  ::tgkill(::getpid(), thread, SIGRTMAX);
  for (int i = 0; i < kAnswered && answer == Place::kUnknown; ++i) rest();
  return answer;
}

bool hangs_in_case() {
  struct sigaction action {};
  action.sa_sigaction = tell_place;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGRTMAX, &action, nullptr);
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const pid_t thread = std::stoi(task.path().filename());
    if (thread != ::gettid() && place_of(thread) == Place::kWorker) return true;
  }
  return false;
}

void watch(void (*give_up)(const std::string& message)) {
  for (int rounds = 0; !is_over; rest()) {
    look_at_others();
    if (told().empty() || ++rounds < kPatience) continue;
    if (hangs_in_case()) give_up("the case does not go on after the error that it was told of");
    rounds = 0;
  }
}

}  // namespace

void watch_for_hang(void (*give_up)(const std::string& message)) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the threads of the case
  watcher = new std::thread(watch, give_up);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void stop_watching_for_hang() {
  is_over = true;
  if (watcher != nullptr && watcher->joinable()) watcher->join();
}

}  // namespace loopmark::conformance::faults
