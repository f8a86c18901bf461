// SPDX-License-Identifier: MIT
//
// Runs one probe of one backend, and tells two results: what is going to be done, and then what came of it. Without the
// second, the end of the process is the answer.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "conformance/kernel.h"
#include "conformance/profile/subjects.h"
#include "conformance/spin.h"
#include "conformance/virtual_clock.h"
#include "harness/result_line.h"
#include "reactors/registry.h"

namespace loopmark::profile {
namespace {

namespace kernel = conformance::kernel;
using Json = nlohmann::ordered_json;
constexpr int kAnswered = 0, kFailed = 1, kMisused = 2, kUnavailable = 3;
constexpr std::size_t kMostWaits = 20'000;  // no probe needs as many; then the loop spins

struct Options {
  bool list = false;
  std::string backend, module, subject;
  int result_fd = STDOUT_FILENO;
};

/// The probe that runs, for what ends it from within.
struct Running {
  const Subject* subject = nullptr;
  int result_fd = -1;
} running;

[[noreturn]] void fail(const std::string& why) {
  std::cerr << "loopmark-profile: " << why << std::endl;
  ::_exit(kFailed);
}

void tell(const Json& result) {
  const auto text = result.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!harness::write_result_line(running.result_fd, text)) fail("the result cannot be written");
}

/// Past the destructors: a loop that was broken on purpose may not survive its own end.
[[noreturn]] void answer(const Answer& found) {
  if (!is_answer(*running.subject, found.word)) {
    fail("the probe answers '" + found.word +
         "', which is none of: " + std::string(running.subject->answers));
  }
  tell({{"answer", found.word}, {"seen", found.seen}});
  ::_exit(kAnswered);
}

class WorkerKernel final : public Kernel {
 public:
  void use_virtual_clock() override {
    kernel::use_virtual_clock();
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    kernel::advance(std::chrono::seconds(1) - Duration(now.tv_nsec));
    start_ = kernel::advanced();
  }
  void advance(Duration by) override { kernel::advance(by); }
  Duration elapsed() const override { return Duration(kernel::advanced() - start_); }
  void tick_coarse_clocks(Duration tick) override { kernel::tick_coarse_clocks(tick); }
  std::vector<Wait> waits() const override {
    std::vector<Wait> all;
    for (const kernel::Wait& each : kernel::waits()) all.push_back({each.timeout, each.result});
    return all;
  }
  void forget_waits() override { kernel::forget_waits(); }
  void on_next_block(std::function<void()> hook) override {
    kernel::on_next_block(std::move(hook));
  }
  void fail_next_wait(int error) override { kernel::fail_waits(error); }
  [[noreturn]] void conclude(const Answer& found) override { answer(found); }

 private:
  std::int64_t start_ = 0;
};

int list_subjects() {
  for (const Subject& each : subjects()) {
    std::cout << Json{{"subject", each.id},        {"topic", each.topic},
                      {"question", each.question}, {"answers", each.answers},
                      {"contract", each.contract}, {"clauses", each.clauses}}
                     .dump()
              << '\n';
  }
  return kAnswered;
}

/// The probe that `row` has for the subject. Throws std::logic_error when there is not exactly one, or one for a subject
/// that is not in the list.
Probe probe_for(const Backend& row, std::string_view subject) {
  std::vector<Probe> found;
  for (const Probe& each : row.probes()) {
    if (find_subject(each.subject) == nullptr) {
      throw std::logic_error("there is a probe for '" + std::string(each.subject) +
                             "', which is no subject");
    }
    if (each.subject == subject) found.push_back(each);
  }
  if (found.size() == 1) return found.front();
  throw std::logic_error(std::to_string(found.size()) + " probes are about " +
                         std::string(subject) + ", and there shall be one");
}

[[noreturn]] void run_probe(const Backend& row, const Probe& probe) {
  tell({{"done", probe.done}, {"source", probe.source}});
  if (probe.run == nullptr) answer({std::string(probe.word), ""});
  kernel::observe_this_thread();
  kernel::limit_waits(kMostWaits);
  WorkerKernel its_kernel;
  answer(probe.run(row, its_kernel));
}

int run(const Options& options) {
  running.subject = find_subject(options.subject);
  running.result_fd = options.result_fd;
  if (running.subject == nullptr) {
    std::cerr << "loopmark-profile: there is no subject '" << options.subject << "'\n";
    return kMisused;
  }
  Registry registry = Registry::built_in();
  const Backend* row = nullptr;
  try {
    if (options.module.empty()) {
      registry = Registry::standard();
    } else {
      registry.load(options.module);
    }
    row = registry.at(options.backend).row;
    if (row->probes == nullptr) throw std::runtime_error(options.backend + " has no probes");
  } catch (const std::exception& error) {
    std::cerr << "loopmark-profile: " << error.what() << '\n';
    return kUnavailable;
  }
  try {
    run_probe(*row, probe_for(*row, options.subject));
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

}  // namespace
}  // namespace loopmark::profile

void loopmark::conformance::report_spin(const char* call, std::size_t limit) {
  loopmark::profile::answer({"spins", "the loop spins: it made more than " + std::to_string(limit) +
                                          " calls of " + call});
}

int main(int argc, char** argv) {
  loopmark::profile::Options options;
  CLI::App app("Shows how the library of one backend behaves by itself in one respect");
  app.add_flag("--list", options.list, "The subjects, as lines of JSON");
  app.add_option("--backend", options.backend);
  app.add_option("--module", options.module);
  app.add_option("--subject", options.subject);
  app.add_option("--result-fd", options.result_fd);
  CLI11_PARSE(app, argc, argv);
  if (options.list) return loopmark::profile::list_subjects();
  return loopmark::profile::run(options);
}
