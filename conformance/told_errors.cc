// SPDX-License-Identifier: MIT
//
// Notes.
//
// a) The worker stands before the functions of the C++ run-time through which an exception passes: __cxa_begin_catch for
//    those that the case catches, std::current_exception() and std::make_exception_ptr() for those that the library keeps.
// b) make_exception_ptr() announces an exception before it makes it, and before it owns it. So it is looked at, and let go,
//    later, and by another thread only after so many rounds of look_at_others() that its own must have gone on.
// c) An exception_ptr is the address of its exception, which counts its owners.
#include "conformance/told_errors.h"

#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/faults.h"
#include "conformance/virtual_clock.h"

namespace loopmark::conformance::faults {
namespace {

struct Seen {
  std::exception_ptr exception;
  std::thread::id thread;
  int rounds;
};

constexpr std::size_t kMostSeen = 64;
constexpr int kRounds = 500;

std::mutex mutex;  // guards the five below
std::vector<Seen> seen;
std::string message;
bool is_told = false;
int wanted_error = kNone;
void (*tell_first)(const std::string&) = nullptr;

thread_local bool is_looking = false;

void keep(std::exception_ptr exception) {
  const std::lock_guard lock(mutex);
  if (wanted_error != kNone && seen.size() < kMostSeen)
    seen.push_back({std::move(exception), std::this_thread::get_id(), 0});
}

/// One that is made already.
void look_at(std::exception_ptr exception) {
  if (!exception) return;
  keep(std::move(exception));
  told();
}

bool names(const std::string& text, int error) {
  return text.find(text_of_error(error)) != text.npos;
}

/// Its message, if it names the error.
std::string message_of(const std::exception_ptr& exception, int error) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::system_error& thrown) {
    if (thrown.code().value() == error || names(thrown.what(), error)) return thrown.what();
  } catch (const std::exception& thrown) {
    if (names(thrown.what(), error)) return thrown.what();
  } catch (...) {
  }
  return "";
}

std::exception_ptr pointer_to(void* object) {
  static_assert(sizeof(std::exception_ptr) == sizeof object);
  alignas(std::exception_ptr) char storage[sizeof object];
  std::memcpy(storage, &object, sizeof object);
  return *reinterpret_cast<const std::exception_ptr*>(storage);  // c)
}

/// Looks at this thread's own, and at those of others that `is_ready` says.
template <class Ready>
std::string look(Ready is_ready) {
  if (!struck()) return "";
  const std::lock_guard lock(mutex);
  is_looking = true;
  std::vector<Seen> later;
  for (Seen& each : std::exchange(seen, {})) {
    if (each.thread != std::this_thread::get_id() && !is_ready(each)) {
      later.push_back(std::move(each));
    } else if (message.empty()) {
      message = message_of(each.exception, wanted_error);
    }
  }
  seen = std::move(later);
  is_looking = false;
  if (!message.empty() && !std::exchange(is_told, true)) tell_first(message);
  return message;
}

bool passes_on(const void* caller) {
  return struck() && !is_looking && considers(caller);
}

}  // namespace

void notice_errors(int error, void (*tell)(const std::string& message)) {
  const std::lock_guard lock(mutex);
  wanted_error = error;
  tell_first = tell;
}

void notice_exception(const std::exception_ptr& exception) {
  look_at(exception);
}

void notice_line(const std::string& line) {
  const std::lock_guard lock(mutex);
  if (wanted_error != kNone && message.empty() && names(line, wanted_error)) message = line;
}

std::string told() {
  return look([](const Seen&) { return false; });
}

void look_at_others() {
  look([](Seen& each) { return ++each.rounds > kRounds; });
}

std::string finally_told() {
  return look([](const Seen&) { return true; });
}

}  // namespace loopmark::conformance::faults

namespace kernel = loopmark::conformance::kernel;
namespace faults = loopmark::conformance::faults;

LOOPMARK_STANDS_BEFORE void* __cxa_begin_catch(void* exception) noexcept {
  static auto* const real = kernel::next<void*(void*)>("__cxa_begin_catch");
  void* const object = real(exception);
  if (faults::struck() && !faults::is_looking && faults::is_worker(__builtin_return_address(0)))
    faults::look_at(std::current_exception());
  return object;
}

namespace __cxxabiv1 {

LOOPMARK_STANDS_BEFORE __cxa_refcounted_exception* __cxa_init_primary_exception(
    void* object, std::type_info* type, void (*destroy)(void*)) noexcept {
  static auto* const real =
      kernel::next<__cxa_refcounted_exception*(void*, std::type_info*, void (*)(void*))>(
          "__cxa_init_primary_exception");
  __cxa_refcounted_exception* const made = real(object, type, destroy);
  if (faults::passes_on(__builtin_return_address(0))) faults::keep(faults::pointer_to(object));
  return made;
}

}  // namespace __cxxabiv1

/// std::current_exception(), by its name in the library.
__attribute__((visibility("default"))) std::exception_ptr current_exception_seen() noexcept
    asm("_ZSt17current_exceptionv");

std::exception_ptr current_exception_seen() noexcept {
  static auto* const real = kernel::next<std::exception_ptr()>("_ZSt17current_exceptionv");
  std::exception_ptr current = real();
  if (faults::passes_on(__builtin_return_address(0))) faults::look_at(current);
  return current;
}
