// SPDX-License-Identifier: MIT
#include "reactors/tests/failing_call.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <string_view>

namespace {

std::atomic<const char*> failing = nullptr;  // the name of the call, until it has failed
int with = 0;
int passing = 0;  // so many calls before that

bool fails(std::string_view name) {
  const char* const wanted = failing;  // threads of the pool call, too
  if (wanted == nullptr || wanted != name || passing-- > 0) return false;
  failing = nullptr;
  errno = with;
  return true;
}

}  // namespace

// A macro, for a symbol's name and its parameters cannot be given otherwise.
#define STANDS_BEFORE(result, name, parameters, ...)                                             \
  extern "C" __attribute__((visibility("default"))) result name parameters {                     \
    static auto* const real = reinterpret_cast<result(*) parameters>(::dlsym(RTLD_NEXT, #name)); \
    return fails(#name) ? -1 : real(__VA_ARGS__);                                                \
  }
STANDS_BEFORE(ssize_t, read, (int fd, void* to, size_t size), fd, to, size)
STANDS_BEFORE(ssize_t, write, (int fd, const void* data, size_t size), fd, data, size)
STANDS_BEFORE(ssize_t, recv, (int fd, void* to, size_t size, int flags), fd, to, size, flags)
STANDS_BEFORE(ssize_t, send, (int fd, const void* data, size_t size, int flags), fd, data, size,
              flags)
STANDS_BEFORE(ssize_t, recvmsg, (int fd, msghdr* message, int flags), fd, message, flags)
STANDS_BEFORE(ssize_t, sendmsg, (int fd, const msghdr* message, int flags), fd, message, flags)
STANDS_BEFORE(ssize_t, recvfrom,
              (int fd, void* to, size_t size, int flags, sockaddr* from, socklen_t* length), fd, to,
              size, flags, from, length)
STANDS_BEFORE(ssize_t, sendto,
              (int fd, const void* data, size_t size, int flags, const sockaddr* to,
               socklen_t length),
              fd, data, size, flags, to, length)
STANDS_BEFORE(int, poll, (pollfd * asked, nfds_t count, int ms), asked, count, ms)
STANDS_BEFORE(int, accept4, (int fd, sockaddr* from, socklen_t* length, int flags), fd, from,
              length, flags)
STANDS_BEFORE(int, socket, (int family, int type, int protocol) noexcept, family, type, protocol)
STANDS_BEFORE(int, getsockopt,
              (int fd, int level, int option, void* value, socklen_t* length) noexcept, fd, level,
              option, value, length)
STANDS_BEFORE(int, getpeername, (int fd, sockaddr* peer, socklen_t* length) noexcept, fd, peer,
              length)
STANDS_BEFORE(int, chmod, (const char* path, mode_t mode) noexcept, path, mode)
STANDS_BEFORE(int, unlink, (const char* path) noexcept, path)

// Interrupted, it goes on by itself (connect(2)).
extern "C" __attribute__((visibility("default"))) int connect(int fd, const sockaddr* to,
                                                              socklen_t length) {
  static auto* const real = reinterpret_cast<decltype(&connect)>(::dlsym(RTLD_NEXT, "connect"));
  const int result = real(fd, to, length);
  return fails("connect") ? -1 : result;
}

// The error is one of the system.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* host,
                                                                  const char* service,
                                                                  const addrinfo* wanted,
                                                                  addrinfo** found) {
  static auto* const real =
      reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return fails("getaddrinfo") ? EAI_SYSTEM : real(host, service, wanted, found);
}

// This one answers its error.
extern "C" __attribute__((visibility("default"))) int pthread_create(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*function)(void*),
    void* argument) noexcept {
  static auto* const real =
      reinterpret_cast<decltype(&pthread_create)>(::dlsym(RTLD_NEXT, "pthread_create"));
  return fails("pthread_create") ? with : real(thread, attributes, function, argument);
}

void* operator new(std::size_t size) {
  void* const memory = fails("new") ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace loopmark {

FailingCall::FailingCall(const char* name, int error, int before) {
  with = error;
  passing = before;
  failing = name;
}

FailingCall::~FailingCall() {
  EXPECT_TRUE(has_failed()) << "the call was not made";
}

bool FailingCall::has_failed() {
  return failing.exchange(nullptr) == nullptr;
}

}  // namespace loopmark
