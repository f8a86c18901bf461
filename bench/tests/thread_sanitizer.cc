// SPDX-License-Identifier: MIT
//
// What ThreadSanitizer takes for a race and is none: our loop ends a watch with the next wait, so EPOLL_CTL_DEL may name a
// number that was closed since, and that another thread has got for a file of its own. The kernel looks for that file among
// those of our epoll, does not find it, and answers ENOENT (epoll_ctl(2)).
extern "C" [[gnu::visibility("default")]] const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:loopmark::EpollProvider::apply\n";
}
