// SPDX-License-Identifier: MIT
#include "harness/verdict.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "harness/framing.h"

namespace loopmark::harness {
namespace {

struct VerdictWord {
  Verdict verdict;
  std::string_view word;
  char letter;
  bool failure;
};

constexpr std::array kRows{
    VerdictWord{Verdict::kNotRun, "not_run", '.', false},
    VerdictWord{Verdict::kPass, "pass", 'P', false},
    VerdictWord{Verdict::kFail, "fail", 'F', true},
    VerdictWord{Verdict::kCrash, "crash", 'C', true},
    VerdictWord{Verdict::kTimeout, "timeout", 'T', true},
    VerdictWord{Verdict::kNotSupported, "not_supported", 'S', false},
    VerdictWord{Verdict::kUnavailable, "unavailable", 'U', false},
    VerdictWord{Verdict::kDeviates, "deviates", 'D', false},
    VerdictWord{Verdict::kUnexpectedPass, "unexpected_pass", '!', true},
    VerdictWord{Verdict::kFlaky, "flaky", '~', true},
};

const VerdictWord& row(Verdict verdict) {
  return kRows[static_cast<std::size_t>(verdict)];
}

/// The exit status that a worker has to end with after this verdict.
int status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
    case Verdict::kNotSupported:
      return 0;
    case Verdict::kUnavailable:
      return 3;
    default:
      return 1;
  }
}

/// The one result in the pipe. Throws std::runtime_error (BadResultLine among them) with what is
/// wrong.
Json only_result(const std::string& bytes) {
  ResultLines lines;
  lines.feed(bytes);
  const std::optional<Json> result = lines.next();
  if (!result) {
    throw std::runtime_error(lines.rest().empty() ? "without a result"
                                                  : "in the middle of a result line: \"" +
                                                        excerpt(lines.rest()) + '"');
  }
  if (lines.next()) throw std::runtime_error("with more than one result");
  if (!lines.rest().empty()) {
    throw std::runtime_error("with more than a result line: \"" + excerpt(lines.rest()) + '"');
  }
  return *result;
}

CaseOutcome read_result(const Json& result) {
  CaseOutcome outcome;
  outcome.verdict = verdict_of(result.at("verdict").get<std::string>());
  outcome.message = result.value("message", "");
  outcome.file = result.value("file", "");
  outcome.line = result.value("line", 0);
  outcome.log = result.value("log", std::vector<std::string>{});
  outcome.waits = result.value("waits", -1L);
  outcome.evidence = result.value("evidence", "");
  return outcome;
}

/// What it said of its end: a sanitizer's summary, else the last line that it wrote to standard
/// error.
std::string words_at_death(const std::string& errors) {
  const std::size_t summary = errors.rfind("\nSUMMARY: ");
  const std::string line = last_line(
      summary == std::string::npos ? errors : errors.substr(0, errors.find('\n', summary + 1)));
  return line.empty() ? "" : "; it said: " + line;
}

CaseOutcome crashed(const WorkerOutcome& worker, const std::string& how) {
  CaseOutcome outcome;
  outcome.verdict = Verdict::kCrash;
  outcome.message = "the worker " + how + words_at_death(worker.errors);
  return outcome;
}

}  // namespace

std::string_view word(Verdict verdict) {
  return row(verdict).word;
}
char letter(Verdict verdict) {
  return row(verdict).letter;
}
bool is_failure(Verdict verdict) {
  return row(verdict).failure;
}

Verdict verdict_of(std::string_view word) {
  for (const VerdictWord& each : kRows) {
    if (each.word == word) return each.verdict;
  }
  throw std::runtime_error("'" + std::string(word) + "' is no verdict");
}

CaseOutcome judge_worker(const WorkerOutcome& worker) {
  if (worker.end == WorkerOutcome::End::kTimedOut) {
    CaseOutcome outcome;
    outcome.verdict = Verdict::kTimeout;
    outcome.message = "the worker " + describe(worker);
    return outcome;
  }
  if (worker.end == WorkerOutcome::End::kSignalled) return crashed(worker, describe(worker));
  try {
    CaseOutcome outcome = read_result(only_result(worker.results));
    if (outcome.verdict != Verdict::kPass && outcome.verdict != Verdict::kFail &&
        outcome.verdict != Verdict::kNotSupported && outcome.verdict != Verdict::kUnavailable) {
      return crashed(worker, fmt::format("claims the verdict '{}'", word(outcome.verdict)));
    }
    if (worker.code != status_of(outcome.verdict)) {
      return crashed(worker, fmt::format("{} after the verdict '{}'", describe(worker),
                                         word(outcome.verdict)));
    }
    return outcome;
  } catch (const Json::exception& error) {
    return crashed(worker,
                   fmt::format("{} with an unreadable result: {}", describe(worker), error.what()));
  } catch (const BadResultLine& error) {
    return crashed(worker, fmt::format("{} with {}", describe(worker), error.what()));
  } catch (const std::runtime_error& error) {
    return crashed(worker, fmt::format("{} {}", describe(worker), error.what()));
  }
}

const DeclaredDeviation* declared_for(const std::vector<DeclaredDeviation>& deviations,
                                      std::string_view clause, std::string_view name) {
  const std::string whole = fmt::format("{}/{}", clause, name);
  const DeclaredDeviation* of_clause = nullptr;
  for (const DeclaredDeviation& deviation : deviations) {
    if (deviation.clause == whole) return &deviation;
    if (deviation.clause == clause) of_clause = &deviation;
  }
  return of_clause;
}

Verdict judge_cell(Verdict observed, const DeclaredDeviation* declared) {
  if (declared == nullptr) return observed;
  if (observed == Verdict::kPass) return Verdict::kUnexpectedPass;
  return word(observed) == declared->how ? Verdict::kDeviates : observed;
}

}  // namespace loopmark::harness
