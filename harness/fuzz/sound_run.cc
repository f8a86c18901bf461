// SPDX-License-Identifier: MIT
#include "harness/fuzz/sound_run.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "harness/bench_results.h"
#include "harness/cell.h"
#include "harness/environment.h"
#include "harness/result_line.h"
#include "harness/run_folder.h"
#include "harness/stored_run.h"
#include "reactors/base/check.h"

namespace loopmark::harness::fuzz {
namespace fs = std::filesystem;
namespace {

ScenarioPlan sound_plan() {
  ScenarioPlan plan;
  plan.workload = "fd_scaling";
  plan.parameters = "fds=100,active=1";
  plan.unit = "event";
  plan.operation = "wait";
  plan.effort = {
      .least_rounds = 2, .most_rounds = 4, .curve_rounds = 4, .margin = 0.01, .target = 0.01};
  for (const char* const label : {"bare/epoll", kTwin, "libev/epoll", "api:libev/epoll"})
    plan.arms.push_back(
        {.label = label, .arm = label, .module = "", .mechanism = "epoll", .version = "1"});
  return plan;
}

std::vector<std::string> sound_rounds() {
  const ScenarioPlan plan = sound_plan();
  std::vector<ArmResult> arms(plan.arms.size());
  for (std::size_t i = 0; i < arms.size(); ++i) arms[i].plan = plan.arms[i];
  std::vector<std::string> lines{to_line(scenario_record(plan, arms))};
  for (std::size_t round = 0; round < 3; ++round) {
    Json slots = Json::object();
    Json latencies = Json::object();
    for (const ArmPlan& arm : plan.arms) {
      slots[arm.label] = {{"events", 100}, {"wall_ns", 1000 + round}, {"cpu_ns", 900}};
      latencies[arm.label] = {{"least", 5}, {"most", 7}, {"buckets", {{5, 2}, {7, 1}}}};
    }
    lines.push_back(to_line(round_record(plan.id(), round, Json::array(), slots, latencies)));
  }
  lines.push_back(to_line(exact_record(
      plan.id(), "libev/epoll", {{"events", {16, 96}}, {"system_calls", {{"epoll_wait", 1.0}}}})));
  lines.push_back(to_line(end_record(plan.id(), "rounds")));
  return lines;
}

CellResult cell(const std::string& backend, const std::string& name, Verdict verdict) {
  CellResult cell;
  cell.backend = backend;
  cell.clause = "TIME-CANCEL-01";
  cell.name = name;
  cell.level = "MUST";
  cell.verdict = cell.outcome.verdict = verdict;
  cell.outcome.message = verdict == Verdict::kPass ? "" : "expected 1, observed 2";
  return cell;
}

std::vector<std::string> sound_cells() {
  return {to_line(to_json(cell("epoll", "Never", Verdict::kPass))),
          to_line(to_json(cell("libev/epoll", "Never", Verdict::kFail)))};
}

std::string sound_record() {
  const Json backend{{"backend", "epoll"}, {"library", "loopmark"}, {"runtime_version", "1"}};
  const Json common{{"complete", false},
                    {"started", "2026-11-22T10-20-07Z"},
                    {"arguments", {"loopmark", "run"}},
                    {"backends", Json::array({backend})}};
  Json conform = common;
  ConformPlan plan;
  plan.backends = {"epoll", "libev/epoll"};
  plan.cases = {"TIME-CANCEL-01/Never", "TIME-CANCEL-01/Twice"};
  conform["plan"] = to_json(plan);
  Json bench = common;
  const ScenarioPlan scenario = sound_plan();
  std::vector<ArmResult> arms(scenario.arms.size());
  for (std::size_t i = 0; i < arms.size(); ++i) arms[i].plan = scenario.arms[i];
  bench["plan"] = Json::array({scenario_record(scenario, arms)});
  return to_line({{"schema", kRunSchema},
                  {"id", "sound"},
                  {"tool", tool()},
                  {"machine", machine()},
                  {"parts", {{"conform", conform}, {"bench", bench}}}});
}

std::string envelope(std::string_view record) {
  return fmt::format("{{\"crc32\":\"{}\",\"record\":{}}}\n", checksum(record), record);
}

std::string journal(std::string_view schema, const std::vector<std::string>& records) {
  std::string text = envelope(to_line({{"schema", schema}}));
  for (const std::string& record : records) text += envelope(record);
  return text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

SoundRun::SoundRun() {
  std::string name = fs::temp_directory_path() / "loopmark-fuzz-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw_errno(name.c_str());
  folder_ = name;
}

SoundRun::~SoundRun() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path SoundRun::replace(std::string_view target, std::string_view input) {
  static const std::string record = sound_record();
  static const std::string cells = journal(kCellSchema, sound_cells());
  static const std::string rounds = journal(kRoundsSchema, sound_rounds());
  write("run.json", record);
  write(kCellJournal, cells);
  write(kRoundsFile, rounds);
  fs::remove(folder_ / "blessed.json");
  if (target == "run_record") {
    write("run.json", input);
    return folder_ / "run.json";
  }
  if (target == "blessed") {
    write("blessed.json", input);
    return folder_ / "blessed.json";
  }
  const bool is_rounds = target == "rounds";
  const std::string name = is_rounds ? kRoundsFile : kCellJournal;
  const std::string_view schema = is_rounds ? kRoundsSchema : kCellSchema;
  write(name, target == "journal" ? input : std::string_view(journal(schema, lines_of(input))));
  return folder_ / name;
}

void SoundRun::write(const std::string& name, std::string_view text) const {
  std::ofstream(folder_ / name, std::ios::binary) << text;
}

}  // namespace loopmark::harness::fuzz
