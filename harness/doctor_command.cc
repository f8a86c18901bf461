// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "harness/backend_catalogue.h"
#include "harness/bench_export.h"
#include "harness/command.h"
#include "harness/environment.h"
#include "harness/executables.h"
#include "harness/interruption.h"
#include "harness/machine_check.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

constexpr std::string_view kDoctorSchema = "loopmark.doctor/1";
// Wider, and no difference that anyone would look for is ever found.
constexpr double kTooNoisy = 0.1;
constexpr double kManyPreempted = 0.05;

struct DoctorOptions {
  std::size_t rounds = 200;
  std::string format = "text";
  std::string color = "auto";
};

/// What the machine is fit for, and why not.
struct Fitness {
  std::string what;
  bool fit;
  std::string reason;
};

struct Examination {
  std::vector<Finding> findings;
  NoiseFloor noise;
  SpinGaps gaps;
  std::vector<Fitness> fitness;
};

NoiseFloor measure_noise_or_say_why(std::size_t rounds) {
  Interruption interruption;
  try {
    NoiseFloor noise =
        measure_noise(workload_worker(), rounds, [&] { return interruption.requested(); });
    if (noise.failure.empty() && interruption.requested()) noise.failure = "interrupted";
    return noise;
  } catch (const CommandError& error) {
    return {.failure = error.what()};
  }
}

Fitness fitness_for_conformance() {
  Fitness fitness{"conformance", false, ""};
  try {
    const auto rows = probe_module(case_worker(), "builtin");
    fitness.fit =
        std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.ready(); });
    if (!fitness.fit) fitness.reason = rows.empty() ? "no backend" : rows.front().reason;
  } catch (const CommandError& error) {
    fitness.reason = error.what();
  }
  return fitness;
}

Fitness fitness_for_comparing(const NoiseFloor& noise) {
  Fitness fitness{"comparing backends", false, ""};
  const double width = noise.rounds > 0 ? noise.half_width() : 1;
  const Comparison twin = judge(noise.wall, 0.01, 8);
  if (!noise.failure.empty() || noise.rounds == 0) {
    fitness.reason = noise.failure.empty() ? "nothing was measured" : noise.failure;
  } else if (!(width <= kTooNoisy)) {
    fitness.reason = fmt::format("with {} rounds still +-{:.0f} %", noise.rounds, 100 * width);
  } else if (twin == Comparison::kFaster || twin == Comparison::kSlower) {
    fitness.reason = "a program came out different from itself: try again when it is quieter";
  } else {
    fitness.fit = true;
    fitness.reason = fmt::format("paired, to +-{:.1f} % with {} rounds; 1 % needs about {}",
                                 100 * width, noise.rounds, noise.rounds_for(0.01));
  }
  return fitness;
}

/// Absolute times mean something where nothing but the program decides them.
Fitness fitness_for_absolute(const std::vector<Finding>& findings, const NoiseFloor& noise) {
  std::vector<std::string> reasons;
  for (const Finding& finding : findings) {
    const bool decides = finding.about == "virtual machine" || finding.about == "frequency";
    if (finding.level == Finding::Level::kWarning ||
        (decides && finding.level == Finding::Level::kNote)) {
      reasons.push_back(finding.about);
    }
  }
  if (noise.rounds > 0 && noise.preempted > kManyPreempted)
    reasons.push_back(fmt::format("{:.0f} % of the slots preempted", 100 * noise.preempted));
  if (noise.rounds > 0 && noise.drift > kTooNoisy)
    reasons.push_back(fmt::format("its speed drifts by {:.0f} %", 100 * noise.drift));
  return {"absolute numbers", reasons.empty(), fmt::format("{}", fmt::join(reasons, ", "))};
}

Examination examine(std::size_t rounds) {
  const MachineLoad before = MachineLoad::now();
  Examination all;
  all.gaps = watch_clock(std::chrono::seconds(1));
  all.findings = check_machine(all.gaps);
  all.noise = measure_noise_or_say_why(rounds);
  all.findings.push_back(check_stolen(before, MachineLoad::now()));
  all.fitness = {fitness_for_conformance(), fitness_for_comparing(all.noise),
                 fitness_for_absolute(all.findings, all.noise)};
  return all;
}

