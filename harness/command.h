// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "harness/exit_code.h"

namespace loopmark::harness {

/// Does what a command is for, once its options are parsed. Throws CommandError.
using CommandBody = std::function<ExitCode()>;

/// A command of the program: one row of the table in main.cc.
struct Command {
  const char* name;
  const char* summary;  // one line
  /// Adds its options; the body holds what they are parsed into.
  CommandBody (*define)(CLI::App& options);
};

/// Parses the command line by the table, runs the command and returns the program's exit code.
int run_command_line(std::span<const Command> commands, int argc, char** argv);

/// Refuses a value that is none of `words`, with the nearest of them.
CLI::Validator one_of(std::vector<std::string> words);

/// Adds an option that may be given several times, each time with a list (split_selectors()).
void add_list(CLI::App& app, const char* names, std::vector<std::string>& into, const char* what);

/// Adds the options that say which backends, and in which further modules.
void add_backends(CLI::App& app, std::vector<std::string>& backends,
                  std::vector<std::string>& modules);

/// Takes a time limit, "500ms", "10s", "2m" or "1h", for an option whose value are seconds.
CLI::Validator time_limit();

/// Refuses what is no whole number of at least 1.
CLI::Validator positive_number();

/// The command line as it is stored with results: the program's name without its folder, then the
/// arguments.
const std::vector<std::string>& command_line();

// One file a command.
CommandBody define_list(CLI::App& options);      // list_command.cc
CommandBody define_conform(CLI::App& options);   // conform_command.cc
CommandBody define_bench(CLI::App& options);     // bench_command.cc
CommandBody define_exact(CLI::App& options);     // exact_command.cc
CommandBody define_plot(CLI::App& options);      // plot_command.cc
CommandBody define_clauses(CLI::App& options);   // clauses_command.cc
CommandBody define_mutants(CLI::App& options);   // mutants_command.cc
CommandBody define_faults(CLI::App& options);    // faults_command.cc
CommandBody define_programs(CLI::App& options);  // programs_command.cc
CommandBody define_profile(CLI::App& options);   // profile_command.cc
CommandBody define_show(CLI::App& options);      // show_command.cc
CommandBody define_compare(CLI::App& options);   // compare_command.cc
CommandBody define_baseline(CLI::App& options);  // baseline_command.cc
CommandBody define_bless(CLI::App& options);     // bless_command.cc
CommandBody define_doctor(CLI::App& options);    // doctor_command.cc
CommandBody define_run(CLI::App& options);       // run_command.cc
CommandBody define_trial(CLI::App& options);     // trial_command.cc

CommandBody define_interleavings(CLI::App& options);  // interleavings_command.cc

}  // namespace loopmark::harness
