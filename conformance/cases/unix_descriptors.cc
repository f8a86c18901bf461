// SPDX-License-Identifier: MIT
//
// Section 15, UNIX-domain sockets: descriptors that travel with the bytes.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

#include "conformance/probe.h"
#include "conformance/talker.h"
#include "reactors/errors.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/log.h"
#include "reactors/services/unix_transport.h"

namespace loopmark::conformance {
namespace {

/// A talker that takes descriptors.
class Taker : public Talker, public FileDescriptorReceiver {
 public:
  void file_descriptor_received(UniqueFd fd) override {
    note("descriptor");
    taken.push_back(std::move(fd));
  }
  std::vector<UniqueFd> taken;
};

/// A talker at one end of a UNIX connection; the case holds the other end.
template <class Kind = Taker>
struct End {
  explicit End(CaseContext& t) : End(t, socket_pair()) {}
  End(CaseContext& t, std::pair<UniqueFd, UniqueFd> ends)
      : factory(talkers<Kind>(t, "near")), far(std::move(ends.second)) {
    query<ReactorSocket>(t.reactor()).adopt_stream_connection(ends.first.get(), factory);
  }
  Kind& talker() { return factory->only(); }
  UNIXTransport& wire() { return dynamic_cast<UNIXTransport&>(talker().wire()); }

