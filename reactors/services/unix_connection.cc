// SPDX-License-Identifier: MIT
#include "reactors/services/unix_connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "reactors/base/check.h"
#include "reactors/errors.h"
#include "reactors/services/log.h"
#include "reactors/services/report.h"

namespace loopmark {
namespace {

constexpr std::size_t kMostQueued = 64;     // without pausing the producer (UNIX-FD-06)
constexpr std::size_t kMostReceived = 253;  // in one message: the kernel's SCM_MAX_FD

/// The descriptors of a message, which are the receiver's from now on: those that are not taken are closed. No memory is
/// needed to have them.
class Received {
 public:
  explicit Received(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
        ++others_;
        continue;
      }
      const std::size_t bytes = part->cmsg_len - CMSG_LEN(0);
      for (std::size_t i = 0; i + sizeof(int) <= bytes; i += sizeof(int))
        std::memcpy(&fds_.at(end_++), CMSG_DATA(part) + i, sizeof(int));
    }
  }
  Received(const Received&) = delete;
  Received& operator=(const Received&) = delete;
  ~Received() {
    while (!empty()) take();
  }

  bool empty() const { return next_ == end_; }
  UniqueFd take() { return UniqueFd(fds_[next_++]); }
  /// Counts what is no descriptor.
  int others() const { return others_; }

 private:
  std::array<int, kMostReceived> fds_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  int others_ = 0;
};

}  // namespace

void UNIXConnection::send_file_descriptor(int fd) {
  if (!takes_writes()) return;
  descriptors_.push_back(UniqueFd(check_call(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl")));
  want_write();  // the next pass sends it, with the bytes that are written until then
  pause_if_full();
}

bool UNIXConnection::has_unsent() const {
  return StreamConnection::has_unsent() || !descriptors_.empty();
}

bool UNIXConnection::is_full() const {
  return StreamConnection::is_full() || descriptors_.size() > kMostQueued;
}

/// One descriptor goes with one byte, so that each finds room at the peer, and order is kept.
std::size_t UNIXConnection::send_some(std::string_view data) {
  if (descriptors_.empty()) return StreamConnection::send_some(data);
  if (descriptors_.size() > data.size())
    throw ConnectionLost("there are more descriptors than bytes to send them with");
  iovec first{const_cast<char*>(data.data()), 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &first;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = descriptors_.front().get();
  std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  for (;;) {
    if (::sendmsg(fileno(), &message, MSG_NOSIGNAL) == 1) {
      descriptors_.pop_front();
      return 1;
    }
    if (errno == EAGAIN) return 0;
    if (errno != EINTR)
      throw ConnectionLost(std::string("a descriptor could not be sent: ") + std::strerror(errno));
  }
}

ssize_t UNIXConnection::receive(char* to, std::size_t size) {
  iovec bytes{to, size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostReceived * sizeof(int)) + 1024> control;
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(fileno(), &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  Received received(message);
  if (message.msg_flags & MSG_CTRUNC) note("descriptors were lost: the process can have no more");
  while (!received.empty()) deliver(received.take());
  if (received.others() > 0) note("passed over ancillary data that is no descriptor");
  if (!is_closing()) return count;
  errno = EAGAIN;  // closed by who was given a descriptor: nothing more is received
  return -1;
}

void UNIXConnection::deliver(UniqueFd fd) {
  if (is_closing()) return;
  if (auto* const receiver = dynamic_cast<FileDescriptorReceiver*>(protocol())) {
    receiver->file_descriptor_received(std::move(fd));
  } else {
    note("closed a descriptor that its protocol does not take");
  }
}

void UNIXConnection::note(const std::string& what) {
  guarded(
      reactor(), [this] { return log_prefix(); },
      [&] { query<ReactorLog>(reactor()).write(log_prefix() + ": " + what); });
}

}  // namespace loopmark
