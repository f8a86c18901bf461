// SPDX-License-Identifier: MIT
#include "harness/profile.h"

#include <signal.h>

#include <algorithm>

#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

/// The last line that the worker wrote to standard error; an assertion's, from which the program's name is taken.
std::string what_it_said(const std::string& errors) {
  std::string line = last_line(errors);
  constexpr std::string_view kName = "loopmark-profile: ";
  if (line.starts_with(kName)) line.erase(0, kName.size());
  return line.empty() ? "" : "; it said: " + line;
}

/// How the end of the process reads as an answer; empty when it is none.
std::string answer_of_end(const WorkerOutcome& outcome) {
  if (outcome.end == WorkerOutcome::End::kTimedOut) return "hangs";
  const bool aborted = outcome.end == WorkerOutcome::End::kSignalled && outcome.code == SIGABRT;
  return aborted ? "aborts" : "";
}

void read_results(ProfileCell& cell, const std::string& bytes) {
  ResultLines lines;
  lines.feed(bytes);
  while (const std::optional<Json> line = lines.next()) {
    cell.done = line->value("done", cell.done);
    cell.source = line->value("source", cell.source);
    cell.answer = line->value("answer", cell.answer);
    cell.seen = line->value("seen", cell.seen);
  }
}

}  // namespace

std::vector<SubjectInfo> list_subjects(const std::string& worker) {
  return read_subjects(lines_of_json({worker, "--list"}), worker);
}

std::vector<SubjectInfo> read_subjects(const std::vector<Json>& lines, const std::string& worker) {
  std::vector<SubjectInfo> subjects;
  for (const Json& line : lines) {
    try {
      subjects.push_back({.id = line.at("subject"),
                          .topic = line.at("topic"),
                          .question = line.at("question"),
                          .answers = words_of(line.at("answers")),
                          .contract = line.at("contract"),
                          .clauses = words_of(line.at("clauses"))});
    } catch (const Json::exception& error) {
      throw EnvironmentError(worker + " lists a subject that cannot be read: " + error.what());
    }
  }
  return subjects;
}

Json to_json(const SubjectInfo& subject) {
  return {{"subject", subject.id},        {"topic", subject.topic},
          {"question", subject.question}, {"answers", subject.answers},
          {"contract", subject.contract}, {"clauses", subject.clauses}};
}

void judge(ProfileCell& cell, const WorkerOutcome& outcome) {
  try {
    read_results(cell, outcome.results);
  } catch (const std::exception& error) {  // no line, or none of texts
    cell.answer.clear();
    cell.seen = error.what();
  }
  const bool ended_well = outcome.end == WorkerOutcome::End::kExited && outcome.code == 0;
  if (ended_well && !cell.answer.empty()) return;
  const std::string of_end = answer_of_end(outcome);
  const auto& answers = cell.subject->answers;
  cell.is_failure = std::find(answers.begin(), answers.end(), of_end) == answers.end();
  cell.answer = cell.is_failure ? std::string(kUnanswered) : of_end;
  const std::string end =
      of_end == "hangs" ? "it did not come back" : "the process " + describe(outcome);
  cell.seen = end + what_it_said(outcome.errors);
}

bool run_profile(std::vector<ProfileCell>& cells, const ProfileSettings& settings,
                 Interruption& interruption, const std::function<void(const ProfileCell&)>& done) {
  return run_workers(
      cells.size(), settings.jobs, interruption,
      [&](std::size_t number) -> std::optional<WorkerCommand> {
        const ProfileCell& cell = cells[number];
        std::vector<std::string> arguments{
            settings.worker,  "--backend",   cell.backend->name,       "--subject",
            cell.subject->id, "--result-fd", std::to_string(kResultFd)};
        if (!cell.backend->module.empty())
          arguments.insert(arguments.end(), {"--module", cell.backend->module});
        return WorkerCommand{.arguments = std::move(arguments),
                             .time_limit = settings.time_limit,
                             .traced_on_timeout = false};
      },
      [&](std::size_t number, const WorkerOutcome& outcome) {
        judge(cells[number], outcome);
        done(cells[number]);
      });
}

}  // namespace loopmark::harness