  std::shared_ptr<TalkerFactory<Kind>> factory;
  UniqueFd far;
};

/// Sends `text` with a control message for each group of descriptors.
void send_descriptors(const UniqueFd& socket, std::string text,
                      const std::vector<std::vector<int>>& groups) {
  iovec bytes{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, 512> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  std::size_t used = 0;
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  for (const std::vector<int>& group : groups) {
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(group.size() * sizeof(int));
    std::memcpy(CMSG_DATA(part), group.data(), group.size() * sizeof(int));
    used += CMSG_SPACE(group.size() * sizeof(int));
    part = CMSG_NXTHDR(&message, part);
  }
  message.msg_controllen = used;
  ASSERT_EQ(::sendmsg(socket.get(), &message, MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// Which file it is.
ino_t file_of(const UniqueFd& fd) {
  struct stat file {};
  EXPECT_EQ(::fstat(fd.get(), &file), 0);
  return file.st_ino;
}

CASE("UNIX-FD-01", SentDescriptorArrivesAsADuplicate,
     "the peer's protocol gets a descriptor of the same file under another number",
     "unix_fd_not_sent") {
  auto [one, other] = socket_pair();
  End<> near(t, {std::move(one), UniqueFd()});
  End<> far(t, {std::move(other), UniqueFd()});
  const UniqueFd file = regular_file("shared");
  near.wire().send_file_descriptor(file.get());
  near.talker().wire().write("x");
  far.talker().on_data = [&](Talker&, std::string_view) { t.reactor().stop(); };
  t.reactor().run();
  EXPECT_EQ(far.talker().received, "x");
  ASSERT_EQ(far.talker().taken.size(), 1u);
  EXPECT_NE(far.talker().taken[0].get(), file.get());
  EXPECT_EQ(file_of(far.talker().taken[0]), file_of(file));
}

CASE("UNIX-FD-01", SenderMayCloseItsOwnAtOnce,
     "a descriptor that is queued arrives although its sender has closed its own",
     "unix_fd_borrowed") {
  auto [one, other] = socket_pair();
  End<> near(t, {std::move(one), UniqueFd()});
  End<> far(t, {std::move(other), UniqueFd()});
  UniqueFd file = regular_file("shared");
  const ino_t sent = file_of(file);
  near.wire().send_file_descriptor(file.get());
  near.talker().wire().write("x");
  file.reset();
  t.run_window(4);
  ASSERT_EQ(far.talker().taken.size(), 1u);
  EXPECT_EQ(file_of(far.talker().taken[0]), sent);
}

CASE("UNIX-FD-02", DescriptorComesBeforeItsBytes,
     "a descriptor is delivered before the bytes that it came with", "unix_fd_after_the_bytes") {
  End<> near(t);
  const UniqueFd file = regular_file("");
  near.talker().on_data = [&](Talker&, std::string_view) {
    EXPECT_EQ(near.talker().taken.size(), 1u);
    if (near.talker().received == "bytes") t.reactor().stop();
  };
  send_descriptors(near.far, "bytes", {{file.get()}});
  t.reactor().run();
  EXPECT_EQ(near.talker().received, "bytes");
}

CASE("UNIX-FD-03", DescriptorsOfAMessageKeepTheirOrder,
     "each descriptor of a message is delivered by itself, in the order sent",
     "unix_fd_last_first") {
  const UniqueFd first = regular_file("1"), second = regular_file("2"), third = regular_file("3");
  const std::vector<ino_t> sent{file_of(first), file_of(second), file_of(third)};
  const std::vector<std::vector<std::vector<int>>> messages{
      {{first.get(), second.get(), third.get()}}, {{first.get()}, {second.get(), third.get()}}};
  for (const auto& groups : messages) {
    End<> near(t);
    send_descriptors(near.far, "x", groups);
    t.run_window();
    std::vector<ino_t> taken;
    for (const UniqueFd& fd : near.talker().taken) taken.push_back(file_of(fd));
    EXPECT_EQ(taken, sent) << groups.size() << " control messages";
  }
}

CASE("UNIX-FD-04", MoreDescriptorsThanBytesEndTheConnection,
     "more queued descriptors than bytes to carry them end the connection with an error",
     "unix_fd_overrun_waits") {
  End<> near(t);
  const UniqueFd file = regular_file("");
  near.wire().send_file_descriptor(file.get());
  near.wire().send_file_descriptor(file.get());
  near.talker().wire().write("x");
  bool stopping = false;
  near.talker().on_lost = [&](Talker&, const Failure&) { EXPECT_FALSE(stopping); };
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown", [&] { stopping = true; });
  t.run_window(4);
  ASSERT_EQ(near.talker().losses.size(), 1u);
  EXPECT_TRUE(near.talker().losses[0].is<ConnectionLost>());
}

CASE("UNIX-FD-05", UnwantedDescriptorIsClosed,
     "a descriptor for a protocol that has not declared the role is logged and closed, and the "
     "bytes arrive",
     "unix_fd_unwanted_is_kept") {
  End<Talker> near(t);
  std::vector<std::string> lines;
  query<ReactorLog>(t.reactor()).set_observer([&](const std::string& line) {
    lines.push_back(line);
  });
  auto [reading, writing] = make_pipe();
  send_descriptors(near.far, "bytes", {{writing.get()}});
  writing.reset();
  t.run_window();
  EXPECT_EQ(near.talker().received, "bytes");
  EXPECT_FALSE(lines.empty());  // one each time that something is received
  char byte = 0;
  EXPECT_EQ(::read(reading.get(), &byte, 1), 0) << "nobody can write to the pipe any more";
}

/// A producer that counts.
struct Counting : PushProducer {
  void pause_producing() override { ++pauses; }
  void resume_producing() override { ++resumptions; }
  void stop_producing() override {}
  int pauses = 0;
  int resumptions = 0;
};

CASE("UNIX-FD-06", QueuedDescriptorsPauseTheProducer,
     "a push producer is paused when many descriptors are queued, and resumed when they are sent",
     "unix_fd_uncounted") {
  End<> near(t);
  const UniqueFd file = regular_file("");
  const auto producer = std::make_shared<Counting>();
  near.talker().wire().register_producer(producer);
  for (int i = 0; i < 100; ++i) near.wire().send_file_descriptor(file.get());
  EXPECT_EQ(producer->pauses, 1);
  near.talker().wire().write(std::string(100, 'x'));
  t.run_window(4);
  EXPECT_EQ(producer->resumptions, 1);
}

CASE("UNIX-FD-07", OtherAncillaryDataIsPassedOver,
     "ancillary data that is no descriptor is logged, and the stream goes on",
     "unix_fd_other_data_ends_it") {
  auto ends = socket_pair();
  const int on = 1;  // the kernel then says who has sent each message (unix(7))
  ASSERT_EQ(::setsockopt(ends.first.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
  End<> near(t, std::move(ends));
  std::vector<std::string> lines;
  query<ReactorLog>(t.reactor()).set_observer([&](const std::string& line) {
    lines.push_back(line);
  });
  put(near.far, "bytes");
  t.run_window();
  EXPECT_EQ(near.talker().received, "bytes");
  EXPECT_FALSE(lines.empty());  // one each time that something is received
}

}  // namespace
}  // namespace loopmark::conformance
