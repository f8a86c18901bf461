// SPDX-License-Identifier: MIT
//
// The notes on libev are in libev_loop.cc. How its manual has things done:
//
// - A watcher is set once and then started and stopped; only for another file under the same number it is set anew
//   (ev.pod, disappearing file descriptors). As long as the other direction is watched, it is the same file.
// - A timer that is moved again and again is moved by ev_timer_again(), which leaves it in the heap (be smart about
//   timeouts). That makes it a repeating one; without `repeat` it ends when it is due.
// - Who needs a delay from now and not from the beginning of the batch calls ev_now_update() (the special problem of time
//   updates).
// - The ev_async keeps ev_run() from ending for want of watchers.
#include "reactors/wrappers/libev/libev_library_loop.h"

#include <algorithm>

namespace loopmark {

LibevLibraryLoop::LibevLibraryLoop(unsigned backend) : loop_(libev::make_ev_loop(backend)) {
  waker_.call = [](void*) {};
  ev_async_init(&waker_, on_event<ev_async>);
  ev_async_start(loop_.get(), &waker_);
}

LibevLibraryLoop::Watched& LibevLibraryLoop::watched(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  if (number >= watched_.size()) watched_.resize(number + 1);
  return watched_[number];
}

void LibevLibraryLoop::start(Calling<ev_io>& io, const ev_io& other, int fd, int what) {
  if (!ev_is_active(&other) || ev_cb(&io) == nullptr) ev_io_init(&io, on_event<ev_io>, fd, what);
  ev_io_start(loop_.get(), &io);
}

void LibevLibraryLoop::watch_read(int fd, Call call, void* context) {
  auto& [reader, writer] = watched(fd);
  reader.call = call;
  reader.context = context;
  start(reader, writer, fd, EV_READ);
}

void LibevLibraryLoop::watch_write(int fd, Call call, void* context) {
  auto& [reader, writer] = watched(fd);
  writer.call = call;
  writer.context = context;
  start(writer, reader, fd, EV_WRITE);
}

void LibevLibraryLoop::unwatch_read(int fd) {
  ev_io_stop(loop_.get(), &watched(fd).reader);
}

void LibevLibraryLoop::unwatch_write(int fd) {
  ev_io_stop(loop_.get(), &watched(fd).writer);
}

std::size_t LibevLibraryLoop::add_timer(Call call, void* context) {
  auto& timer = timers_.emplace_back();
  timer.call = call;
  timer.context = context;
  ev_timer_init(&timer, on_event<ev_timer>, 0., 0.);
  return timers_.size() - 1;
}

void LibevLibraryLoop::arm(std::size_t timer, Duration delay) {
  ev_timer& moved = timers_[timer];
  ev_now_update(loop_.get());
  moved.repeat =
      std::chrono::duration<double>(std::max(delay, Duration(1))).count();  // 0 would end it
  ev_timer_again(loop_.get(), &moved);
  moved.repeat = 0.;
}

void LibevLibraryLoop::disarm(std::size_t timer) {
  ev_timer_stop(loop_.get(), &timers_[timer]);
}

void LibevLibraryLoop::on_wake(Call call, void* context) {
  waker_.call = call;
  waker_.context = context;
}

void LibevLibraryLoop::wake() {
  ev_async_send(loop_.get(), &waker_);
}

void LibevLibraryLoop::run() {
  ev_run(loop_.get(), 0);
}

void LibevLibraryLoop::stop() {
  ev_break(loop_.get(), EVBREAK_ONE);
}

void LibevLibraryLoop::poll() {
  ev_run(loop_.get(), EVRUN_NOWAIT);
}

std::string LibevLibraryLoop::evidence() const {
  return libev::evidence_of(loop_);
}

}  // namespace loopmark
