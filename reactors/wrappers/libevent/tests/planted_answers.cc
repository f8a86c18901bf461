// SPDX-License-Identifier: MIT
//
// Another libevent, as the probes of the module that this is linked into see it: a test asks whether they notice.
#include <event2/event.h>

// The names are the linker's (--wrap).
extern "C" {

int __real_event_add(event* one, const timeval* timeout);
int __real_event_base_loop(event_base* base, int flags);
int __real_event_config_set_flag(event_config* config, int flag);

/// Calls at once.
void __wrap_event_active(event* one, int what, short) {
  event_get_callback(one)(event_get_fd(one), static_cast<short>(what), event_get_callback_arg(one));
}

/// Refuses a negative delay.
int __wrap_event_add(event* one, const timeval* timeout) {
  return timeout != nullptr && timeout->tv_sec < 0 ? -1 : __real_event_add(one, timeout);
}

/// Waits with nothing registered.
int __wrap_event_base_loop(event_base* base, int flags) {
  return __real_event_base_loop(base, flags | EVLOOP_NO_EXIT_ON_EMPTY);
}

/// Is remembered, and lets what is ready run.
int __wrap_event_base_loopbreak(event_base* base) {
  return event_base_loopexit(base, nullptr);
}

/// Reads the clock each time.
int __wrap_event_config_set_flag(event_config* config, int flag) {
  return __real_event_config_set_flag(config, flag | EVENT_BASE_FLAG_NO_CACHE_TIME);
}

/// Forgets to.
int __wrap_event_del(event*) {
  return 0;
}

}  // extern "C"
