// SPDX-License-Identifier: MIT
#include "harness/backend_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/executables.h"
#include "harness/framing.h"
#include "harness/interruption.h"
#include "harness/json_text.h"
#include "harness/selectors.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {

void take_answer(BackendAnswer& answer, const WorkerOutcome& worker) {
  Json line;
  try {
    line = read_json(worker.output);
  } catch (const BadJson&) {  // told below
  }
  const int status = line.is_object() && line.contains("fault") ? 1 : 0;
  if (line.is_object() && worker.end == WorkerOutcome::End::kExited && worker.code == status) {
    answer.line = std::move(line);
  } else {
    answer.error = "the worker " + describe(worker) + ": " + excerpt(worker.errors, 400);
  }
}

BackendAnswers select_to_be_asked(const std::vector<std::string>& selectors,
                                  const std::vector<std::string>& modules) {
  const std::vector<std::string> wanted = split_selectors(selectors);
  BackendAnswers answers{probe_all(case_worker(), modules_in(wanted, modules)), {}};
  for (const BackendInfo* backend : select_backends(answers.catalogue, wanted))
    answers.all.push_back({backend, Json::object(), ""});
  return answers;
}

std::vector<std::string> arguments_for(const std::string& worker, const BackendInfo& backend) {
  std::vector<std::string> arguments{worker, "--backend", backend.name};
  if (!backend.module.empty()) arguments.insert(arguments.end(), {"--module", backend.module});
  return arguments;
}

bool ask(BackendAnswers& answers, std::size_t jobs,
         const std::function<WorkerCommand(const BackendInfo&)>& command,
         const std::function<void(BackendAnswer&)>& done) {
  Interruption interruption;
  return run_workers(
      answers.all.size(), jobs, interruption,
      [&](std::size_t number) -> std::optional<WorkerCommand> {
        const BackendInfo& backend = *answers.all[number].backend;
        if (!backend.ready()) return std::nullopt;
        return command(backend);
      },
      [&](std::size_t number, const WorkerOutcome& worker) {
        take_answer(answers.all[number], worker);
        done(answers.all[number]);
      });
}

std::string verdict(const BackendAnswer& answer) {
  const BackendInfo& backend = *answer.backend;
  if (!backend.ready()) return std::string(word(backend.status)) + ": " + backend.reason;
  return answer.failed() ? "fail" : "pass";
}

std::string count_in(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_number() ? found->dump() : "";
}

std::string text_in(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

void print_json(const BackendAnswers& answers) {
  Json all = Json::array();
  for (const BackendAnswer& each : answers.all) {
    Json line = each.line;
    line["backend"] = each.backend->name;
    line["status"] = word(each.backend->status);
    if (!each.error.empty()) line["error"] = each.error;
    all.push_back(line);
  }
  fmt::print("{}\n", to_pretty(all));
}

ExitCode exit_code(const BackendAnswers& answers) {
  const auto ready = [](const BackendAnswer& each) { return each.backend->ready(); };
  if (std::none_of(answers.all.begin(), answers.all.end(), ready))
    throw NothingRan("no backend that is selected is ready");
  const bool failed = std::any_of(answers.all.begin(), answers.all.end(),
                                  [](const BackendAnswer& each) { return each.failed(); });
  return failed ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace loopmark::harness
