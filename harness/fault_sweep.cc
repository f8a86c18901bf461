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

#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/json_text.h"
#include "harness/result_line.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

constexpr std::array<std::string_view, 8> kWords{"missed", "recovered", "reported", "silent",
                                                 "crash",  "hang",      "leak",     "broken"};

// The exit code of a worker that cannot read its command line.
constexpr int kMisused = 2;

/// What came through the pipe of results beside what every worker says.
struct Said {
  std::string told;  // on the way, or in the end
  std::string stated;
  std::string broken;
  std::string left;  // more than usual
  bool was_met = false;
  bool spins = false;
  std::string rest;  // without what was told, as it came
};

bool is_data(const std::string& kind) {
  return kind.starts_with("bytes ");
}

/// What is left over, and is more than `usual`: of things, or of data.
std::string left_over(const Json& left, const Json* usual, bool of_data) {
  std::string more;
  for (const auto& [kind, number] : left.items()) {
    if (!number.is_number_unsigned() || is_data(kind) != of_data) continue;
    const auto before = usual ? usual->value(kind, std::uint64_t{0}) : 0;
    if (const auto now = number.get<std::uint64_t>(); now > before)
      more += fmt::format("{}{} {}", more.empty() ? "" : ", ", now - before, kind);
  }
  const std::string what = left.value("what", "");
  return more.empty() || what.empty() || of_data ? more : more + ": " + what;
}

/// Throws Json::exception when something is not of its type.
void read_result(Said& said, const Json& result, const Json* usual) {
  const Json fault = result.value("fault", Json::object());
  said.was_met = fault.value("met", false);
  if (said.told.empty()) said.told = fault.value("told", "");
  said.stated = fault.value("stated", "");
  said.broken = result.value("broken", "");
  said.spins = result.value("spins", false);
  const Json left = result.value("left", Json::object());
  said.left = left_over(left, usual, false);
  if (said.broken.empty()) said.broken = left_over(left, usual, true);
}

/// The same. What is no result line is kept, and told by who judges workers.
Said read(const std::string& bytes, const Json* usual) {
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
      read_result(said, *line, usual);
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

FaultOutcome outcome_of(const Said& said, const CaseOutcome& observed,
                        const WorkerOutcome& worker) {
  if (worker.end == WorkerOutcome::End::kTimedOut) return FaultOutcome::kHang;
  if (worker.errors.find("LeakSanitizer: detected") != std::string::npos)
    return FaultOutcome::kLeak;
  if (observed.verdict == Verdict::kCrash) {
    const bool is_own = worker.end == WorkerOutcome::End::kSignalled && !said.told.empty() &&
                        is_raised_by_cases(worker.code);
    return is_own ? FaultOutcome::kReported : FaultOutcome::kCrash;
  }
  if (!said.was_met) return FaultOutcome::kMissed;
  if (!said.broken.empty()) return FaultOutcome::kBroken;
  if (!said.left.empty()) return FaultOutcome::kLeak;
  if (observed.verdict == Verdict::kPass) return FaultOutcome::kRecovered;
  if (said.spins) return FaultOutcome::kHang;
  return said.told.empty() && said.stated.empty() ? FaultOutcome::kSilent : FaultOutcome::kReported;
}

/// One entry of the worker's list. Throws Json::exception.
FallibleCalls of(const Json& calls) {
  return {calls.at("call").get<std::string>(), calls.at("errors").get<std::vector<std::string>>(),
          calls.at("from").get<unsigned>(), calls.at("to").get<unsigned>()};
}

void add_line(std::string& message, const char* what, const std::string& text) {
  if (!text.empty()) message += (message.empty() ? "" : "\n") + (what + text);
}

std::string reproduction(const Fault& fault) {
  const BackendInfo& backend = *fault.cell.backend;
  const std::string module =
      backend.module.empty() || is_of_this_tree(backend) ? "" : " --module " + backend.module;
  const std::string which = fault.text().empty() ? "" : " --fault " + fault.text();
  return fmt::format("loopmark faults -b {} -k {}{}{}", backend.name, fault.cell.test->id(), which,
                     module);
}

}  // namespace

