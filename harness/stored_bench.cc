// SPDX-License-Identifier: MIT
#include "harness/stored_bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/journal.h"
#include "harness/json_text.h"

namespace loopmark::harness {
namespace {

/// The scenarios that run.json says were to be measured.
std::vector<std::string> planned_in(const RunFolder& folder) {
  const auto refuse = [path = (folder / "run.json").string()](const std::string& why) {
    throw EnvironmentError(
        fmt::format("{}: is not as {} has it: /parts/bench/plan: {}", path, kRunSchema, why));
  };
  std::vector<std::string> ids;
  try {
    for (const Json& planned : folder.part("bench").at("plan"))
      ids.push_back(ScenarioResult(planned).plan().id());
  } catch (const Json::exception& error) {
    refuse(reason_of(error));
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  }
  return ids;
}

/// The first of `planned` that has no end, or nothing.
std::string unfinished(const std::vector<std::string>& planned,
                       const std::vector<ScenarioResult>& results) {
  for (const std::string& id : planned) {
    const auto ended = [&id](const ScenarioResult& each) {
      return !each.ended().empty() && each.plan().id() == std::string_view(id);
    };
    if (std::none_of(results.begin(), results.end(), ended)) return id;
  }
  return "";
}

}  // namespace

StoredRounds read_rounds(const std::filesystem::path& journal) {
  StoredRounds rounds;
  try {
    const JournalContent content = read_journal(journal, kRoundsSchema);
    for_each_record(content, journal,
                    [&rounds](const Json& record) { add_record(record, rounds.results); });
    rounds.records = content.records.size();
    rounds.torn = content.torn;
  } catch (const JournalDamaged& error) {
    throw EnvironmentError(error.what());
  }
  return rounds;
}

StoredBench read_bench(const std::string& name) {
  StoredBench bench{.folder = RunFolder::open(name)};
  const std::filesystem::path journal = bench.folder / kRoundsFile;
  const std::vector<std::string> planned = planned_in(bench.folder);
  bench.complete = bench.folder.part("bench").at("complete");
  if (!bench.complete && !journal_exists(journal)) return bench;
  StoredRounds rounds = read_rounds(journal);
  bench.results = std::move(rounds.results);
  bench.torn = rounds.torn;
  const std::string missing = bench.complete ? unfinished(planned, bench.results) : "";
  if (!missing.empty()) {
    throw EnvironmentError(
        fmt::format("{}:{}: the journal is truncated here: run.json says it is complete, and {} "
                    "has no end",
                    journal.string(), rounds.records + 2, excerpt(missing)));
  }
  return bench;
}

}  // namespace loopmark::harness
