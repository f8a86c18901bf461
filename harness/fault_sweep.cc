// SPDX-License-Identifier: MIT
#include "harness/fault_sweep.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <random>
#include <utility>

#include "harness/build_info.h"
#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/programs.h"
#include "harness/result_line.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

/// After the error has come out a case may have no way to go on: it is given this much time to end by itself. Sanitizers
/// look for leaks in it.
constexpr Duration kTimeOnceTold = std::chrono::seconds(kSanitizer[0] != '\0' ? 10 : 1);

constexpr std::array<std::string_view, 7> kWords{"missed", "recovered", "reported", "silent",
                                                 "crash",  "hang",      "leak"};

// The exit code of a worker that cannot read its command line.
constexpr int kMisused = 2;

/// What came through the pipe of results: what was told on the way, and the result.
struct Said {
  std::string told;
  Json result = Json::object();
  std::string rest;  // without what was told, as it came
};

Said read(const std::string& bytes) {
  Said said;
  ResultLines lines;
  lines.feed(bytes);
  try {
    while (const std::optional<Json> line = lines.next()) {
      if (!line->contains("verdict") && line->contains("told")) {
        said.told = line->value("told", "");
        continue;
      }
      said.rest += result_line(to_line(*line));
      said.result = *line;
    }
  } catch (const BadResultLine&) {
    said.rest = bytes;
  }
  said.rest += lines.rest();
  return said;
}

std::vector<std::string> arguments_for(const Cell& cell, const CellSettings& settings,
                                       std::vector<std::string> more) {
  std::vector<std::string> arguments = worker_arguments(cell, settings);
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.insert(arguments.end(), {"--result-fd", std::to_string(kResultFd)});
  return arguments;
}

bool is_of_this_tree(const BackendInfo& backend) {
  return std::filesystem::path(backend.module).parent_path() == program_folder() / "modules";
}

/// By their own ends of pipes and sockets, and for handlers that the failed call has not installed.
bool is_raised_by_cases(int signal) {
  return signal == SIGPIPE || signal == SIGINT || signal == SIGTERM;
}

FaultOutcome outcome_of(const Said& said, const CaseOutcome& observed, const Json& fault,
                        const WorkerOutcome& worker) {
  if (worker.errors.find("LeakSanitizer: detected") != std::string::npos)
    return FaultOutcome::kLeak;
  if (observed.verdict == Verdict::kCrash) {
    const bool is_own = worker.end == WorkerOutcome::End::kSignalled && !said.told.empty() &&
                        is_raised_by_cases(worker.code);
    return is_own ? FaultOutcome::kReported : FaultOutcome::kCrash;
  }
  if (!fault.value("met", false)) return FaultOutcome::kMissed;
  if (!fault.value("left", "").empty()) return FaultOutcome::kLeak;
  if (observed.verdict == Verdict::kPass) return FaultOutcome::kRecovered;
  if (!fault.value("told", "").empty() || !fault.value("stated", "").empty())
    return FaultOutcome::kReported;
  return said.result.value("spins", false) ? FaultOutcome::kHang : FaultOutcome::kSilent;
}

std::string reproduction(const Fault& fault) {
  const BackendInfo& backend = *fault.cell.backend;
  const std::string module =
      backend.module.empty() || is_of_this_tree(backend) ? "" : " --module " + backend.module;
  return fmt::format("loopmark faults -b {} -k {} --fault {}{}", backend.name,
                     fault.cell.test->id(), fault.text(), module);
}

}  // namespace

std::string Fault::text() const {
  return fmt::format("{}:{}:{}", call, number, error);
}

std::string_view word(FaultOutcome outcome) {
  return kWords[static_cast<std::size_t>(outcome)];
}

bool is_bad(FaultOutcome outcome) {
  return outcome >= FaultOutcome::kSilent;
}

bool is_judged(const BackendInfo& backend) {
  return backend.library == "loopmark" || !is_of_this_tree(backend);
}

Json to_json(const FaultResult& result) {
  return {{"backend", result.fault.cell.backend->name},
          {"case", result.fault.cell.test->id()},
          {"call", result.fault.call},
          {"number", result.fault.number},
          {"error", result.fault.error},
          {"outcome", word(result.outcome)},
          {"message", result.message},
          {"told", result.told},
          {"seconds", result.seconds},
          {"reproduce", result.reproduce}};
}

