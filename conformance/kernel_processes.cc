// SPDX-License-Identifier: MIT
//
// The calls about processes, threads, names and memory that the worker stands before; the notes are in kernel.cc.
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "conformance/faults.h"
#include "conformance/kernel.h"
#include "conformance/live_blocks.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance::kernel {
namespace {

std::atomic<int> pidfd_error = 0;
std::atomic<int> pipe_error = 0;
std::atomic<int> pipes_until_error = 0;
std::atomic<std::size_t> signals = 0;

}  // namespace

void fail_pidfds(int error) {
  pidfd_error = error;
}

void fail_pipe(int number, int error) {
  pipe_error = error;
  pipes_until_error = number;
}

std::size_t signals_sent() {
  return signals;
}

}  // namespace loopmark::conformance::kernel

namespace kernel = loopmark::conformance::kernel;
namespace faults = loopmark::conformance::faults;
using loopmark::conformance::faults::Call;

LOOPMARK_STANDS_BEFORE int pidfd_open(pid_t pid, unsigned flags) noexcept {
  static auto* const real = kernel::next<int(pid_t, unsigned)>("pidfd_open");
  if (kernel::pidfd_error != 0) {
    errno = kernel::pidfd_error;
    return -1;
  }
  if (faults::fails(Call::kPidfdOpen, __builtin_return_address(0),
                    {EMFILE, ENFILE, ENOMEM, ENOSYS}))
    return -1;
  return real(pid, flags);
}

LOOPMARK_STANDS_BEFORE int pipe2(int ends[2], int flags) noexcept {
  static auto* const real = kernel::next<int(int*, int)>("pipe2");
  if (kernel::pipes_until_error != 0 && --kernel::pipes_until_error == 0) {
    errno = kernel::pipe_error;
    return -1;
  }
  if (faults::fails(Call::kPipe2, __builtin_return_address(0), {EMFILE, ENFILE})) return -1;
  return real(ends, flags);
}

LOOPMARK_STANDS_BEFORE int pidfd_send_signal(int fd, int number, siginfo_t* info,
                                             unsigned flags) noexcept {
  static auto* const real = kernel::next<int(int, int, siginfo_t*, unsigned)>("pidfd_send_signal");
  ++kernel::signals;
  if (faults::fails(Call::kPidfdSendSignal, __builtin_return_address(0), {EPERM})) return -1;
  return real(fd, number, info, flags);
}

LOOPMARK_STANDS_BEFORE int kill(pid_t pid, int number) noexcept {
  static auto* const real = kernel::next<int(pid_t, int)>("kill");
  ++kernel::signals;
  if (faults::fails(Call::kKill, __builtin_return_address(0), {EPERM})) return -1;
  return real(pid, number);
}

/// Fails when there is a child to be reaped, as if somebody else had done it just before.
LOOPMARK_STANDS_BEFORE int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  static auto* const real = kernel::next<int(idtype_t, id_t, siginfo_t*, int)>("waitid");
  const int result = real(type, id, info, options);
  const int error = errno;
  const bool has_reaped =
      result == 0 && info != nullptr && info->si_pid != 0 && (options & WNOWAIT) == 0;
  if (faults::fails(Call::kWaitid, __builtin_return_address(0),
                    has_reaped ? faults::Errors{ECHILD} : faults::Errors{}))
    return -1;
  errno = error;
  return result;
}

/// Only of one that is replaced for the first time: who could set one can set it back.
LOOPMARK_STANDS_BEFORE int sigaction(int number, const struct sigaction* action,
                                     struct sigaction* before) noexcept {
  static auto* const real =
      kernel::next<int(int, const struct sigaction*, struct sigaction*)>("sigaction");
  const bool can_fail = action != nullptr && before != nullptr;
  if (faults::fails(Call::kSigaction, __builtin_return_address(0),
                    can_fail ? faults::Errors{EINVAL} : faults::Errors{}))
    return -1;
  return real(number, action, before);
}

