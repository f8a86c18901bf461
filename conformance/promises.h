// SPDX-License-Identifier: MIT
//
// What a reactor owes whatever else happens, seen from the outside: by who stands around it (observed_reactor.h), by the
// protocols of the cases (talker.h and its like), and by the calls to the kernel. A case whose call was made to fail may end
// as it likes; these hold all the same.
#pragma once

#include <cstddef>
#include <string>

#include "reactors/reactor.h"

namespace loopmark::conformance::promises {

/// One was broken: `how`. The first is kept. Any thread.
void broken(const std::string& how) noexcept;

/// How the first was broken, or an empty text.
std::string first_broken();

/// A callback was called; how many there were.
void called() noexcept;
std::size_t callbacks() noexcept;

/// `function`, which `what` names, may be called once.
Callback once(Callback function, const char* what);

/// The calls that one protocol gets: a beginning, where it has one, others, and an end.
class Story {
 public:
  Story() = default;
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;
  ~Story();

  /// From here on it is owed its end when the reactor shuts down.
  void begin();
  void go_on(const char* call);
  void end();

 private:
  bool has_begun_ = false;
  bool has_ended_ = false;
};

/// The only reactor has shut down: no story is left open.
void shut_down();

/// So many bytes of a stream the backend has got from the kernel, and so many it has handed to a protocol.
void got(std::size_t bytes) noexcept;
void handed_on(std::size_t bytes) noexcept;
/// Those that it has got and not handed on.
std::ptrdiff_t kept_back() noexcept;

/// A call that was made to fail has not sent these: whatever is sent on `fd` next begins with them. Also in signal handlers.
void not_sent(int fd, const void* from, std::size_t size) noexcept;
void sends(int fd, const void* from, std::size_t size) noexcept;
void closes(int fd) noexcept;

}  // namespace loopmark::conformance::promises
