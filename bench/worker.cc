// SPDX-License-Identifier: MIT
#include "bench/worker.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <new>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "bench/arms.h"
#include "bench/planted_work.h"
#include "bench/second_thread.h"
#include "harness/histogram.h"
#include "harness/json.h"
#include "harness/result_line.h"
#include "harness/timed_region.h"

namespace loopmark::bench {
namespace {

using harness::Histogram;
using harness::Json;

// A slot takes milliseconds. One that has not ended by then has lost an event; SIGALRM ends the
// process, so that nothing lingers even when nobody watches over it.
constexpr unsigned kLongestSlot = 120;

Json to_json(const Histogram& histogram) {
  return {
      {"least", histogram.least()}, {"most", histogram.most()}, {"buckets", histogram.buckets()}};
}

Json measured_slot(Workload& workload, Whose whose, std::uint64_t events, Histogram* operation) {
  SlotRecord record{.stopwatch = Stopwatch(whose), .operation = operation};
  record.stopwatch.start();
  const std::uint64_t done = workload.slot(events, record);
  record.stopwatch.stop();
  const Usage& used = record.stopwatch.used();
  Json histograms = Json::object();
  for (const auto& [name, histogram] : record.histograms) histograms[name] = to_json(histogram);
  Json slot{{"events", done},
            {"wall_ns", used.wall},
            {"cpu_ns", used.cpu},
            {"user_ns", used.user},
            {"system_ns", used.system},
            {"voluntary_switches", used.voluntary_switches},
            {"involuntary_switches", used.involuntary_switches},
            {"faults", used.faults}};
  if (!histograms.empty()) slot["histograms"] = std::move(histograms);
  if (!record.values.empty()) slot["values"] = record.values;
  return slot;
}

/// A slot that is counted from outside. What the stopwatch shows is left out: its digits differ, and
/// so would the memory they take.
Json counted_slot(Workload& workload, std::uint64_t events) {
  SlotRecord record;
  record.stopwatch.start();
  const std::uint64_t done = workload.slot(events, record);
  record.stopwatch.stop();
  if (loopmark_slot_ends != nullptr) loopmark_slot_ends();
  return {{"events", done}};
}

/// What so many steps of planted work take here and now.
Json planted_slot(std::uint64_t steps) {
  Stopwatch stopwatch;
  stopwatch.start();
  planted_work(steps);
  stopwatch.stop();
  return {{"events", steps}, {"wall_ns", stopwatch.used().wall}, {"cpu_ns", stopwatch.used().cpu}};
}

/// One workload for one arm, commanded from outside.
class Worker {
 public:
  using Make = std::function<std::unique_ptr<Workload>()>;

  Worker(Make make, Whose whose) : make_(std::move(make)), whose_(whose) {}

  Json prepare() {
    try {
      workload_ = make_();
      workload_->prepare();
    } catch (const std::invalid_argument& error) {
      throw Refused(error.what());  // parameters that do not go together
    } catch (const std::system_error& error) {
      throw Refused(error.what());  // this machine does not have what it takes
    } catch (const std::length_error&) {
      throw Refused("there is not so much memory: take fewer");
    } catch (const std::bad_alloc&) {
      throw Refused("there is not so much memory: take fewer");
    }
    Json answer{{"evidence", workload_->evidence()},
                {"left_to_chance", workload_->left_to_chance()}};
    if (workload_->pace() > 0) answer["pace"] = workload_->pace();
    return answer;
  }

  /// Throws std::invalid_argument for parameters that do not go together.
  void check() const { make_(); }

  bool prepared() const { return workload_ != nullptr; }

  Json slot(std::uint64_t events, std::uint64_t warm_up) {
    return guarded([&] {
      warm(warm_up);
      return measured_slot(*workload_, whose_, events, nullptr);
    });
  }

  Json sample(std::uint64_t events, std::uint64_t warm_up) {
    return guarded([&] {
      Histogram latency;
      warm(warm_up);
      Json result = measured_slot(*workload_, whose_, events, &latency);
      result["latency"] = to_json(latency);
      return result;
    });
  }

  /// The next of the slots that are counted.
  Json counted(std::uint64_t events) {
    return guarded([&] {
      if (std::exchange(has_counted_, true)) workload_->rewind();
      return counted_slot(*workload_, events);
    });
  }

  Json verify() {
    workload_->verify();
    return {{"verified", true}};
  }

 private:
  void warm(std::uint64_t events) {
    SlotRecord nobody_reads_it;
    if (events > 0) workload_->slot(events, nobody_reads_it);
  }

  template <class Measure>
  Json guarded(Measure measure) {
    ::alarm(kLongestSlot);
    Json result = measure();
    ::alarm(0);
    return result;
  }

