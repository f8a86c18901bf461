// SPDX-License-Identifier: MIT
#include "conformance/probe.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "reactors/base/check.h"
#include "reactors/errors.h"

namespace loopmark::conformance {

int Probe::fileno() const {
  ++asked;
  return fd_.get();
}

Progress Probe::do_read() {
  ++reads;
  return on_read ? on_read(*this) : read_some();
}

Progress Probe::do_write() {
  ++writes;
  return on_write ? on_write(*this) : write_one();
}

void Probe::connection_lost(const Failure& reason) {
  losses.push_back(reason);
  if (on_lost) on_lost(*this, reason);
}

Progress Probe::read_some(std::size_t at_most) {
  std::string buffer(at_most, '\0');
  const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
  if (got > 0) {
    received.append(buffer, 0, static_cast<std::size_t>(got));
    return Progress::more();
  }
  if (got == 0) return Progress::lost(Failure::of(ConnectionDone()));
  if (errno == EAGAIN) return Progress::drained();
  return Progress::lost(Failure::of(ConnectionLost(std::strerror(errno))));
}

Progress Probe::write_one() {
  // send() keeps SIGPIPE away from sockets; a pipe has only write(), and there the reactor keeps it away.
  ssize_t sent = ::send(fd_.get(), "x", 1, MSG_NOSIGNAL);
  if (sent < 0 && errno == ENOTSOCK) sent = ::write(fd_.get(), "x", 1);
  if (sent > 0) return Progress::more();
  if (errno == EAGAIN) return Progress::drained();
  return Progress::lost(Failure::of(ConnectionLost(std::strerror(errno))));
}

void HalfCloseableProbe::read_connection_lost(const Failure& reason) {
  read_losses.push_back(reason);
  if (on_read_lost) on_read_lost();
}

void HalfCloseableProbe::write_connection_lost(const Failure& reason) {
  write_losses.push_back(reason);
}

std::pair<UniqueFd, UniqueFd> socket_pair() {
  int fds[2];
  check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
             "socketpair");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::pair<UniqueFd, UniqueFd> make_pipe() {
  int fds[2];
  check_call(::pipe2(fds, O_NONBLOCK | O_CLOEXEC), "pipe2");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

UniqueFd regular_file(std::string_view content) {
  char name[] = "/tmp/loopmark-XXXXXX";
  UniqueFd file(check_call(::mkostemp(name, O_CLOEXEC), "mkostemp"));
  ::unlink(name);
  put(file, content);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

void put(const UniqueFd& fd, std::string_view text) {
  // A peer may be gone because the call that was to serve it was made to fail: that is EPIPE, and not the end of the case.
  sigset_t sigpipe, before;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  const ssize_t written = ::write(fd.get(), text.data(), text.size());
  const int error = errno;
  const timespec at_once{};
  if (written < 0 && error == EPIPE) sigtimedwait(&sigpipe, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (written < 0) throw_errno("write", error);
  if (static_cast<std::size_t>(written) != text.size()) throw_errno("write", ENOSPC);
}

}  // namespace loopmark::conformance
