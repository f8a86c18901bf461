// SPDX-License-Identifier: MIT
//
// The notes are in libev_loop.cc.
#include "reactors/wrappers/libev/ev_loop.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <stdexcept>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::libev {
namespace {

const char* name_of(unsigned backend) {
  switch (backend) {
    case EVBACKEND_SELECT:
      return "select";
    case EVBACKEND_POLL:
      return "poll";
    case EVBACKEND_EPOLL:
      return "epoll";
    default:
      return "another one";
  }
}

}  // namespace

EvLoop make_ev_loop(unsigned backend) {
  errno = 0;
  EvLoop loop(ev_loop_new(backend | EVFLAG_NOENV));
  if (!loop) throw_errno("ev_loop_new", errno != 0 ? errno : ENOSYS);
  if (ev_backend(loop.get()) != backend) {
    throw std::runtime_error(std::string("libev runs ") + name_of(ev_backend(loop.get())) +
                             " instead of " + name_of(backend));
  }
  UniqueFd(check_call(::eventfd(0, EFD_CLOEXEC), "eventfd")).reset();  // l)
  return loop;
}

std::string evidence_of(const EvLoop& loop) {
  return std::string("libev's backend ") + name_of(ev_backend(loop.get()));
}

}  // namespace loopmark::libev
