// SPDX-License-Identifier: MIT
#include "harness/command.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "harness/build_info.h"
#include "reactors/base/nearest.h"

namespace loopmark::harness {
namespace {

std::vector<std::string>& stored_command_line() {
  static std::vector<std::string> line;
  return line;
}

/// The first option on the command line that the chosen command does not know, as a message; or
/// what the parser says.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& asked = chosen.empty() ? app : *chosen.front();
  for (const std::string& extra : asked.remaining(true)) {
    if (!extra.starts_with('-')) continue;
    std::vector<std::string> known;
    for (const CLI::Option* option : asked.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    return "there is no option '" + extra + "'" + did_you_mean(extra, known);
  }
  return error.what();
}

int parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help, --version
    return app.exit(error);
  }
  fmt::print(stderr, "loopmark: {}\nSee loopmark --help.\n", explain(app, error));
  return static_cast<int>(ExitCode::kUsage);
}

/// Throws UsageError when the first argument is neither an option nor a command.
void require_command(std::span<const Command> commands, int argc, char** argv) {
  std::vector<std::string> known;
  for (const Command& command : commands) known.emplace_back(command.name);
  const std::string asked = argc > 1 ? argv[1] : "--help";
  if (asked.starts_with('-') || std::find(known.begin(), known.end(), asked) != known.end()) return;
  throw UsageError("there is no command '" + asked + "'" + did_you_mean(asked, known));
}

}  // namespace

const std::vector<std::string>& command_line() {
  return stored_command_line();
}

CLI::Validator one_of(std::vector<std::string> words) {
  const auto check = [words](const std::string& value) -> std::string {
    if (std::find(words.begin(), words.end(), value) != words.end()) return "";
    return fmt::format("'{}' is none of: {}{}", value, fmt::join(words, ", "),
                       did_you_mean(value, words));
  };
  return {check, ""};
}

void add_list(CLI::App& app, const char* names, std::vector<std::string>& into, const char* what) {
  app.add_option(names, into, what)->allow_extra_args(false)->type_name("LIST");
}

void add_backends(CLI::App& app, std::vector<std::string>& backends,
                  std::vector<std::string>& modules) {
  add_list(app, "-b,--backend", backends,
           "Backends: epoll, libev/*, native, all, ./x.so; -X or !X takes away");
  add_list(app, "--module", modules, "A further backend module");
}

CLI::Validator time_limit() {
  const auto to_seconds = [](std::string& value) -> std::string {
    const std::map<std::string, double> units{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}};
    constexpr double kLongest = 7 * 24 * 60 * 60;
    const std::string asked = value;
    double seconds = 0;
    if (!CLI::AsNumberWithUnit(units)(value).empty() ||
        !CLI::detail::lexical_cast(value, seconds) || !(seconds > 0 && seconds <= kLongest)) {
      return fmt::format("'{}' is no time limit: 500ms, 10s, 2m; at most 7 days", asked);
    }
    return "";
  };
  return {to_seconds, "TIME"};
}

CLI::Validator positive_number() {
  const auto check = [](const std::string& value) -> std::string {
    const bool whole = value.find_first_not_of("0123456789") == std::string::npos;
    if (whole && value.find_first_not_of('0') != std::string::npos) return "";
    return fmt::format("'{}': use a whole number of at least 1", value);
  };
  return {check, "NUMBER"};
}

int run_command_line(std::span<const Command> commands, int argc, char** argv) {
  stored_command_line().assign(argv, argv + argc);
  stored_command_line().front() = std::filesystem::path(argv[0]).filename();

  ::signal(SIGPIPE, SIG_IGN);  // a worker, or whoever reads our output, may be gone; the run goes
                               // on and is stored
  CLI::App app{"loopmark checks whether event loops behave, and measures how fast they are."};
  app.set_version_flag("--version", fmt::format("loopmark {}", kVersion));
  app.require_subcommand(1);
  CommandBody body;
  for (const Command& command : commands) {
    CLI::App* const options = app.add_subcommand(command.name, command.summary);
    options->callback([&body, run = command.define(*options)] { body = run; });
  }
  try {
    require_command(commands, argc, argv);
    app.parse(argc, argv);
    return static_cast<int>(body());
  } catch (const CLI::ParseError& error) {
    return parse_error(app, error);
  } catch (const CommandError& error) {
    fmt::print(stderr, "loopmark: {}\n", error.what());
    return static_cast<int>(error.code);
  } catch (const std::exception& error) {  // a file that cannot be written, no more processes
    fmt::print(stderr, "loopmark: {}\n", error.what());
    return static_cast<int>(ExitCode::kEnvironment);
  }
}

}  // namespace loopmark::harness
