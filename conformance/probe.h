// SPDX-License-Identifier: MIT
//
// Descriptors for cases.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"

namespace loopmark::conformance {

/// A descriptor that counts what it is told, and does what its functions say. It owns its file descriptor. Without
/// on_read it reads up to 4096 bytes a call into `received` (the end: ConnectionDone, an error: ConnectionLost); without
/// on_write it sends one byte a call (a dead peer: ConnectionLost).
class Probe : public Descriptor {
 public:
  explicit Probe(UniqueFd fd) : fd_(std::move(fd)) {}

  int fileno() const override;
  Progress do_read() override;
  Progress do_write() override;
  void connection_lost(const Failure& reason) override;
  std::string log_prefix() const override { return prefix; }

  /// What the counters do without on_read and on_write; for functions that only want to add something.
  Progress read_some(std::size_t at_most = 4096);
  Progress write_one();

  /// Closes the file descriptor; fileno() is -1 from then on.
  void close() { fd_.reset(); }
  /// Gives the file descriptor away; fileno() is -1 from then on.
  UniqueFd release() { return UniqueFd(fd_.release()); }

  std::function<Progress(Probe&)> on_read;
  std::function<Progress(Probe&)> on_write;
  std::function<void(Probe&, const Failure&)> on_lost;
  std::string prefix = "probe";

  int reads = 0;
  int writes = 0;
  mutable int asked = 0;  // calls of fileno()
  std::string received;
  std::vector<Failure> losses;

 private:
  UniqueFd fd_;
};

/// A probe whose directions end one at a time.
class HalfCloseableProbe : public Probe, public HalfCloseable {
 public:
  using Probe::Probe;
  void read_connection_lost(const Failure& reason) override;
  void write_connection_lost(const Failure& reason) override;

  std::function<void()> on_read_lost;
  std::vector<Failure> read_losses;
  std::vector<Failure> write_losses;
};

/// Two connected UNIX stream sockets, non-blocking and close-on-exec.
std::pair<UniqueFd, UniqueFd> socket_pair();

/// A pipe: the end to read, the end to write; non-blocking and close-on-exec.
std::pair<UniqueFd, UniqueFd> make_pipe();

/// A new regular file with `content`, open for reading and writing at its beginning, without a name.
UniqueFd regular_file(std::string_view content);

/// Writes all of `text` to a descriptor that takes it. Raises no SIGPIPE. Throws std::system_error.
void put(const UniqueFd& fd, std::string_view text);

/// A shared probe, whose file descriptor is `fd`.
template <class Kind = Probe>
std::shared_ptr<Kind> probe(UniqueFd fd) {
  return std::make_shared<Kind>(std::move(fd));
}

}  // namespace loopmark::conformance
