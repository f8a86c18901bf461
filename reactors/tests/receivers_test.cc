// SPDX-License-Identifier: MIT
//
// Descriptors that come over a UNIX connection, two at a time.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/services/log.h"
#include "reactors/tests/file_limit.h"
#include "reactors/tests/served_connection.h"

namespace loopmark {
namespace {

using Receivers = ServedConnection;

class Receiver final : public Talker, public FileDescriptorReceiver {
 public:
  void file_descriptor_received(UniqueFd) override {
    ++descriptors;
    on_descriptor();
  }
  void close() { transport()->lose_connection(); }

  std::function<void()> on_descriptor;
  int descriptors = 0;
};

/// Sends one byte with two descriptors.
void send_two_descriptors(int to) {
  char byte = 'x';
  iovec bytes{&byte, 1};
  const std::array<int, 2> sent{STDIN_FILENO, STDERR_FILENO};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof sent)> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof sent);
  std::memcpy(CMSG_DATA(part), sent.data(), sizeof sent);
  ASSERT_EQ(::sendmsg(to, &message, 0), 1);
}

TEST_F(Receivers, ThatThrowAreGivenNoMoreDescriptors) {
  const auto receiver = serve(std::make_shared<Receiver>());
  receiver->on_descriptor = [] { throw std::runtime_error("not I"); };
  send_two_descriptors(far_.get());
  pass();
  EXPECT_EQ(receiver->descriptors, 1);
  expect_one_loss<std::runtime_error>(*receiver);
}

TEST_F(Receivers, ThatCloseAreGivenNoMoreDescriptors) {
  const auto receiver = serve(std::make_shared<Receiver>());
  receiver->on_descriptor = [&] { receiver->close(); };
  send_two_descriptors(far_.get());
  pass(2);
  EXPECT_EQ(receiver->descriptors, 1);
  EXPECT_EQ(receiver->received, "");
  expect_one_loss<ConnectionDone>(*receiver);
}

TEST_F(Receivers, AreGivenBytesWhateverTheLogThrows) {
  const auto talker = serve(std::make_shared<Talker>());
  query<ReactorLog>(*reactor_).set_observer(
      [](const std::string&) { throw std::runtime_error("no log"); });
  send_two_descriptors(far_.get());  // neither of which it takes
  pass();
  EXPECT_EQ(talker->received, "x");
  EXPECT_EQ(errors_, (std::vector<std::string>{"no log", "no log"}));
}

TEST_F(Receivers, AreGivenBytesWhoseDescriptorsFindNoRoom) {
  const auto talker = serve(std::make_shared<Talker>());
  std::vector<std::string> lines;
  query<ReactorLog>(*reactor_).set_observer(
      [&](const std::string& line) { lines.push_back(line); });
  send_two_descriptors(far_.get());
  {
    const FileLimit none_left(lowest_free_number());
    pass();
  }
  EXPECT_EQ(talker->received, "x");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].ends_with("descriptors were lost: the process can have no more"));
}

}  // namespace
}  // namespace loopmark