FaultResult judge_fault(const Fault& fault, const WorkerOutcome& worker) {
  if (worker.end == WorkerOutcome::End::kExited && worker.code == kMisused)
    throw UsageError("'" + fault.text() + "' is no fault: " + last_line(worker.errors));
  const Said said = read(worker.results);
  FaultResult result;
  result.fault = fault;
  result.reproduce = reproduction(fault);
  result.seconds = std::chrono::duration<double>(worker.elapsed).count();
  WorkerOutcome without_told = worker;
  without_told.results = said.rest;
  const CaseOutcome observed = judge_worker(without_told);
  result.message = observed.message;
  if (worker.end == WorkerOutcome::End::kTimedOut) {
    result.outcome = said.told.empty() ? FaultOutcome::kHang : FaultOutcome::kReported;
    result.told = said.told;
    return result;
  }
  const Json of_fault = said.result.value("fault", Json::object());
  result.outcome = outcome_of(said, observed, of_fault, worker);
  result.told = said.told;
  for (const char* member : {"told", "stated"}) {
    if (result.told.empty()) result.told = of_fault.value(member, "");
  }
  if (const std::string left = of_fault.value("left", ""); !left.empty())
    result.message += fmt::format("{}left over: {}", result.message.empty() ? "" : "\n", left);
  return result;
}

CallCount read_count(const Cell& cell, const WorkerOutcome& worker) {
  const CaseOutcome observed = judge_worker(worker);
  CallCount count{cell, Json::array(), ""};
  if (observed.verdict != Verdict::kPass) {
    count.why = fmt::format("{}{}{}", word(observed.verdict), observed.message.empty() ? "" : ": ",
                            excerpt(observed.message, 200));
    return count;
  }
  const Json result = read(worker.results).result;
  count.calls = result.value("calls", Json::array());
  if (result.contains("left"))
    count.why = "leaves " + result.value("left", "") + " without a fault";
  return count;
}

std::vector<Fault> faults_of(const CallCount& count, unsigned most) {
  std::map<std::string, unsigned> last;
  for (const Json& run : count.calls) {
    unsigned& number = last[run.at("call").get<std::string>()];
    number = std::max(number, run.at("to").get<unsigned>());
  }
  std::vector<Fault> faults;
  for (const Json& run : count.calls) {
    const auto call = run.at("call").get<std::string>();
    const unsigned all = last.at(call);
    for (unsigned i = 0; i < std::min(all, most); ++i) {
      const unsigned number =
          all <= most ? i + 1
                      : 1 + static_cast<unsigned>(std::uint64_t{i} * (all - 1) / (most - 1));
      if (number < run.at("from").get<unsigned>() || number > run.at("to").get<unsigned>())
        continue;
      for (const Json& error : run.at("errors"))
        faults.push_back({count.cell, call, number, error.get<std::string>()});
    }
  }
  return faults;
}

std::vector<Fault> choose_some(std::vector<Fault> faults, std::size_t count, std::uint64_t seed) {
  if (count >= faults.size()) return faults;
  std::mt19937_64 random(seed);
  std::vector<Fault> chosen;  // each with the probability that is left: Knuth's algorithm S
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const std::size_t left = faults.size() - i;
    if (random() % left < count - chosen.size()) chosen.push_back(std::move(faults[i]));
  }
  return chosen;
}

bool count_calls(const std::vector<Cell>& cells, const CellSettings& settings,
                 Interruption& interruption, const std::function<void(const CallCount&)>& done) {
  return run_workers(
      cells.size(), settings.jobs, interruption,
      [&](std::size_t number) -> std::optional<WorkerCommand> {
        const Cell& cell = cells[number];
        if (!cell.backend->ready()) return std::nullopt;
        return WorkerCommand{.arguments = arguments_for(cell, settings, {"--count-calls"}),
                             .time_limit = settings.time_limit,
                             .traced_on_timeout = false};
      },
      [&](std::size_t number, const WorkerOutcome& worker) {
        done(read_count(cells[number], worker));
      });
}

bool run_faults(const std::vector<Fault>& faults, const CellSettings& settings,
                Interruption& interruption, const std::function<void(const FaultResult&)>& done) {
  return run_workers(
      faults.size(), settings.jobs, interruption,
      [&](std::size_t number) -> std::optional<WorkerCommand> {
        const Fault& fault = faults[number];
        if (!fault.cell.backend->ready()) return std::nullopt;
        return WorkerCommand{
            .arguments = arguments_for(fault.cell, settings, {"--fault", fault.text()}),
            .time_limit = settings.time_limit,
            .time_limit_from_first_result = kTimeOnceTold,
            .traced_on_timeout = settings.traced};
      },
      [&](std::size_t number, const WorkerOutcome& worker) {
        done(judge_fault(faults[number], worker));
      });
}

}  // namespace loopmark::harness
