// SPDX-License-Identifier: MIT
#include "harness/stored_bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/exit_code.h"
#include "harness/journal.h"

namespace loopmark::harness {
namespace {

/// The first scenario of the plan that has no end, or nothing.
std::string unfinished(const Json& part, const std::vector<ScenarioResult>& results) {
  for (const Json& planned : part.at("plan")) {
    const std::string id = ScenarioResult(planned).plan().id();
    const auto ended = [&id](const ScenarioResult& each) {
      return !each.ended().empty() && each.plan().id() == std::string_view(id);
    };
    if (std::none_of(results.begin(), results.end(), ended)) return id;
  }
  return "";
}

}  // namespace

StoredBench read_bench(const std::string& name) {
  StoredBench bench{.folder = RunFolder::open(name)};
  const std::filesystem::path journal = bench.folder / kRoundsFile;
  try {
    const Json& part = bench.folder.part("bench");
    bench.complete = part.at("complete");
    if (!bench.complete && !journal_exists(journal)) return bench;
    const JournalContent content = read_journal(journal, kRoundsSchema);
    bench.results = read_results(content.records);
    bench.torn = content.torn;
    const std::string missing = bench.complete ? unfinished(part, bench.results) : "";
    if (!missing.empty()) {
      throw EnvironmentError(
          fmt::format("{}:{}: the journal is truncated here: run.json says it is complete, and {} "
                      "has no end",
                      journal.string(), content.records.size() + 2, missing));
    }
    return bench;
  } catch (const JournalDamaged& error) {
    throw EnvironmentError(error.what());
  } catch (const Json::exception& error) {
    throw EnvironmentError(fmt::format("{}: is not as {} and {} have it: {}",
                                       bench.folder.path().string(), kRunSchema, kRoundsSchema,
                                       error.what()));
  }
}

}  // namespace loopmark::harness
