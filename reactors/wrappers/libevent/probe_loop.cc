// SPDX-License-Identifier: MIT
#include "reactors/wrappers/libevent/probe_loop.h"

#include <stdexcept>
#include <utility>

namespace loopmark::libevent {

using namespace profile;

Base plain_base(const Backend& row, bool heeds_environment) {
  errno = 0;
  const Owned<event_config, event_config_free> config(
      check_made(event_config_new(), "event_config_new"));
  for (const char** other = event_get_supported_methods(); *other != nullptr; ++other) {
    if (*other != row.mechanism) event_config_avoid_method(config.get(), *other);
  }
  int flags = heeds_environment ? 0 : EVENT_BASE_FLAG_IGNORE_ENV;
  if (row.name.ends_with("+precise")) flags |= EVENT_BASE_FLAG_PRECISE_TIMER;
  event_config_set_flag(config.get(), flags);
  return Base(event_base_new_with_config(config.get()));
}

ProbeLoop::ProbeLoop(const Backend& row) : base_(plain_base(row)) {
  check_made(base_.get(), "event_base_new_with_config");
  if (event_base_get_method(base_.get()) != row.mechanism)
    throw std::runtime_error(std::string("libevent runs ") + event_base_get_method(base_.get()));
}

event* ProbeLoop::make(int fd, short what, Call call) {
  Call& kept = calls_.emplace_back(std::move(call));
  return events_.emplace_back(make_event(base_, fd, what, on_event, &kept)).get();
}

event* ProbeLoop::watch(int fd, Directions directions, Call call) {
  int what = EV_PERSIST;
  if (directions.read) what |= EV_READ;
  if (directions.write) what |= EV_WRITE;
  event* const made = make(fd, static_cast<short>(what), std::move(call));
  return event_add(made, nullptr) < 0 ? nullptr : made;
}

event* ProbeLoop::arm(Duration delay, short what, Function call) {
  event* const made = make(-1, what, [call = std::move(call)](Directions) { call(); });
  const timeval timeout = to_timeval(delay);
  check_call(event_add(made, &timeout), "event_add");
  return made;
}

event* ProbeLoop::arm(Duration delay, Function call) {
  return arm(delay, 0, std::move(call));
}
event* ProbeLoop::repeat(Duration period, Function call) {
  return arm(period, EV_PERSIST, std::move(call));
}

event* ProbeLoop::watch_signal(int number, Function call) {
  event* const made =
      make(number, EV_SIGNAL | EV_PERSIST, [call = std::move(call)](Directions) { call(); });
  check_call(event_add(made, nullptr), "event_add");
  return made;
}

void ProbeLoop::run_until(Kernel& kernel, const std::function<bool()>& done) {
  for (int pass = 0; !done(); ++pass) {
    if (pass == 1000) throw std::runtime_error("a thousand passes did not suffice");
    run_once();
    kernel.advance(std::chrono::microseconds(1));
  }
}

void ProbeLoop::on_event(evutil_socket_t, short what, void* call) {
  (*static_cast<Call*>(call))({.read = (what & EV_READ) != 0, .write = (what & EV_WRITE) != 0});
}

}  // namespace loopmark::libevent
