// SPDX-License-Identifier: MIT
//
// The worker for cases. Told a backend, a case and where to write the result, it runs just that pair; with GoogleTest's
// own options it is an ordinary test binary with all pairs.
#include <dlfcn.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "conformance/case.h"
#include "conformance/fault_run.h"
#include "conformance/kernel.h"
#include "conformance/left_over.h"
#include "conformance/loaded_first.h"
#include "conformance/promises.h"
#include "conformance/spin.h"
#include "harness/result_line.h"
#include "reactors/registry.h"

namespace loopmark::conformance {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kPassed = 0, kFailed = 1, kMisused = 2, kUnavailable = 3;

struct Options {
  bool list_cases = false;
  std::string probe, backend, module, case_name;
  int result_fd = -1;
  faults::Wish faults;
};

/// The cell that runs, for report_spin().
struct Cell {
  CaseContext* context = nullptr;
  int result_fd = -1;
  std::string evidence;
  Json result = {{"verdict", "pass"}, {"message", ""}, {"log", Json::array()}};
  std::optional<std::size_t> waits;
} cell;

// What libraries set up once, and what the allocator keeps at hand, counts as allocated, too. Small leaks are found by
// AddressSanitizer.
constexpr std::size_t kMostLeft = 1024 * 1024;

/// Bytes that are allocated; 0 under a sanitizer, which has an allocator of its own.
std::size_t memory_in_use() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

void fail(const std::string& message, const char* file = nullptr, int line = 0) {
  Json& result = cell.result;
  if (result["verdict"] == "fail") {
    result["message"] = result["message"].get<std::string>() + "\n" + message;
    return;
  }
  result["verdict"] = "fail";
  result["message"] = message;
  if (file) result["file"] = file, result["line"] = line;
}

int finish() {
  if (cell.context && kernel::observes_this_thread()) cell.result["log"] = cell.context->events();
  cell.result["waits"] = cell.waits.value_or(kernel::wait_count());
  cell.result["evidence"] = cell.evidence;
  faults::add_to(cell.result);
  if (cell.result_fd >= 0) {
    const auto text = cell.result.dump(-1, ' ', false, Json::error_handler_t::replace);
    harness::write_result_line(cell.result_fd, text);
  }
  return cell.result["verdict"] == "fail" ? kFailed : kPassed;
}

/// Hands each failed check to the result.
class FailureListener : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (part.failed()) fail(part.message(), part.file_name(), part.line_number());
  }
};

/// A (backend, case) pair as GoogleTest knows it.
class CaseTest : public testing::Test {
 public:
  CaseTest(const Backend& backend, const Case& run, bool is_observed)
      : backend_(backend), case_(run), is_observed_(is_observed) {}

  void TestBody() override {
    if (!any(backend_.capabilities & case_.needs)) GTEST_SKIP() << "not supported";
    const Holdings before = holdings();
    const std::size_t memory_before = memory_in_use();
    std::size_t log_size = 0;
    kernel::observe_this_thread();
    {
      CaseContext context(backend_, is_observed_);
      cell.context = &context;
      run(context);
      cell.waits = kernel::wait_count();
      for (const ErrorReport& error : context.take_errors()) {
        ADD_FAILURE() << "an error was reported: " << error.context << ": "
                      << error.failure.message();
      }
      const std::size_t without_log = memory_in_use();
      cell.result["log"] = context.events();
      log_size = memory_in_use() - without_log;
      if (HasFailure()) {
        for (const std::string& event : context.events()) std::cout << "  event: " << event << '\n';
      }
      cell.context = nullptr;
    }
    const Holdings after = holdings();
    EXPECT_EQ(after.descriptors, before.descriptors) << "descriptors were left open";
    faults::end(before, after);
    EXPECT_LE(memory_in_use(), memory_before + log_size + kMostLeft) << "memory was left allocated";
  }

