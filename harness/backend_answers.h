// SPDX-License-Identifier: MIT
//
// For commands that run one worker a backend, each of which answers with one line of JSON on its standard output.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/exit_code.h"
#include "harness/worker.h"

namespace loopmark::harness {

/// What came of one backend.
struct BackendAnswer {
  const BackendInfo* backend;
  Json line = Json::object();  // has a "fault" where the worker found one
  std::string error;           // why there is no line

  bool failed() const { return !error.empty() || line.contains("fault"); }
};

struct BackendAnswers {
  BackendCatalogue catalogue;
  std::vector<BackendAnswer> all;
};

/// The backends that `selectors` name, not asked yet; `modules` are further ones. Throws as select_backends().
BackendAnswers select_to_be_asked(const std::vector<std::string>& selectors,
                                  const std::vector<std::string>& modules);

/// The beginning of a worker's command line: which backend, and where it comes from.
std::vector<std::string> arguments_for(const std::string& worker, const BackendInfo& backend);

/// Asks those that are ready, `jobs` at a time: `command` gives the worker, `done` is told of each answer. False when it was
/// interrupted.
bool ask(BackendAnswers& answers, std::size_t jobs,
         const std::function<WorkerCommand(const BackendInfo&)>& command,
         const std::function<void(BackendAnswer&)>& done);

/// "pass", "fail", or why it was not asked.
std::string verdict(const BackendAnswer& answer);

/// Takes what `worker` has said. A line counts only when it ended as that says: with a fault, or without one.
void take_answer(BackendAnswer& answer, const WorkerOutcome& worker);

/// The number, or the text, `name` of the line, or nothing.
std::string count_in(const Json& line, const char* name);
std::string text_in(const Json& line, const char* name);

/// The lines, with the status of each backend, as an array.
void print_json(const BackendAnswers& answers);

/// kFailed when one has failed. Throws NothingRan when none was ready.
ExitCode exit_code(const BackendAnswers& answers);

}  // namespace loopmark::harness
