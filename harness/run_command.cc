// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "harness/command.h"
#include "harness/run_folder.h"
#include "reactors/base/check.h"

namespace loopmark::harness {
namespace {

// For all benchmarks, so that everything, with the build before it, takes less than ten minutes.
constexpr const char* kBudget = "120s";

struct RunOptions {
  std::vector<std::string> backends;
  std::string out;
};

/// Runs this program with `arguments`, in the foreground, and returns its exit status.
int run_self(std::vector<std::string> arguments) {
  std::string shown = "loopmark";
  for (const std::string& each : arguments) shown += " " + each;
  fmt::print(stderr, "$ {}\n", shown);
  std::fflush(nullptr);
  arguments.insert(arguments.begin(), "loopmark");
  std::vector<char*> words;
  for (std::string& each : arguments) words.push_back(each.data());
  words.push_back(nullptr);
  const pid_t child = check_call(::fork(), "fork");
  if (child == 0) {
    ::execv("/proc/self/exe", words.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(ExitCode::kInterrupted);
}

/// Each step is a command that can be given by hand, too; they share one results folder. A suite
/// that fails does not keep the benchmarks from running; anything worse ends it.
ExitCode run(const RunOptions& options) {
  const std::string folder = options.out.empty() ? RunFolder::reserve() : options.out;
  std::vector<std::string> chosen;
  for (const std::string& list : options.backends) chosen.insert(chosen.end(), {"-b", list});
  const auto with_choice = [&chosen](std::vector<std::string> step) {
    step.insert(step.end(), chosen.begin(), chosen.end());
    return step;
  };
  ExitCode worst = ExitCode::kOk;
  for (const auto& step : {with_choice({"conform", "--out", folder}),
                           with_choice({"bench", "--quick", "--budget", kBudget, "--out", folder}),
                           std::vector<std::string>{"plot", folder}}) {
    const auto code = static_cast<ExitCode>(run_self(step));
    if (code != ExitCode::kOk && code != ExitCode::kFailed) return code;
    worst = std::max(worst, code);
  }
  fmt::print("results, summary and graphs are in {}\n", folder);
  return worst;
}

}  // namespace

CommandBody define_run(CLI::App& app) {
  const auto options = std::make_shared<RunOptions>();
  app.add_option("-b,--backend", options->backends, "Backends, as for conform")
      ->allow_extra_args(false);
  app.add_option("--out", options->out, "Folder for the results")->type_name("DIR");
  return [options] { return run(*options); };
}

}  // namespace loopmark::harness
