// SPDX-License-Identifier: MIT
#include "harness/run_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "harness/blessing.h"
#include "harness/environment.h"
#include "harness/exit_code.h"
#include "harness/file_text.h"
#include "harness/framing.h"
#include "harness/json_text.h"
#include "harness/result_line.h"
#include "harness/run_names.h"
#include "harness/run_record.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void cannot(const std::string& what, const fs::path& path, const std::string& why) {
  throw EnvironmentError(fmt::format("cannot {} {}: {}", what, path.string(), why));
}

/// Replaces the file at `path` by `text`: after this, or after any crash before, it is whole.
void replace_file(const fs::path& path, const std::string& text) {
  const std::string temporary = path.string() + ".new";
  const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file || !write_all(file.get(), text) || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    cannot("write", path, std::generic_category().message(errno));
  }
}

/// A folder of that name in the folder for runs; a second one in the same second gets a number.
fs::path make_named_folder() {
  std::error_code error;
  fs::create_directories(runs_folder(), error);
  if (error) cannot("make", runs_folder(), error.message());
  const std::string name = utc_now();
  for (int number = 1;; ++number) {
    const fs::path path = runs_folder() / (number == 1 ? name : fmt::format("{}-{}", name, number));
    if (fs::create_directory(path, error)) return path;
    if (error) cannot("make", path, error.message());
  }
}

Json read_record(const fs::path& folder) {
  const fs::path path = folder / "run.json";
  const std::optional<std::string> text = file_text(path);
  if (!text)
    throw EnvironmentError(path.string() + ": is not there, so " + folder.string() +
                           " is no stored run");
  Json record;
  try {
    record = read_json(*text);
  } catch (const BadJson& error) {
    const std::string before = text->substr(0, error.byte);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    throw EnvironmentError(
        fmt::format("{}:{}: is truncated or damaged: {}", path.string(), line, error.what()));
  }
  const Json schema = record.is_object() ? record.value("schema", Json("none")) : Json("none");
  if (schema != kRunSchema) {
    throw EnvironmentError(fmt::format("{}:1: has schema {}, expected \"{}\"", path.string(),
                                       excerpt(to_line(schema)), kRunSchema));
  }
  try {
    check_run_record(record);
  } catch (const std::invalid_argument& error) {
    throw EnvironmentError(
        fmt::format("{}: is not as {} has it: {}", path.string(), kRunSchema, error.what()));
  }
  return record;
}

Json new_record(const fs::path& folder) {
  return {{"schema", kRunSchema},
          {"id", folder.filename().string()},
          {"tool", tool()},
          {"machine", machine()},
          {"parts", Json::object()}};
}

}  // namespace

fs::path runs_folder() {
  const char* const named = std::getenv("LOOPMARK_RESULTS");
  return named && *named ? fs::path(named) : fs::path("results/runs");
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H-%M-%SZ}", fmt::gmtime(std::time(nullptr)));
}

RunFolder RunFolder::create(const fs::path& out, const std::string& part) {
  if (out.empty()) {
    const fs::path path = make_named_folder();
    return {path, new_record(path)};
  }
  std::error_code error;
  fs::create_directories(out, error);
  if (error) cannot("make", out, error.message());
  if (fs::is_empty(out)) return {out, new_record(out)};
  Json record = read_record(out);
  if (record["parts"].contains(part)) {
    cannot("write into", out,
           "it holds results of " + part + " already; name another folder, or --resume it");
  }
  return {out, std::move(record)};
}

std::string RunFolder::reserve() {
  return make_named_folder();
}

RunFolder RunFolder::open(const std::string& name) {
  const fs::path path = find_run(name);
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error)
    throw EnvironmentError("there is no stored run " + path.string() +
                           "; \"loopmark run\" makes one");
  Json record = read_record(real);
  if (is_blessed(real)) check_blessed(real);
  return {real, std::move(record)};
}

bool RunFolder::holds(const std::string& name) const {
  const auto parts = record_.find("parts");
  return parts != record_.end() && parts->contains(name);
}

const Json& RunFolder::part(const std::string& name) const {
  if (!holds(name))
    throw EnvironmentError((path_ / "run.json").string() + ": holds no results of " + name);
  return record_.at("parts").at(name);
}

void RunFolder::write_part(const std::string& name, const Json& part) {
  if (is_blessed(path_))
    cannot("write into", path_, "the run is blessed, so its data stay as they are");
  const bool first = record_["parts"].empty();
  record_["parts"][name] = part;
  replace_file(path_ / "run.json", to_pretty(record_) + "\n");
  if (first && fs::weakly_canonical(path_).parent_path() == fs::weakly_canonical(runs_folder()))
    replace_link(runs_folder() / "latest", path_.filename());
}

void RunFolder::write_file(const std::string& name, const std::string& text) const {
  std::error_code error;
  fs::create_directories((path_ / name).parent_path(), error);
  replace_file(path_ / name, text);
}

}  // namespace loopmark::harness
