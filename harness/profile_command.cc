// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "harness/command.h"
#include "harness/executables.h"
#include "harness/profile_table.h"
#include "harness/progress.h"
#include "harness/selectors.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

struct ProfileOptions {
  std::vector<std::string> backends;
  std::vector<std::string> modules;
  std::vector<std::string> subjects;
  std::size_t jobs = default_jobs();
  std::string format = "text";
  std::string out;
  std::string progress = "auto";
  bool verbose = false;
};

BackendCatalogue catalogue_for(const ProfileOptions& options) {
  return probe_all(case_worker(), modules_in(split_selectors(options.backends), options.modules));
}

/// Those of the selected backends that have a library; the others are our own loop, which the contract describes.
std::vector<const BackendInfo*> select_libraries(const BackendCatalogue& catalogue,
                                                 const ProfileOptions& options) {
  std::vector<const BackendInfo*> chosen;
  for (const BackendInfo* const backend :
       select_backends(catalogue, split_selectors(options.backends))) {
    if (!backend->ready()) {
      fmt::print(stderr, "{} is left out: {}: {}\n", backend->name, word(backend->status),
                 backend->reason);
    } else if (backend->probes) {
      chosen.push_back(backend);
    }
  }
  if (chosen.empty()) {
    throw NothingRan(
        "no backend that is selected is ready and has a library to be probed; loopmark list "
        "backends shows what there is");
  }
  return chosen;
}

std::string printed(const std::vector<ProfileCell>& cells, const ProfileOptions& options) {
  if (options.format == "json") return to_pretty(profile_json(cells)) + "\n";
  if (options.format == "md") return markdown_profile(cells);
  return text_profile(cells, options.verbose);
}

void print(const std::string& text, const std::string& out) {
  if (out.empty()) {
    fmt::print("{}", text);
    return;
  }
  std::ofstream file(out);
  file << text;
  if (!file.flush()) throw EnvironmentError("cannot write " + out);
}

ExitCode profile(const ProfileOptions& options) {
  const std::string worker = profile_worker();
  const std::vector<SubjectInfo> all = list_subjects(worker);
  const auto subjects = select_subjects(all, split_selectors(options.subjects));
  const BackendCatalogue catalogue = catalogue_for(options);
  const auto backends = select_libraries(catalogue, options);
  std::vector<ProfileCell> cells;
  for (const SubjectInfo* const subject : subjects) {
    for (const BackendInfo* const backend : backends)
      cells.push_back({.subject = subject, .backend = backend});
  }

  Interruption interruption;
  Progress progress(cells.size(), 0, options.progress);
  const bool ran_all =
      run_profile(cells, {.worker = worker, .jobs = options.jobs}, interruption,
                  [&progress](const ProfileCell& cell) {
                    progress.advance(cell.is_failure, cell.backend->name + " " + cell.subject->id);
                  });
  progress.clear();
  if (!ran_all) return ExitCode::kInterrupted;
  print(printed(cells, options), options.out);
  bool failed = false;
  for (const ProfileCell& cell : cells) {
    if (!cell.is_failure) continue;
    failed = true;
    fmt::print(stderr, "{} {}: {}\n", cell.backend->name, cell.subject->id, cell.seen);
  }
  return failed ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace

CommandBody define_profile(CLI::App& app) {
  const auto options = std::make_shared<ProfileOptions>();
  add_list(app, "-b,--backend", options->backends,
           "Backends: libev/*, libevent/epoll, all, ./x.so; -X or !X takes away");
  add_list(app, "--module", options->modules, "A further backend module");
  add_list(app, "-k,--select", options->subjects,
           "Subjects: an id, a topic, a pattern of ids; -X or !X takes away");
  app.add_option("-j,--jobs", options->jobs, "Probes at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--format", options->format, "text, md or json")
      ->check(one_of({"text", "md", "json"}));
  app.add_option("--out", options->out, "File to write to, instead of standard output")
      ->type_name("FILE");
  app.add_option("--progress", options->progress, "auto, plain or none")
      ->check(one_of({"auto", "plain", "none"}));
  app.add_flag("-v,--verbose", options->verbose, "What was done and seen, below the table");
  return [options] { return profile(*options); };
}

}  // namespace loopmark::harness
