// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reactors/backend.h"

namespace loopmark {

/// A module, or a library it needs, that is not there: one line with path, reason and remedy.
struct Unavailable {
  std::string name;    // the module's path, or the library's name when its module was not built
  bool not_built;      // else it was refused
  std::string reason;  // and what to do
  std::vector<std::string> backends;  // that it would bring, where known
};

/// A module that was asked for by name cannot be loaded.
struct ModuleRefused : std::runtime_error {
  using runtime_error::runtime_error;
};

/// The backends there are: built-in rows first, then those of modules. Modules are never unloaded. Not thread-safe.
class Registry {
 public:
  struct Entry {
    const Backend* row;
    std::filesystem::path module;  // empty for a built-in row
  };

  /// The built-in rows only.
  static Registry built_in();

  /// The built-in rows, the modules in the folder "modules" beside the core library, and those in the folders of
  /// LOOPMARK_BACKEND_PATH (separated by ':'). What cannot be loaded is in unavailable().
  static Registry standard();

  /// Adds `row`. Throws std::invalid_argument when its names are taken, or it is not in order (check_row()).
  void add(const Backend& row, const std::filesystem::path& module = {});

  /// Adds the rows of the module at `path`, and returns how many. Throws ModuleRefused: path, reason, remedy.
  std::size_t load(const std::filesystem::path& path);

  /// Adds all modules in `folder` (*.so), in order of name, and notes those that were not built (*.missing).
  void load_folder(const std::filesystem::path& folder);

  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Unavailable>& unavailable() const { return unavailable_; }

  /// The row of that name or alias, or null.
  const Entry* find(std::string_view name) const;

  /// The row of that name or alias. Throws NoSuchReactor with the nearest name there is.
  const Entry& at(std::string_view name) const;

 private:
  std::vector<Entry> entries_;
  std::vector<Unavailable> unavailable_;
};

/// A reactor of the named backend, from the standard registry. Throws NoSuchReactor, or what the backend's make() throws.
std::unique_ptr<Reactor> make_reactor(std::string_view backend);

}  // namespace loopmark
