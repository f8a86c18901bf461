// SPDX-License-Identifier: MIT
#include "harness/selectors.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>

#include "harness/exit_code.h"
#include "reactors/base/nearest.h"

namespace loopmark::harness {
namespace {

bool is_pattern(std::string_view selector) {
  return selector.find_first_of("*?[") != std::string_view::npos;
}

bool matches(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool takes_away(std::string_view selector) {
  return selector.starts_with('-') || selector.starts_with('!');
}

template <class Item>
using Matching =
    std::function<std::vector<const Item*>(const std::string& selector, bool taken_away)>;

/// What the selectors come to, in the order of `all`.
template <class Item>
std::vector<const Item*> select(const std::vector<Item>& all,
                                const std::vector<std::string>& selectors,
                                const Matching<Item>& matching) {
  std::set<const Item*> chosen;
  if (std::all_of(selectors.begin(), selectors.end(), takes_away)) {
    for (const Item& item : all) chosen.insert(&item);
  }
  for (const std::string& selector : selectors) {
    const bool away = takes_away(selector);
    for (const Item* const item : matching(away ? selector.substr(1) : selector, away)) {
      away ? void(chosen.erase(item)) : void(chosen.insert(item));
    }
  }
  std::vector<const Item*> ordered;
  for (const Item& item : all) {
    if (chosen.contains(&item)) ordered.push_back(&item);
  }
  return ordered;
}

[[noreturn]] void unknown_backend(const BackendCatalogue& catalogue, const std::string& name) {
  std::vector<std::string> known{"all", "native"};
  for (const BackendInfo& row : catalogue.backends) {
    if (row.status == BackendInfo::Status::kNotBuilt && row.library == name) {
      throw EnvironmentError("backend '" + name + "' is not built: " + row.reason);
    }
    known.push_back(row.name);
    if (!row.alias.empty()) known.push_back(row.alias);
  }
  throw UsageError("there is no backend '" + name + "'" + did_you_mean(name, known) +
                   " (loopmark list backends shows what there is)");
}

const BackendInfo* backend_by_name(const BackendCatalogue& catalogue, const std::string& name,
                                   bool away) {
  const BackendInfo* const row = catalogue.find(name);
  if (row == nullptr) unknown_backend(catalogue, name);
  if (row->ready() || away) return row;
  if (row->status == BackendInfo::Status::kRefused) throw EnvironmentError(row->reason);
  throw EnvironmentError("backend '" + name + "' is " + std::string(word(row->status)) + ": " +
                         row->reason);
}

std::vector<const BackendInfo*> backends_of(const BackendCatalogue& catalogue,
                                            const std::string& selector, bool away) {
  const bool path = is_module_path(selector);
  if (!path && selector != "all" && selector != "native" && !is_pattern(selector)) {
    return {backend_by_name(catalogue, selector, away)};
  }
  const std::string module = path ? module_path(selector) : "";
  std::vector<const BackendInfo*> found;
  for (const BackendInfo& row : catalogue.backends) {
    const bool meant = path ? row.module == module
                            : selector == "all" ||
                                  (selector == "native" && row.library == "loopmark") ||
                                  matches(selector, row.name);
    if (meant && path && !row.ready() && !away) throw EnvironmentError(row.reason);
    if (meant) found.push_back(&row);
  }
  if (found.empty()) throw NothingRan("no backend matches '" + selector + "'");
  return found;
}

/// Whether `clause` is `selector`, or begins with it at the end of a part: TIME-CANCEL, but not
/// TIME-CAN.
bool begins_clause(const std::string& selector, const std::string& clause) {
  return clause.starts_with(selector) &&
         (clause.size() == selector.size() || clause[selector.size()] == '-');
}

bool case_matches(const std::string& selector, const CaseInfo& each) {
  if (is_pattern(selector)) {
    return matches(selector, each.clause) || matches(selector, each.name) ||
           matches(selector, each.id());
  }
  return begins_clause(selector, each.clause) || selector == each.name || selector == each.id();
}

/// What was meant is no case: a clause that none judges, or nothing that there is.
[[noreturn]] void no_case(const std::vector<CaseInfo>& cases, const Contract& contract,
                          const std::string& selector) {
  if (is_pattern(selector)) throw NothingRan("no case matches '" + selector + "'");
  std::set<std::string> known;
  for (const Section& section : contract.sections) {
    known.insert(section.prefix);
    for (const Clause& clause : section.clauses) {
      known.insert(clause.id);
      if (!begins_clause(selector, clause.id)) continue;
      throw NothingRan("no case judges " + clause.id +
                       (clause.has_case() ? "" : " (" + clause.judged + ")"));
    }
  }
  for (const CaseInfo& each : cases) {
    for (const std::string& name : {each.name, each.clause, each.id()}) known.insert(name);
  }
  throw UsageError("there is no case or clause '" + selector + "'" +
                   did_you_mean(selector, {known.begin(), known.end()}) +
                   " (loopmark list cases shows what there is)");
}

}  // namespace

std::vector<std::string> split_selectors(const std::vector<std::string>& lists) {
  std::vector<std::string> selectors;
  for (const std::string& list : lists) {
    if (list.find_first_not_of(',') == std::string::npos) {
      throw UsageError("'" + list + "' selects nothing; leave the option out to select all");
    }
    std::istringstream stream(list);
    for (std::string each; std::getline(stream, each, ',');) {
      if (!each.empty()) selectors.push_back(each);
    }
  }
  return selectors;
}

bool is_module_path(std::string_view selector) {
  return selector.starts_with("./") || selector.starts_with("../") || selector.starts_with('/') ||
         selector.ends_with(".so");
}

std::string module_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

std::vector<std::string> modules_in(const std::vector<std::string>& selectors,
                                    const std::vector<std::string>& paths) {
  std::vector<std::string> modules;
  for (const std::string& selector : selectors) {
    if (is_module_path(selector)) modules.push_back(module_path(selector));
  }
  std::transform(paths.begin(), paths.end(), std::back_inserter(modules), module_path);
  return modules;
}

std::vector<const BackendInfo*> select_backends(const BackendCatalogue& catalogue,
                                                const std::vector<std::string>& selectors) {
  const auto matching = [&catalogue](const std::string& selector, bool away) {
    return backends_of(catalogue, selector, away);
  };
  auto chosen = select<BackendInfo>(catalogue.backends, selectors, matching);
  if (chosen.empty()) throw NothingRan("the selection leaves no backend");
  return chosen;
}

std::vector<const CaseInfo*> select_cases(const std::vector<CaseInfo>& cases,
                                          const Contract& contract,
                                          const std::vector<std::string>& selectors,
                                          const std::vector<std::string>& excluded) {
  const auto matching = [&](const std::string& selector, bool) {
    std::vector<const CaseInfo*> found;
    for (const CaseInfo& each : cases) {
      if (case_matches(selector, each)) found.push_back(&each);
    }
    if (found.empty()) no_case(cases, contract, selector);
    return found;
  };
  std::vector<std::string> all = selectors;
  for (const std::string& each : excluded) all.push_back("!" + each);
  auto chosen = select<CaseInfo>(cases, all, matching);
  if (chosen.empty()) throw NothingRan("the selection leaves no case");
  return chosen;
}

std::vector<const SubjectInfo*> select_subjects(const std::vector<SubjectInfo>& subjects,
                                                const std::vector<std::string>& selectors) {
  const auto matching = [&subjects](const std::string& selector, bool) {
    std::vector<const SubjectInfo*> found;
    std::vector<std::string> known;
    for (const SubjectInfo& each : subjects) {
      if (selector == each.topic || matches(selector, each.id)) found.push_back(&each);
      known.insert(known.end(), {each.id, each.topic});
    }
    if (found.empty() && is_pattern(selector))
      throw NothingRan("no subject matches '" + selector + "'");
    if (found.empty()) {
      throw UsageError("there is no subject or topic '" + selector + "'" +
                       did_you_mean(selector, known) +
                       " (loopmark list subjects shows what there is)");
    }
    return found;
  };
  auto chosen = select<SubjectInfo>(subjects, selectors, matching);
  if (chosen.empty()) throw NothingRan("the selection leaves no subject");
  return chosen;
}

}  // namespace loopmark::harness
