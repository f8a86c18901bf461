// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"
#include "reactors/reactor.h"

namespace loopmark {

/// The children of one reactor that are still to be reaped: it owns them until then. Reactor thread.
///
/// Notes on the mechanism:
/// (a) A pidfd becomes readable when its process has ended, whichever way (pidfd_open(2)). It names that process even when
///     somebody else has reaped it and its number belongs to another one.
/// (b) Where there is none, SIGCHLD says that some child has ended, and those without a pidfd are looked at.
/// (c) In a run without handlers nothing says so. But a pipe closes when its child ends, a moment before that can be
///     reaped; so from then on it is looked at for a while.
/// (d) The reactor's stop takes the pidfds out of its sets. The next startup looks at the children and puts them back.
class ChildWatch {
 public:
  explicit ChildWatch(Reactor& reactor);
  ~ChildWatch();
  ChildWatch(const ChildWatch&) = delete;
  ChildWatch& operator=(const ChildWatch&) = delete;

  /// The one of `reactor`.
  static ChildWatch& of(Reactor& reactor);

  /// One of them. It watches its pidfd itself.
  class Child : public Descriptor, public std::enable_shared_from_this<Child> {
   public:
    /// It has ended and was reaped, and is none of them any more: ProcessDone or ProcessTerminated. Must not throw.
    virtual void exited(const Failure& reason) = 0;
    /// The reactor is being destroyed: break what would keep it alive; call nobody.
    virtual void abandon() = 0;

    int fileno() const override { return pidfd_.get(); }
    Progress do_read() override;
    Progress do_write() override { return Progress::drained(); }
    void connection_lost(const Failure& reason) override;

   protected:
    explicit Child(ChildWatch& watch) : watch_(watch) {}
    bool is_reaped() const { return pid_ == 0; }
    pid_t pid() const { return pid_; }
    /// Throws as ProcessTransport::signal_process().
    void signal(int number);

   private:
    friend ChildWatch;
    ChildWatch& watch_;
    pid_t pid_ = 0;        // until it is reaped
    UniqueFd pidfd_;       // where there is one
    DelayedCallRef look_;  // where it is looked at for a while
  };

  /// `child` is about to be started: all that can fail for want of memory is done here. Then comes one of the others.
  void expect(const std::shared_ptr<Child>& child);
  /// It was not started, or is over.
  void forget(Child& child) noexcept;
  /// From here on `child`, which is the process `pid`, is watched.
  void add(const std::shared_ptr<Child>& child, pid_t pid) noexcept;

  /// One of the pipes of `child` was closed.
  void pipe_closed(Child& child);

  std::vector<pid_t> pids() const;

 private:
  void unwatched(Child& child);
  bool watch(const std::shared_ptr<Child>& child) noexcept;
  bool reap(Child& child);
  void look_for_a_while(Child& child, Duration delay);
  void look_at_those_without_pidfd();
  void look_at_next_startup();
  void look_at_all();

  Reactor& reactor_;
  std::unordered_set<std::shared_ptr<Child>> children_;
  bool looks_at_startup_ = false;
};

}  // namespace loopmark
