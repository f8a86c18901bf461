// SPDX-License-Identifier: MIT
#include "reactors/registry.h"

#include <dirent.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "reactors/base/nearest.h"
#include "reactors/native/rows.h"
#include "reactors/row_check.h"

namespace loopmark {
namespace fs = std::filesystem;
namespace {

/// The folder of the shared object that this code is in.
fs::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0) return ".";
  return fs::absolute(info.dli_fname).parent_path();
}

const Module& open_module(const fs::path& path) {
  const auto refuse = [&path](const std::string& why) -> void {
    throw ModuleRefused(path.string() + ": " + why);
  };
  // Never closed: leak checkers need its symbols, and a library's threads may outlive us. Local: libev and libevent
  // export the same names. Now: a missing symbol shall be told here and not in the middle of a run.
  const std::string absolute = fs::absolute(path);
  void* const handle = ::dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const error = ::dlerror();
    std::string why = error ? error : "unknown error";
    if (why.starts_with(absolute + ": ")) why.erase(0, absolute.size() + 2);
    refuse("cannot be loaded: " + why +
           "; build it as a shared object for this machine and install the libraries it needs");
  }
  void* const symbol = ::dlsym(handle, kModuleEntry);
  if (symbol == nullptr) {
    refuse(std::string("is no backend module: it has no function ") + kModuleEntry +
           "(); export it as reactors/backend.h says");
  }
  const Module* module = nullptr;
  try {
    module = reinterpret_cast<ModuleEntry>(symbol)();
  } catch (const std::exception& error) {
    refuse(std::string("its entry function threw: ") + error.what() + "; mend the module");
  } catch (...) {
    refuse("its entry function threw something; mend the module");
  }
  try {
    check_table(module);
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  }
  return *module;
}

}  // namespace

Registry Registry::built_in() {
  Registry registry;
  for (const Backend& row : native_rows()) registry.add(row);
  return registry;
}

Registry Registry::standard() {
  Registry registry = built_in();
  registry.load_folder(own_folder() / "modules");
  const char* const path = std::getenv("LOOPMARK_BACKEND_PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty()) registry.load_folder(folder);
  }
  return registry;
}

void Registry::add(const Backend& row, const fs::path& module) {
  check_row(row);
  if (find(row.name) != nullptr || (!row.alias.empty() && find(row.alias) != nullptr)) {
    throw std::invalid_argument("there is a backend '" + std::string(row.name) +
                                "' already; name it otherwise");
  }
  entries_.push_back({&row, module});
}

std::size_t Registry::load(const fs::path& path) {
  const Module& module = open_module(path);
  const std::size_t before = entries_.size();
  try {
    for (std::size_t i = 0; i < module.row_count; ++i) add(module.rows[i], path);
  } catch (const std::invalid_argument& error) {
    entries_.resize(before);
    throw ModuleRefused(path.string() + ": " + error.what());
  }
  return module.row_count;
}

void Registry::load_folder(const fs::path& folder) {
  std::vector<fs::path> paths;
  // Not by std::filesystem, whose iterators end the process when there is no memory (libstdc++ 12).
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  while (const dirent* const entry = open ? ::readdir(open.get()) : nullptr)
    paths.push_back(folder / entry->d_name);
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    if (path.extension() == ".so") {
      try {
        load(path);
      } catch (const ModuleRefused& refusal) {
        unavailable_.push_back({path.string(), false, refusal.what(), {}});
      }
    } else if (path.extension() ==
               ".missing") {  // written by the build: first line the remedy, then backends
      std::ifstream file(path);
      file.exceptions(
          std::ios::badbit);  // so that a lack of memory is told, and no line is left out for it
      Unavailable missing{path.stem().string(), true, {}, {}};
      std::getline(file, missing.reason);
      for (std::string name; std::getline(file, name);) missing.backends.push_back(name);
      unavailable_.push_back(std::move(missing));
    }
  }
}

const Registry::Entry* Registry::find(std::string_view name) const {
  const auto named = [name](const Entry& entry) {
    return entry.row->name == name || (!name.empty() && entry.row->alias == name);
  };
  const auto found = std::find_if(entries_.begin(), entries_.end(), named);
  return found == entries_.end() ? nullptr : &*found;
}

const Registry::Entry& Registry::at(std::string_view name) const {
  if (const Entry* const entry = find(name)) return *entry;
  std::vector<std::string> known;
  for (const Entry& entry : entries_) known.emplace_back(entry.row->name);
  throw NoSuchReactor("there is no backend '" + std::string(name) + "'" +
                      did_you_mean(name, known));
}

std::unique_ptr<Reactor> make_reactor(std::string_view backend) {
  return Registry::standard().at(backend).row->make();
}

}  // namespace loopmark