  Make make_;
  Whose whose_;
  std::unique_ptr<Workload> workload_;
  bool has_counted_ = false;
};

/// The answer to one command. Throws std::invalid_argument for one that is none.
Json obey(Worker& worker, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  std::uint64_t events = 0;
  std::uint64_t warm_up = 0;
  words >> command >> events;
  const bool has_events = !words.fail() && events > 0;
  words >> warm_up;
  if (command == "prepare") return worker.prepare();
  if (!worker.prepared()) throw std::invalid_argument("prepare must come before '" + line + "'");
  if (command == "slot" && has_events) return worker.slot(events, warm_up);
  if (command == "sample" && has_events) return worker.sample(events, warm_up);
  if (command == "count" && has_events) return worker.counted(events);
  if (command == "plant" && has_events) return planted_slot(events);
  if (command == "verify") return worker.verify();
  throw std::invalid_argument("no such command: '" + line + "'");
}

Json answer(Worker& worker, const std::string& line) {
  try {
    return obey(worker, line);
  } catch (const Refused& refusal) {
    return {{"refused", refusal.what()}};
  } catch (const WorkIsWrong& error) {
    return {{"wrong", error.what()}};
  }
}

Worker make_worker(const Assignment& assignment) {
  const WorkloadRow& row = find_workload(assignment.workload);
  std::string parameters;
  for (const std::string& parameter : assignment.parameters) {
    parameters += (parameters.empty() ? "" : ",") + parameter;
  }
  Registry registry = assignment.module.empty() ? Registry::standard() : Registry::built_in();
  if (!assignment.module.empty()) registry.load(assignment.module);
  Arm arm = find_arm(row, registry, assignment.arm);
  if (assignment.cpus.size() > 1) {
    arm.peer_cpu = assignment.cpus[1];
    pin_this_thread(arm.peer_cpu);  // tried here: a second thread has nobody to refuse to
  }
  if (!assignment.cpus.empty()) pin_this_thread(assignment.cpus.front());
  arm.planted_steps = assignment.planted_steps;
  arm.pace = assignment.pace;
  return Worker(
      [&row, arm, values = parse_parameters(row, parameters)] { return row.make(arm, values); },
      harness::is_of_loop_alone(row.quantity) ? Whose::kThread : Whose::kProcess);
}

int serve(Worker& worker, const Assignment& assignment) {
  const auto reply = [&](const Json& json) {
    return harness::write_result_line(assignment.result_fd, harness::to_line(json));
  };
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    if (!reply(answer(worker, line))) return 1;
  }
  return 0;
}

int do_slots(Worker& worker, const Assignment& assignment) {
  // 0 when the answer cannot be written, or is that it was not done.
  const auto obeyed = [&](const std::string& command) -> std::uint64_t {
    const Json result = answer(worker, command);
    if (!harness::write_all(assignment.result_fd, harness::to_line(result) + "\n")) return 0;
    if (result.contains("refused") || result.contains("wrong")) return 0;
    return result.value("events", std::uint64_t{1});
  };
  if (!obeyed("prepare")) return 1;
  // Work that can only be cut off at larger numbers has slots that are larger in proportion, so that those which differ in
  // what is asked for differ in what is done.
  std::uint64_t times = 0;
  for (const std::uint64_t events : assignment.slots) {
    const std::uint64_t done =
        obeyed("count " + std::to_string(std::max<std::uint64_t>(1, times) * events));
    if (done == 0) return 1;
    if (times == 0) times = (done + events - 1) / events;  // of the first
  }
  return obeyed("verify") ? 0 : 1;
}

}  // namespace

void list_workloads(int fd) {
  for (const WorkloadRow* row : workloads()) {
    Json parameters = Json::object();
    for (const Parameter& parameter : row->parameters) {
      parameters[std::string(parameter.name)] = {{"standard", parameter.standard},
                                                 {"meaning", parameter.meaning}};
    }
    Json scenarios = Json::array();
    for (const Scenario& scenario : row->scenarios) {
      scenarios.push_back({{"parameters", scenario.parameters},
                           {"judged", scenario.judged},
                           {"quick", scenario.quick},
                           {"margin", scenario.margin},
                           {"why_margin", scenario.why_margin},
                           {"launches", scenario.launches}});
    }
    const Json json = {{"workload", row->name},
                       {"question", row->question},
                       {"unit", row->unit},
                       {"operation", row->operation},
                       {"timed", row->timed},
                       {"not_shown", row->not_shown},
                       {"verdicts", row->verdicts},
                       {"parameters", parameters},
                       {"scenarios", scenarios},
                       {"arms", row->bare_arms},
                       {"quantity", harness::word(row->quantity)},
                       {"slot_events", row->slot_events},
                       {"slot_ms", row->slot_ms},
                       {"clauses", row->clauses},
                       {"library_arms", row->library_arms},
                       {"counted_events", row->counted_events},
                       {"not_counted", row->not_counted},
                       {"backends", row->backends},
                       {"threads", row->threads.always},
                       {"threads_parameter", row->threads.parameter}};
    harness::write_all(fd, harness::to_line(json) + "\n");
  }
}

int work(const Assignment& assignment) {
  try {
    Worker worker = make_worker(assignment);
    if (assignment.check) {
      worker.check();
      return 0;
    }
    return assignment.slots.empty() ? serve(worker, assignment) : do_slots(worker, assignment);
  } catch (const std::invalid_argument& error) {
    std::cerr << "loopmark-workloads: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    // No such backend, no such module, or it does not work here.
    std::cerr << "loopmark-workloads: " << error.what() << '\n';
    return 3;
  }
}

}  // namespace loopmark::bench