LOOPMARK_STANDS_BEFORE int getaddrinfo(const char* host, const char* service,
                                       const addrinfo* wanted, addrinfo** found) {
  static auto* const real =
      kernel::next<int(const char*, const char*, const addrinfo*, addrinfo**)>("getaddrinfo");
  switch (const int error = faults::strike(Call::kGetaddrinfo, __builtin_return_address(0),
                                           {faults::kNameAgain, faults::kNameMemory, EMFILE})) {
    case faults::kNone:
      return real(host, service, wanted, found);
    case faults::kNameAgain:
      return EAI_AGAIN;
    case faults::kNameMemory:
      return EAI_MEMORY;
    default:
      errno = error;
      return EAI_SYSTEM;
  }
}

// These answer an errno.

LOOPMARK_STANDS_BEFORE int posix_spawn(pid_t* pid, const char* path,
                                       const posix_spawn_file_actions_t* actions,
                                       const posix_spawnattr_t* attributes, char* const arguments[],
                                       char* const environment[]) {
  static auto* const real = kernel::next<decltype(posix_spawn)>("posix_spawn");
  const int error =
      faults::strike(Call::kPosixSpawn, __builtin_return_address(0), {EAGAIN, ENOMEM});
  return error ? error : real(pid, path, actions, attributes, arguments, environment);
}

LOOPMARK_STANDS_BEFORE int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* actions,
                                                            int from, int to) noexcept {
  static auto* const real =
      kernel::next<int(posix_spawn_file_actions_t*, int, int)>("posix_spawn_file_actions_adddup2");
  const int error = faults::strike(Call::kSpawnAdddup2, __builtin_return_address(0), {ENOMEM});
  return error ? error : real(actions, from, to);
}

LOOPMARK_STANDS_BEFORE int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t* actions,
                                                             int number) noexcept {
  static auto* const real =
      kernel::next<int(posix_spawn_file_actions_t*, int)>("posix_spawn_file_actions_addclose");
  const int error = faults::strike(Call::kSpawnAddclose, __builtin_return_address(0), {ENOMEM});
  return error ? error : real(actions, number);
}

LOOPMARK_STANDS_BEFORE int posix_spawn_file_actions_addclosefrom_np(
    posix_spawn_file_actions_t* actions, int number) noexcept {
  static auto* const real = kernel::next<int(posix_spawn_file_actions_t*, int)>(
      "posix_spawn_file_actions_addclosefrom_np");
  const int error = faults::strike(Call::kSpawnAddclosefrom, __builtin_return_address(0), {ENOMEM});
  return error ? error : real(actions, number);
}

LOOPMARK_STANDS_BEFORE int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t* actions,
                                                                const char* path) noexcept {
  static auto* const real = kernel::next<int(posix_spawn_file_actions_t*, const char*)>(
      "posix_spawn_file_actions_addchdir_np");
  const int error = faults::strike(Call::kSpawnAddchdir, __builtin_return_address(0), {ENOMEM});
  return error ? error : real(actions, path);
}

LOOPMARK_STANDS_BEFORE int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                          void* (*function)(void*), void* argument) noexcept {
  static auto* const real =
      kernel::next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
          "pthread_create");
  const void* const caller = faults::behind_cxx_library(__builtin_return_address(0));
  const int error = faults::strike(Call::kPthreadCreate, caller, {EAGAIN});
  return error ? error : real(thread, attributes, function, argument);
}

LOOPMARK_FOR_CALLER void* operator new(std::size_t size) {
  static auto* const real = kernel::next<void*(std::size_t)>("_Znwm");
  if (!faults::is_armed()) return real(size);
  const void* const caller = faults::behind_cxx_library(__builtin_return_address(0));
  const Call call = kernel::observes_this_thread() ? Call::kNew : Call::kNewElsewhere;
  if (faults::strike(call, caller, {faults::kBadAlloc}) != faults::kNone) throw std::bad_alloc();
  void* const block = real(size);
  if (faults::considers(caller)) faults::note_block(block);
  return block;
}

LOOPMARK_FOR_CALLER void operator delete(void* block) noexcept {
  static auto* const real = kernel::next<void(void*)>("_ZdlPv");
  if (faults::is_armed()) faults::forget_block(block);
  real(block);
}

LOOPMARK_FOR_CALLER void operator delete(void* block, std::size_t) noexcept {
  operator delete(block);
}
