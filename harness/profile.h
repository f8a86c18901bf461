// SPDX-License-Identifier: MIT
//
// How libraries behave by themselves where they differ: each subject on each backend, answered by a probe in a process of
// its own (conformance/profile/).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/interruption.h"
#include "harness/json.h"
#include "harness/worker.h"

namespace loopmark::harness {

struct SubjectInfo {
  std::string id;
  std::string topic;
  std::string question;
  std::vector<std::string> answers;  // that there may be
  std::string contract;              // what our contract decides; "-": nothing
  std::vector<std::string> clauses;
};

/// The subjects that the worker lists, in their order. Throws EnvironmentError.
std::vector<SubjectInfo> list_subjects(const std::string& worker);
std::vector<SubjectInfo> read_subjects(const std::vector<Json>& lines, const std::string& worker);

Json to_json(const SubjectInfo& subject);

/// One subject on one backend.
struct ProfileCell {
  const SubjectInfo* subject;
  const BackendInfo* backend;
  std::string answer = {};  // one of the subject's, "not-applicable", "not-probed", or kUnanswered
  std::string done = {};    // what the probe did; or why there is none
  std::string seen = {};    // what it saw
  std::string source = {};  // of the library, where that is spoken of
  /// The worker came to no answer that the subject has; `seen` says what it came to.
  bool is_failure = false;
};
inline constexpr std::string_view kUnanswered = "unanswered";

/// Reads what a worker left behind. An abort or a hang is an answer, "aborts" or "hangs", where the subject has that.
void judge(ProfileCell& cell, const WorkerOutcome& outcome);

struct ProfileSettings {
  std::string worker;
  std::size_t jobs = 1;
  Duration time_limit = std::chrono::seconds(20);
};

/// All subjects on all backends, each backend of which has probes. Returns false when `interruption` put an end to it.
bool run_profile(std::vector<ProfileCell>& cells, const ProfileSettings& settings,
                 Interruption& interruption, const std::function<void(const ProfileCell&)>& done);

}  // namespace loopmark::harness
