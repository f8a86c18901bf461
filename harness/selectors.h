// SPDX-License-Identifier: MIT
//
// What a user may write for backends and cases. Selectors stand in lists with commas; a leading '-'
// or '!' takes away, and a list that only takes away begins with everything. A name that is unknown
// is a UsageError with the nearest one there is; a pattern, or a whole selection, that matches
// nothing is NothingRan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/case_catalogue.h"
#include "harness/contract.h"
#include "harness/profile.h"

namespace loopmark::harness {

/// The selectors in `lists`, each of which may hold several. Throws UsageError for a list that holds
/// none, such as an empty variable of a shell.
std::vector<std::string> split_selectors(const std::vector<std::string>& lists);

/// Whether `selector` is the path of a module, and not a name: "./x.so", "/a/x.so".
bool is_module_path(std::string_view selector);

/// `path` as it stands in a catalogue: absolute, and without detours.
std::string module_path(const std::string& path);

/// The modules that `selectors` name by path, and those of `paths`, as module_path() has them.
std::vector<std::string> modules_in(const std::vector<std::string>& selectors,
                                    const std::vector<std::string>& paths);

/// By name ("epoll"), alias ("libev"), pattern ("libev/*"), group ("native", "all") or module path;
/// no selector is "all". Backends that are not ready are among those of a pattern or group, since
/// they are counted; one that is asked for by name is an EnvironmentError with the reason.
std::vector<const BackendInfo*> select_backends(const BackendCatalogue& catalogue,
                                                const std::vector<std::string>& selectors);

/// By clause ("TIME-CANCEL-01"), beginning of clauses ("TIME", "TIME-CANCEL"), case ("CLAUSE/Name"
/// or "Name"), or a pattern of these; no selector is everything. `excluded` is taken away in the
/// end.
std::vector<const CaseInfo*> select_cases(const std::vector<CaseInfo>& cases,
                                          const Contract& contract,
                                          const std::vector<std::string>& selectors,
                                          const std::vector<std::string>& excluded);

/// By id ("stop-before-run"), topic ("timers"), or a pattern of ids; no selector is everything.
std::vector<const SubjectInfo*> select_subjects(const std::vector<SubjectInfo>& subjects,
                                                const std::vector<std::string>& selectors);

}  // namespace loopmark::harness
