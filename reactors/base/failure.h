// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace loopmark {

/// Why something ended or failed: an exception that is carried about as a value (Twisted's Failure).
/// A default-constructed Failure holds nothing. Copies are cheap and share the exception.
class Failure {
 public:
  Failure() = default;
  explicit Failure(std::exception_ptr exception) : exception_(std::move(exception)) {}

  /// A failure that holds `error`.
  template <class Error>
  static Failure of(Error error) {
    return Failure(std::make_exception_ptr(std::move(error)));
  }

  /// A failure that holds what `make` answers, or, for lack of memory, what it throws.
  template <class Make>
  static Failure made_by(Make make) noexcept {
    try {
      return of(make());
    } catch (...) {
      return current();
    }
  }

  /// The exception that is being handled; call it in a catch block.
  static Failure current() { return Failure(std::current_exception()); }

  explicit operator bool() const { return exception_ != nullptr; }

  /// Whether it holds an `Error` or something derived from it.
  template <class Error>
  bool is() const {
    try {
      if (exception_) std::rethrow_exception(exception_);
    } catch (const Error&) {
      return true;
    } catch (...) {
    }
    return false;
  }

  /// The exception's what(), or a word for one that is not a std::exception.
  std::string message() const;

  /// Throws what it holds. Undefined on an empty Failure.
  [[noreturn]] void rethrow() const { std::rethrow_exception(exception_); }

 private:
  std::exception_ptr exception_;
};

}  // namespace loopmark