std::string Fault::text() const {
  return number == 0 ? "" : fmt::format("{}:{}:{}", call, number, error);
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
  FaultResult result;
  result.fault = fault;
  result.reproduce = reproduction(fault);
  result.seconds = std::chrono::duration<double>(worker.elapsed).count();
  try {
    const Said said = read(worker.results, fault.usual.get());
    WorkerOutcome without_told = worker;
    without_told.results = said.rest;
    const CaseOutcome observed = judge_worker(without_told);
    result.outcome = outcome_of(said, observed, worker);
    result.told = said.told.empty() ? said.stated : said.told;
    result.message = observed.message;
    add_line(result.message, "broken: ", said.broken);
    add_line(result.message, "left over: ", said.left);
  } catch (const Json::exception& error) {
    result.outcome = FaultOutcome::kCrash;
    result.message = "the worker's answer is malformed: " + reason_of(error);
  }
  return result;
}

CallCount read_count(const Cell& cell, const WorkerOutcome& worker) {
  const CaseOutcome observed = judge_worker(worker);
  CallCount count;
  count.cell = cell;
  if (observed.verdict != Verdict::kPass) {
    count.why = fmt::format("{}{}{}", word(observed.verdict), observed.message.empty() ? "" : ": ",
                            excerpt(observed.message, 200));
    return count;
  }
  try {
    ResultLines lines;
    lines.feed(worker.results);
    const Json result = lines.next().value_or(Json::object());
    for (const Json& calls : result.value("calls", Json::array())) count.calls.push_back(of(calls));
    count.left = result.value("left", Json::object());
    left_over(count.left, nullptr, false);  // it can be read
    count.broken = result.value("broken", "");
  } catch (const Json::exception& error) {
    count.why = "the worker's answer is malformed: " + reason_of(error);
  }
  return count;
}

FaultResult broken_without_fault(const CallCount& count) {
  FaultResult result;
  result.fault = {count.cell, "none", 0, ""};
  result.outcome = FaultOutcome::kBroken;
  result.message = "broken, though no call has failed: " + count.broken;
  result.reproduce = reproduction(result.fault);
  return result;
}

Fault one_fault_of(const CallCount& count, const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == text.npos ? first : text.find(':', first + 1);
  const std::string number = second == text.npos ? "" : text.substr(first + 1, second - first - 1);
  if (number.size() > 9 || number.find_first_not_of("0123456789") != number.npos ||
      number.find_first_not_of('0') == number.npos)
    throw UsageError("'" + text + "' is no fault: it is CALL:NUMBER:ERROR, such as recv:3:EINTR");
  return {count.cell, text.substr(0, first), static_cast<unsigned>(std::stoul(number)),
          text.substr(second + 1), std::make_shared<const Json>(count.left)};
}

std::vector<Fault> faults_of(const CallCount& count, unsigned most) {
  std::map<std::string, unsigned> last;
  for (const FallibleCalls& calls : count.calls)
    last[calls.call] = std::max(last[calls.call], calls.to);
  const auto usual = std::make_shared<const Json>(count.left);
  std::vector<Fault> faults;
  for (const FallibleCalls& calls : count.calls) {
    const unsigned all = last.at(calls.call);
    for (unsigned i = 0; i < std::min(all, most); ++i) {
      const unsigned number =
          all <= most ? i + 1
                      : 1 + static_cast<unsigned>(std::uint64_t{i} * (all - 1) / (most - 1));
      if (number < calls.from || number > calls.to) continue;
      for (const std::string& error : calls.errors)
        faults.push_back({count.cell, calls.call, number, error, usual});
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
            .traced_on_timeout = settings.traced};
      },
      [&](std::size_t number, const WorkerOutcome& worker) {
        done(judge_fault(faults[number], worker));
      });
}

}  // namespace loopmark::harness