std::string noise_text(const NoiseFloor& noise) {
  if (noise.rounds == 0) return "not measured: " + noise.failure;
  return fmt::format(
      "{} against itself, {} rounds: ratio {:.4f} [{:.4f} {:.4f}], half-width {:.2f} % by the wall "
      "clock, {:.2f} % in processor time; {:.0f} % of the slots preempted; its speed drifted by "
      "{:.0f} %; neighbouring rounds correlate by {:+.2f}",
      noise.scenario, noise.rounds, noise.wall.value, noise.wall.low, noise.wall.high,
      100 * noise.half_width(), 100 * noise.cpu.relative_half_width(), 100 * noise.preempted,
      100 * noise.drift, noise.autocorrelation);
}

void print_text(const Examination& all, bool color) {
  const Json system = machine();
  std::vector<std::vector<std::string>> rows{{"machine", "",
                                              system.value("system", "") + ", " +
                                                  system.value("kernel", "") + ", " +
                                                  system.value("architecture", "")}};
  for (const Finding& finding : all.findings)
    rows.push_back({std::string(word(finding.level)), finding.about, finding.text});
  rows.push_back({"noise", "twin", noise_text(all.noise)});
  for (const Fitness& each : all.fitness) {
    rows.push_back({"fit for", each.what,
                    (each.fit ? "yes" : "no") + (each.reason.empty() ? "" : ": " + each.reason)});
  }
  std::string text = columns(rows);
  if (color) {
    std::istringstream lines(std::exchange(text, ""));
    for (std::string line; std::getline(lines, line);)
      text += painted(line, line.starts_with("warn") ? Paint::kBad : Paint::kPlain, true) + "\n";
  }
  fmt::print("{}", text);
}

Json to_json(const Examination& all) {
  Json findings = Json::array();
  for (const Finding& each : all.findings)
    findings.push_back({{"level", word(each.level)}, {"about", each.about}, {"text", each.text}});
  Json noise{{"rounds", all.noise.rounds}};
  if (!all.noise.failure.empty()) noise["failure"] = all.noise.failure;
  if (all.noise.rounds > 0) {
    noise.update({{"scenario", all.noise.scenario},
                  {"wall", interval_json(all.noise.wall)},
                  {"cpu", interval_json(all.noise.cpu)},
                  {"half_width", all.noise.half_width()},
                  {"drift", all.noise.drift},
                  {"preempted", all.noise.preempted},
                  {"autocorrelation", all.noise.autocorrelation}});
  }
  Json fitness = Json::object();
  for (const Fitness& each : all.fitness)
    fitness[each.what] = {{"fit", each.fit}, {"reason", each.reason}};
  return {{"schema", kDoctorSchema},
          {"machine", machine()},
          {"tool", tool()},
          {"findings", findings},
          {"clock",
           {{"reading_ns", all.gaps.reading_ns},
            {"watched_ns", all.gaps.watched.count()},
            {"gaps_over_1us", all.gaps.over_1us},
            {"gaps_over_64us", all.gaps.over_64us},
            {"longest_gap_ns", all.gaps.longest.count()}}},
          {"noise", noise},
          {"fit", fitness}};
}

/// A machine on which nothing of this works is no place for it. Noise alone is no error.
ExitCode doctor(const DoctorOptions& options) {
  const Examination all = examine(options.rounds);
  if (options.format == "json") {
    fmt::print("{}\n", to_pretty(to_json(all)));
  } else {
    print_text(all, wants_color(options.color, STDOUT_FILENO));
  }
  if (all.noise.failure == "interrupted") return ExitCode::kInterrupted;
  const bool usable = all.fitness[0].fit && all.noise.rounds > 0;
  return usable ? ExitCode::kOk : ExitCode::kEnvironment;
}

}  // namespace

CommandBody define_doctor(CLI::App& app) {
  const auto options = std::make_shared<DoctorOptions>();
  app.add_option("--rounds", options->rounds, "Of the noise measurement")
      ->check(CLI::Range(8, 100000))
      ->capture_default_str();
  app.add_option("--format", options->format, "text or json")->check(one_of({"text", "json"}));
  app.add_option("--color", options->color, "auto, always or never")
      ->check(one_of({"auto", "always", "never"}));
  return [options] { return doctor(*options); };
}

}  // namespace loopmark::harness