 private:
  void run(CaseContext& context) {
    try {
      context.reactor();
      faults::attend(context);
      cell.evidence = context.reactor().evidence();
      case_.body(context);
      context.destroy_reactor();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "the case threw: " << error.what();
    }
  }

  const Backend& backend_;
  const Case& case_;
  const bool is_observed_;
};

std::string in_test_name(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

void register_pair(const Backend& backend, const Case& run, bool is_observed = false) {
  const std::string suite = in_test_name(std::string(backend.name), '/', '.');
  const std::string name =
      in_test_name(std::string(run.clause), '-', '_') + "." + std::string(run.name);
  testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr,
                        std::string(run.file).c_str(), run.line,
                        [&backend, &run, is_observed]() -> testing::Test* {
                          return new CaseTest(backend, run, is_observed);
                        });
}

std::vector<std::string> names_of(Capability capabilities) {
  std::vector<std::string> names;
  const auto add = [&](Capability one, const char* name) {
    if (any(capabilities & one)) names.emplace_back(name);
  };
  add(Capability::kBasic, "basic");
  add(Capability::kPassOrder, "pass_order");
  add(Capability::kExactWaits, "exact_waits");
  return names;
}

int list_cases() {
  for (const Case& one : all_cases()) {
    std::cout << Json{{"clause", one.clause},
                      {"name", one.name},
                      {"requirement", one.requirement},
                      {"catches", one.catches},
                      {"file", one.file},
                      {"line", one.line},
                      {"needs", names_of(one.needs)},
                      {"uncaught", one.uncaught}}
                     .dump()
              << '\n';
  }
  return kPassed;
}

/// The path of the first loaded file whose name begins with `stem` and goes on as a shared object's does, modules aside.
std::string loaded_path(const std::string& stem) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    const auto name = line.rfind(stem);
    if (path == std::string::npos || name == std::string::npos) continue;
    const char after = line[std::min(name + stem.size(), line.size() - 1)];
    if ((after == '.' || after == '-') && line.find("/modules/") == std::string::npos) {
      return line.substr(path);
    }
  }
  return "";
}

/// A library may be called with its "lib" (libev.so.4) or without (libloopmark.so).
std::string library_path_of(const Backend& row) {
  const std::string path = loaded_path("/lib" + std::string(row.library));
  return path.empty() ? loaded_path("/" + std::string(row.library)) : path;
}

Json describe(const Registry::Entry& entry) {
  const Backend& row = *entry.row;
  Json deviations = Json::array();
  constexpr const char* kHow[] = {"fail", "crash", "timeout"};
  for (const Deviation& one : row.deviations) {
    deviations.push_back({{"clause", one.clause},
                          {"how", kHow[static_cast<std::size_t>(one.how)]},
                          {"reason", one.reason},
                          {"source", one.source},
                          {"program", one.program}});
  }
  Json line{{"backend", row.name},
            {"alias", row.alias},
            {"description", row.description},
            {"library", row.library},
            {"mechanism", row.mechanism},
            {"compiled_version", row.compiled_version},
            {"runtime_version", row.runtime_version()},
            {"library_path", library_path_of(row)},
            {"module", entry.module.string()},
            {"capabilities", names_of(row.capabilities)},
            {"timer_resolution_ns", row.timer_resolution.count()},
            {"library_loop", row.make_library_loop != nullptr},
            {"probes", row.probes != nullptr},
            {"deviations", deviations}};
  try {
    const std::unique_ptr<Reactor> reactor = row.make();
    if (!reactor) throw std::runtime_error("make() returned null; mend the backend");
    line["evidence"] = reactor->evidence();
    line["status"] = "ready";
  } catch (const std::exception& error) {
    line["status"] = "unavailable";
    line["reason"] = error.what();
  }
  return line;
}

int probe_module(const std::string& module) {
  Registry registry = module == "builtin" ? Registry::built_in() : Registry();
  try {
    if (module != "builtin") registry.load(module);
  } catch (const ModuleRefused& refused) {
    std::cout << Json{{"module", module}, {"status", "refused"}, {"reason", refused.what()}}.dump()
              << '\n';
    return kUnavailable;
  }
  for (const Registry::Entry& entry : registry.entries())
    std::cout << describe(entry).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  return kPassed;
}

