// SPDX-License-Identifier: MIT
//
// Runs random programs on one backend, or one program that is given, and prints what it found as a line of JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "conformance/programs/generator.h"
#include "conformance/programs/simpler.h"
#include "conformance/programs/trial.h"
#include "reactors/registry.h"

namespace loopmark::conformance::programs {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kPassed = 0, kFailed = 1, kMisused = 2, kUnavailable = 3;
constexpr int kSizes = 60;  // a program of size n has up to n actions of its own
constexpr int kMostShrinks = 3000;

struct Options {
  std::string backend, module, program;
  std::uint64_t seed = 0;
  std::uint64_t count = 1000;
  double seconds = 0;
};

struct Found {
  Program program;
  std::string fault;
  int shrinks = 0;
};

/// Takes `program` for what was found, if it breaks something, too.
bool take(Found& found, const Program& program, const Backend& backend) {
  ++found.shrinks;
  Tried tried = try_program(program, backend);
  if (tried.fault.empty()) return false;
  found.program = program;
  found.fault = std::move(tried.fault);
  return true;
}

/// The smallest program that shrinking finds and that still breaks something.
Found shrunk(rc::Shrinkable<Program> program, std::string fault, const Backend& backend) {
  Found found{program.value(), std::move(fault)};
  for (bool smaller = true; smaller && found.shrinks < kMostShrinks;) {
    smaller = false;
    auto candidates = program.shrinks();
    while (const auto candidate = candidates.next()) {
      if (found.shrinks == kMostShrinks) break;
      if (!take(found, candidate->value(), backend)) continue;
      program = *candidate;
      smaller = true;
      break;
    }
  }
  for (bool smaller = true; smaller && found.shrinks < kMostShrinks;) {
    const auto candidates = simpler(found.program);
    smaller = std::any_of(candidates.begin(), candidates.end(), [&](const Program& candidate) {
      return found.shrinks < kMostShrinks && take(found, candidate, backend);
    });
  }
  return found;
}

/// Program number n of a seed is always the same.
rc::Shrinkable<Program> generate(std::uint64_t seed, std::uint64_t number) {
  static const rc::Gen<Program> generator = any_program();
  return generator(rc::Random(seed + number), 1 + static_cast<int>(number % kSizes));
}

int search(const Options& options, const Backend& backend) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  Json result{{"backend", backend.name}, {"seed", options.seed}};
  std::uint64_t programs = 0, actions = 0, calls = 0;
  int status = kPassed;
  for (; options.seconds > 0 ? Clock::now() < end : programs < options.count; ++programs) {
    const rc::Shrinkable<Program> program = generate(options.seed, programs);
    const Tried tried = try_program(program.value(), backend);
    actions += tried.performed.actions;
    calls += tried.performed.calls;
    if (tried.fault.empty()) continue;
    const Found found = shrunk(program, tried.fault, backend);
    result["fault"] = found.fault;
    result["number"] = programs;
    result["actions_at_first"] = size(program.value());
    result["shrinks"] = found.shrinks;
    result["program"] = to_text(found.program);
    status = kFailed;
    break;
  }
  result["programs"] = programs;
  result["actions"] = actions;
  result["calls"] = calls;
  std::cout << result.dump() << '\n';
  return status;
}

int replay(const Options& options, const Backend& backend) {
  std::ifstream file(options.program);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    throw std::invalid_argument(options.program + " cannot be read");
  Program program;
  try {
    program = parse(text.str());
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(options.program + ": " + error.what());
  }
  const Tried tried = try_program(program, backend);
  Json result{{"backend", backend.name},
              {"programs", 1},
              {"actions", tried.performed.actions},
              {"calls", tried.performed.calls}};
  if (!tried.fault.empty()) result["fault"] = tried.fault, result["program"] = to_text(program);
  std::cout << result.dump() << '\n';
  return tried.fault.empty() ? kPassed : kFailed;
}

int run(const Options& options) {
  Registry registry = Registry::built_in();
  try {
    if (!options.module.empty()) {
      registry.load(options.module);
    } else if (registry.find(options.backend) == nullptr) {
      registry = Registry::standard();
    }
    const Backend& backend = *registry.at(options.backend).row;
    return options.program.empty() ? search(options, backend) : replay(options, backend);
  } catch (const std::invalid_argument& error) {
    std::cerr << "loopmark-programs: " << error.what() << '\n';
    return kMisused;
  } catch (const std::exception& error) {
    std::cerr << "loopmark-programs: " << error.what() << '\n';
    return kUnavailable;
  }
}

}  // namespace
}  // namespace loopmark::conformance::programs

int main(int argc, char** argv) {
  loopmark::conformance::programs::Options options;
  CLI::App app("Runs random programs on one backend");
  app.add_option("--backend", options.backend)->required();
  app.add_option("--module", options.module);
  app.add_option("--seed", options.seed);
  app.add_option("--count", options.count);
  app.add_option("--seconds", options.seconds);
  app.add_option("--program", options.program, "A file with one program, instead of random ones");
  CLI11_PARSE(app, argc, argv);
  return loopmark::conformance::programs::run(options);
}