const Case* find_case(const std::vector<Case>& cases, const std::string& name) {
  for (const Case& one : cases) {
    if (std::string(one.clause) + "/" + std::string(one.name) == name) return &one;
  }
  return nullptr;
}

[[noreturn]] void give_up(const std::string& message) {
  fail(message);
  const int status = finish();
  ::_exit(status);
}

int run_one(const Options& options, const std::vector<Case>& cases) {
  const Case* const wanted = find_case(cases, options.case_name);
  if (wanted == nullptr) {
    std::cerr << "loopmark-cases: there is no case '" << options.case_name << "'\n";
    return kMisused;
  }
  Registry registry = Registry::built_in();
  try {
    if (!options.module.empty())
      registry.load(options.module);
    else if (registry.find(options.backend) == nullptr)
      registry = Registry::standard();
    const Backend& backend = *registry.at(options.backend).row;
    if (!any(backend.capabilities & wanted->needs)) {
      cell.result = {{"verdict", "not_supported"},
                     {"message", "the backend does not offer what this needs"}};
      return finish();
    }
    register_pair(backend, *wanted, static_cast<bool>(options.faults));
  } catch (const std::exception& error) {
    std::cerr << "loopmark-cases: " << error.what() << '\n';
    cell.result = {{"verdict", "unavailable"}, {"message", error.what()}};
    finish();
    return kUnavailable;
  }
  faults::begin(options.faults, options.case_name, options.result_fd, give_up);
  testing::UnitTest::GetInstance()->listeners().Append(new FailureListener);
  [[maybe_unused]] const int status = RUN_ALL_TESTS();
  if (testing::UnitTest::GetInstance()->test_to_run_count() != 1)
    fail("not exactly one case was run");
  return finish();
}

int run_all(const std::vector<Case>& cases) {
  Registry registry = Registry::standard();
  for (const Registry::Entry& entry : registry.entries()) {
    for (const Case& one : cases) register_pair(*entry.row, one);
  }
  return RUN_ALL_TESTS();
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--list-cases" || word == "--count-calls") {
      (word == "--list-cases" ? options.list_cases : options.faults.counts) = true;
      continue;
    }
    if (i + 1 == argc)
      throw std::invalid_argument("'" + word + "' is no option, or lacks its value");
    const std::string value = argv[++i];
    if (word == "--probe")
      options.probe = value;
    else if (word == "--backend")
      options.backend = value;
    else if (word == "--module")
      options.module = value;
    else if (word == "--case")
      options.case_name = value;
    else if (word == "--fault")
      options.faults.fault = faults::parse(value);
    else if (word == "--result-fd")
      options.result_fd = std::stoi(value);
    else
      throw std::invalid_argument("'" + word + "' is no option");
  }
  return options;
}

}  // namespace

void report_spin(const char* call, std::size_t limit) {
  // One that calls somebody each time is kept busy by the case.
  cell.result["spins"] = promises::callbacks() < limit / 2;
  const std::string message =
      "the loop spins: more than " + std::to_string(limit) + " calls of " + call;
  std::cerr << "loopmark-cases: " << message << '\n';
  give_up(message);
}

}  // namespace loopmark::conformance

int main(int argc, char** argv) {
  using namespace loopmark::conformance;
  faults::remember_loaded();
  testing::InitGoogleTest(&argc, argv);
  Options options;
  try {
    options = parse(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "loopmark-cases: " << error.what() << '\n';
    return kMisused;
  }
  load_first(options.module, argv);
  cell.result_fd = options.result_fd;
  if (options.list_cases) return list_cases();
  if (!options.probe.empty()) return probe_module(options.probe);
  static const std::vector<Case> cases = all_cases();
  if (!options.case_name.empty()) return run_one(options, cases);
  return run_all(cases);
}
